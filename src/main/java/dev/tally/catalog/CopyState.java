package dev.tally.catalog;

import java.time.Instant;

/**
 * What there is to say about a node's complete copy of the catalogue.
 *
 * @param refreshedAt time at which it was the catalogue of the database, by the node's clock
 * @param titles number of titles in it
 * @param usable false if it is too old for decisions
 */
public record CopyState(Instant refreshedAt, int titles, boolean usable) {}
