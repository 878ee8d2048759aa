/**
 * Decides who may download or stream what on which device, and remembers it: the licenses, counted
 * downloads and devices of one customer.
 *
 * <p>Operations, each one command and one handler: acquire, confirm, renew, release, revoke a
 * license; deactivate a device. Queries: licenses, devices and quotas, now or as of a time; a dry
 * run of an acquire.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A command takes effect whole or not at all, over all streams of its customer.
 *   <li>An active license for the same customer, device and title comes back as it is; nothing is
 *       written and nothing counted.
 *   <li>The same idempotency key with the same request has the same answer and writes nothing; with
 *       another request it is refused. Keys are known for as long as the store remembers commands.
 *   <li>A denial names every violated rule, in order of precedence, with its limit, what was
 *       counted, when it would be allowed, and what the member can do.
 *   <li>A yearly limit counts by the server's calendar year; what it counted a year ago counts no
 *       more.
 *   <li>A license that has to be confirmed lapses unless it is, and then counts for nothing.
 *   <li>Deactivating a device releases every license on it, in one transaction.
 *   <li>A release, a revocation or a deactivation of what has ended already changes nothing.
 *   <li>A policy that changes takes nothing away: terms are kept as they were granted, with the
 *       version of the policy that granted them.
 *   <li>A command that loses a race is tried again with fresh state, a bounded number of times;
 *       then its caller hears that others came first.
 *   <li>Concurrent commands of one customer have the effect of some order of them.
 * </ol>
 *
 * <p>Sessions are a part of the account, since rules count them and a command may end them; what
 * becomes of what players report is in {@code playback}.
 *
 * <p>Out of scope: provisional licenses while the store is down; what studios are told.
 */
package dev.tally.licensing;
