/**
 * Plays: sessions from START to STOP, on streaming licenses and on downloads, reported as they
 * happen or days later.
 *
 * <p>Operations: start a session; report what happened in sessions, one event or many, of one
 * customer or of many. Queries: the sessions of late.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A session asked for now is denied, with every rule that forbids it, if its license has
 *       ended or the title was played as often as it may be. A stream was counted when its license
 *       was acquired.
 *   <li>What a device reports late is recorded whatever the rules say, with those that it broke. It
 *       counts from then on.
 *   <li>Reports may come in any order, and twice: what is known of a session, and when its license
 *       was first played, is the same in the end.
 *   <li>The time by the device's clock and the server's are both kept. A time further in the future
 *       than clocks may differ is refused; in a list, that one report.
 *   <li>The first play that the license allowed starts its playback clock, and confirms it.
 *   <li>STOP releases a streaming license. One that is not kept alive is over by time alone, and
 *       counts no more; no timer writes that down.
 *   <li>A keepalive that tells little is acknowledged and not recorded (decision 0013).
 *   <li>Where a license is released or revoked, or its device deactivated, its sessions end in the
 *       same transaction; the answer to the player's next event says so.
 * </ol>
 *
 * <p>It decides from the licensing's account, of which sessions are a part (decision 0012).
 */
package dev.tally.playback;
