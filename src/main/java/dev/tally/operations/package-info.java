/**
 * The operators' API: it looks after the partitions of history and the job that moves them, and
 * erases customers.
 *
 * <p>Operations: list and describe partitions; have a month archived before its time; put a
 * partition under legal hold and release it; pause the job; erase a customer; ask how far an
 * erasure has come.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Only the role operator may call these operations.
 *   <li>A request that is repeated, or already fulfilled, is no mistake.
 *   <li>Nothing under legal hold is erased or dropped.
 *   <li>An erased customer's account is empty as soon as the request is answered; the rows are
 *       removed in the background.
 * </ol>
 *
 * <p>Out of scope: how partitions move, which {@code eventstore.partitions} does.
 */
package dev.tally.operations;
