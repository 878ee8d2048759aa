/** What becomes of a report: pure functions on the account. */
package dev.tally.playback.domain;
