/**
 * Tells who would have been denied, or allowed, under a policy that nobody has written: the past
 * requests of all customers, or of a sample, are decided again under it.
 *
 * <p>Operations: ask for a simulation, with how far it is; list them; cancel one.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A past request is decided by the rules that decide real ones, on the account as it was just
 *       before, and under the policies that were in force then with the proposed one over them.
 *   <li>Each request is decided on the real history, and not on one in which earlier requests had
 *       another outcome.
 *   <li>A request whose real outcome does not come out again under the real policies says nothing
 *       about the proposed one, and is counted apart.
 *   <li>A sample has the same customers each time, and a larger one contains a smaller.
 *   <li>Each customer is counted once, wherever and however often a node is killed.
 *   <li>One simulation runs at a time, on one node, on one thread, for a tenth of its time. So many
 *       more may wait.
 *   <li>One that is cancelled counts nothing any more. To cancel it again changes nothing.
 *   <li>No example of an erased customer remains. Counts name nobody, and stay.
 *   <li>A simulation is kept for thirty days after its end.
 * </ol>
 *
 * <p>Decided again are acquires, renewals, deactivations and plays of downloads. Out of scope:
 * plays of streams and confirmations, in which no policy has a say; what nodes granted without the
 * store, which is recorded whatever the rules say.
 */
package dev.tally.timeline.simulation;
