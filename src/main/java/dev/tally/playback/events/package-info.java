/** What has happened in playback sessions. Stored for ever. */
package dev.tally.playback.events;
