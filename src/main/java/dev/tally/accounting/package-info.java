/**
 * Figures about all customers, kept because reading them from the events would take minutes.
 *
 * <p>Operations: count the licenses of customers whose account has changed. View {@code
 * license_summary} shows the counts; {@code R__views_4_license_count.sql} makes them. Count the
 * feed, page by page: the usage of studios' titles by day, and commands by hour, which view {@code
 * capacity_hour} shows.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A count says until when it is true.
 *   <li>Everything kept here can be made again from the events, except the months of usage that are
 *       closed: these never change.
 *   <li>No command and no query of a customer waits for a count.
 *   <li>A round that was cut short goes on where it was, on any node; two nodes never count at the
 *       same time.
 *   <li>No count of an erased customer remains. Counts of a studio's titles name no customer, and
 *       stay.
 *   <li>Each event of the feed is counted once, wherever a node is killed. Where the feed cannot be
 *       read on, the count begins anew, and the one before is shown until the new one has caught
 *       up.
 *   <li>An event counts on the day (UTC) on which it was stored. A month is closed an hour after
 *       its end, once everything before that is counted: the same question about closed months has
 *       the same answer, to the byte. What came later all the same counts on the first open day.
 *   <li>A license is active from the day on which it was issued until that of its end, as its
 *       events tell it. An end that only the catalogue knows, of a title's availability that was
 *       shortened afterwards, is not among them; nor is that of a stream whose player fell silent.
 *   <li>An event that this version cannot read stops the count, until a newer node goes on.
 * </ol>
 *
 * <p>Out of scope: what one customer has, which the account tells at any time; denials, which store
 * no event.
 */
package dev.tally.accounting;
