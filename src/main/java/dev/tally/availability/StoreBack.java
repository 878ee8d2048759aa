package dev.tally.availability;

import java.time.Duration;

/**
 * Event: the database answers again.
 *
 * @param after time for which it did not
 */
public record StoreBack(Duration after) {}
