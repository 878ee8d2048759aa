/**
 * One handler per command: loads the account, decides without holding anything, and appends what
 * follows, in the store's transaction. And the queries.
 */
package dev.tally.licensing.write;
