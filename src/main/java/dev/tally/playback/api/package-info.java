/** Sessions over HTTP. */
package dev.tally.playback.api;
