/**
 * Denials are kept: which requests of a customer rules forbade, how often, and what the rules found
 * the last time. They are no part of the history, and no command reads them.
 *
 * <p>Operations: keep a denial; page through the denials of a customer, in both directions.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A denied command waits for nothing, whether the database answers or not. A denial that has
 *       no room in memory is counted and lost.
 *   <li>Denials of one customer, kind of request, device, title, set of rules and hour are one row
 *       with a count and the findings of the last one, from however many nodes they come.
 *   <li>A denial is counted once, also if the answer to its commit was lost.
 *   <li>Two nodes that store the same denials at the same time wait for each other, and never
 *       deadlock.
 *   <li>What was denied before a customer's erasure was requested is not there afterwards, even if
 *       it waited in a node's memory.
 *   <li>A node that stops stores what waits, for two seconds at most.
 *   <li>A page goes on exactly where the one before ended, whatever is denied between the two.
 * </ol>
 *
 * <p>Out of scope: dry runs, which deny nothing; the months of the table, which the partition job
 * creates and drops.
 */
package dev.tally.licensing.denials;
