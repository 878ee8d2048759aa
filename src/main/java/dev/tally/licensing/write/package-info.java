/**
 * One handler per command, and the queries. A handler loads the account, decides without holding a
 * transaction, and appends what follows in the store's transaction.
 */
package dev.tally.licensing.write;
