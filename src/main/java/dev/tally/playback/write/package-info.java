/** One handler for each command: what it reads, decides and appends. */
package dev.tally.playback.write;
