/** Resources of playback sessions: REST, bulk reports and the live channel. */
package dev.tally.playback.api;
