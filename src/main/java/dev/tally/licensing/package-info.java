/**
 * Decides who may download, stream and play what on which device, and remembers it: the licenses,
 * counted downloads, devices and playback sessions of one customer.
 *
 * <p>Operations, each one command and one handler: acquire, confirm, renew, release, revoke a
 * license; deactivate a device; take what players report of sessions. Queries: licenses, devices,
 * sessions, quotas and counted downloads, now or as of a time; a dry run of an acquire, now or as
 * of a time, and as it would be if something else were so. What a node granted while the store was
 * away is reconciled by two commands more.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A command takes effect whole or not at all, over everything that is known of its customer.
 *   <li>An active license for the same customer, device and title comes back as it is; nothing is
 *       written and nothing counted.
 *   <li>The same idempotency key with the same request has the same answer and writes nothing; with
 *       another request it is refused. Keys are known for as long as the store remembers commands.
 *   <li>A denial names every violated rule, in order of precedence, with its limit, what was
 *       counted, when it would be allowed, and what the member can do.
 *   <li>A yearly limit measures a year by the server's calendar, in UTC; what it counted a year ago
 *       counts no more.
 *   <li>A license that has to be confirmed lapses unless it is confirmed in time, and then counts
 *       for nothing.
 *   <li>Deactivating a device releases every license on it, in one append.
 *   <li>Releasing or revoking a license that has ended, or deactivating a device that is off,
 *       changes nothing.
 *   <li>A policy that changes takes nothing away: terms are kept as they were granted, with the
 *       version of the policy that granted them.
 *   <li>A command that loses a race is tried again with fresh state, a bounded number of times;
 *       then its caller hears that others came first.
 *   <li>Concurrent commands of one customer have the effect of some order of them.
 *   <li>A session asked for now is denied, with every rule that forbids it, if its license has
 *       ended or the title was played as often as it may be. A stream was counted when its license
 *       was acquired.
 *   <li>What a device reports late of a download is recorded whatever the rules say, with the rules
 *       that it broke. It counts from then on. A stream whose license has ended takes no START.
 *   <li>Reports may come in any order, and twice: what is known of a session, and when its license
 *       was first played, is the same in the end.
 *   <li>The time by the device's clock and the server's are both kept. A time further in the future
 *       than clocks may differ is refused; in a list, only that report is. A time that is otherwise
 *       impossible is kept, and counts as a possible one (22).
 *   <li>The first play that a license allowed starts its playback clock, and confirms the license.
 *   <li>STOP releases a streaming license. A stream that is not kept alive is over by time alone,
 *       and counts no more; no timer writes that down.
 *   <li>A keepalive that tells little is acknowledged and not recorded (decision 0013).
 *   <li>Where a license is released or revoked, or its device deactivated, its sessions end in the
 *       same append; the answer to the player's next event says so.
 *   <li>A renewal that would not move the license's expiry is no renewal: nothing is written or
 *       counted, and the answer says what caps it.
 *   <li>Every decision and answer is the same from an account and from its compacted form.
 *   <li>A play counts at a time between its license's issue and now: when the device says, or else
 *       when it is reported. So a wrong clock evades no limit and ends no license retroactively
 *       (decision 0023).
 *   <li>A license ends with its title's availability as the catalogue has it now, and no token goes
 *       beyond it. If the availability is prolonged, the license gets back what it was issued for
 *       (decision 0024).
 *   <li>What is answered as of a time follows from the events, policies and titles of then, and is
 *       what was answered then.
 *   <li>Every download that was ever counted is told as long as its event is kept, and whether its
 *       title's year counts it now.
 *   <li>A license that a node granted while the store was away is recorded whatever the rules say,
 *       once, and counts from the time at which it was granted. The rules are asked for that time,
 *       of what is known when it is recorded: what was given back by then counts no more, and of a
 *       title's year counts what counts then. If they allow it, it is a license like any other
 *       (decision 0031).
 *   <li>If they do not, it counts all the same, ends with the token that was given, names the rules
 *       that it broke, and is not renewed.
 *   <li>A second license for the same device and title ends with its token too, and nothing counts
 *       it. An acquire gives back the first.
 *   <li>The time to confirm such a license begins when it is recorded, and does not end before its
 *       token. A stream has as long to be started, if its token has not ended.
 *   <li>If its device was deactivated meanwhile, it is released as if it had been there.
 *   <li>A renewal that a node granted is recorded in the same way. Where the rules forbid it and no
 *       act has ended the license, the license lives as long as the token; it is over its limit if
 *       that is longer than it would have lived.
 *   <li>What would be decided after some commands is what is decided once they are sent. Nothing is
 *       written (decision 0039).
 * </ol>
 *
 * <p>Out of scope: how provisional licenses are granted while the store is away, which is in {@code
 * licensing.provisional}; what studios are told; how players talk to Tally, which is in {@code
 * playback}.
 */
package dev.tally.licensing;
