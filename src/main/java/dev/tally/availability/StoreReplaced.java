package dev.tally.availability;

/**
 * Event fired when another server process answers for the database than before: it was restarted, a
 * standby has taken over, or a backup was restored. What this node has seen may not be stored
 * there. If an observer throws, the event is fired again.
 */
public record StoreReplaced() {}
