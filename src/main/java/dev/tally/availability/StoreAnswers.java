package dev.tally.availability;

/**
 * Fired when a database that was away answers a probe, before anybody else may use it. An observer
 * uses it in the same thread. If the database fails the observer, which throws {@link
 * StoreUnavailable}, it stays away until the next probe.
 */
public record StoreAnswers() {}
