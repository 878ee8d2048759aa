/**
 * Figures about all customers, kept because reading them from the events would take minutes.
 *
 * <p>Operations: count the licenses of customers whose account has changed. View {@code
 * license_summary} shows the counts; {@code R__views_4_license_count.sql} makes them.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A count says until when it is true.
 *   <li>Everything kept here can be made again from the events.
 *   <li>No command and no query of a customer waits for a count.
 *   <li>A round that was cut short goes on where it was, on any node; two nodes never count at the
 *       same time.
 *   <li>No count of an erased customer remains.
 * </ol>
 *
 * <p>Out of scope: what one customer has, which the account tells at any time.
 */
package dev.tally.accounting;
