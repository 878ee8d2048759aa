package dev.tally.catalog;

/**
 * A title that was stored.
 *
 * @param created true if there was none with its id before
 */
public record PutTitle(TitleVersion title, boolean created) {}
