/**
 * Answers that this node gives while the database is away.
 *
 * <p>Operations: write an entry of the journal; find entries by id, by customer, and page by page;
 * remove an entry that the database has taken.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>An entry is on this node's disk before its caller hears of it, whatever ends the process or
 *       the machine thereafter.
 *   <li>An entry that was refused is not there. If the disk was too slow, it is removed as soon as
 *       the disk answers; only a node that dies meanwhile leaves it.
 *   <li>Nobody waits for the disk longer than two seconds.
 *   <li>One process at a time has the journal open.
 *   <li>The journal of a node that was taken away is taken in by the node that finds it, and twice
 *       without harm. Nothing that cannot be read is deleted.
 *   <li>The application starts with a disk that cannot be written, and uses it once it can.
 * </ol>
 *
 * <p>Out of scope: what an entry means, and how the database takes it.
 */
package dev.tally.fallback;
