/**
 * Looks after each month's partitions: they are made ahead of the first event that needs them,
 * taken to the archive when they are old, and in the end retired. The package also erases
 * customers, wherever their rows lie. {@link dev.tally.eventstore.partitions.Lifecycle} decides
 * what comes next; the functions in {@code R__partitions_*.sql} do it.
 *
 * <ol>
 *   <li>Nobody who reads or appends notices that a partition is moved.
 *   <li>Each step can be done again after a crash, by whichever node leads next.
 *   <li>A step that fails is recorded with the database's own reason, and the others go on. Steps
 *       that free space come before those that need it.
 *   <li>A partition in a state that this version does not know is left alone.
 *   <li>PostgreSQL's catalogue says what is attached. What somebody detached or dropped is shown,
 *       and repaired where that cannot hide a loss.
 *   <li>An erasure is complete when no table has a row of the customer, and the files that it
 *       touched are written anew soon afterwards.
 *   <li>A legal hold on a partition keeps everything of its month.
 *   <li>An erasure or a legal hold that another server of the database has lost is put back by the
 *       nodes that know it, holds first.
 * </ol>
 */
package dev.tally.eventstore.partitions;
