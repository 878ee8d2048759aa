/**
 * How players talk to Tally: a session's START and events over REST, reports of many customers in
 * bulk, and the live channel on which a player hears that its session was ended.
 *
 * <p>Operations: start a session; report what happened in sessions, one event or many, of one
 * customer or of many; listen. Queries: recent sessions; one session, however long ago it was.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A list of reports has a result for each, in its order; one that is refused costs none of
 *       the others.
 *   <li>A bulk of reports is answered while it is read, a customer's reports in one transaction.
 *   <li>A player that listens hears within a second that its session was ended, by whichever node,
 *       and is not told twice.
 * </ol>
 *
 * <p>Out of scope: what becomes of a report, which licensing decides.
 */
package dev.tally.playback;
