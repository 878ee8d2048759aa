/**
 * The feed: what has happened to all customers, in the order of positions, for whoever keeps a copy
 * or a count of it.
 *
 * <p>Operations: read a page; read all there is as lines; listen to what comes. Each of the three
 * may be filtered, and goes on from a cursor.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>The order is that of position, customer and number, and never changes. Each customer's
 *       events come in their own order. Nothing is said of the order of commands of two customers.
 *   <li>An event appears once no older transaction can still commit. Nothing is skipped and nothing
 *       comes twice, whoever writes, and whatever months move to the archive meanwhile.
 *   <li>A page, lines and listeners get the same events, each with a cursor to go on from.
 *   <li>A cursor that cannot be gone on from without a gap is refused with the reason: after a
 *       restore or a failover, and if events that follow it were retired.
 *   <li>Events of an erased customer are not told any more. That they were erased is not told.
 *   <li>A read looks at a bounded number of rows. A page that is filtered may be empty and still
 *       have a cursor to go on from.
 *   <li>An event that this version cannot read is told as such, whatever the filter is.
 * </ol>
 *
 * <p>Out of scope: what events mean; where a reader has got to, which it keeps itself.
 */
package dev.tally.projection;
