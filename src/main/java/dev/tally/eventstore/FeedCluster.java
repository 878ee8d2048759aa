package dev.tally.eventstore;

/**
 * The history of a database that positions belong to. Positions are numbers of transactions, which
 * another cluster counts anew; and one that was promoted or restored gives the last ones again.
 *
 * @param systemIdentifier number that PostgreSQL gave the cluster when it was made
 * @param timeline number of the cluster's timeline, which each promotion and each recovery to an
 *     earlier time raises
 * @param offset what is added to the number of a transaction
 */
public record FeedCluster(long systemIdentifier, int timeline, long offset) {}
