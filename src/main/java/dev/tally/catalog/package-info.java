/**
 * What decisions are made from beside a customer's history: titles, and the limits in force.
 *
 * <p>Operations: put and find titles, one or many; put and find a policy; what is in force for a
 * title and a plan, now or as of a version and a time.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Key by key, the most specific policy wins: title over studio over plan over global.
 *   <li>A policy is never changed: each write is a new version. Versions count all policies
 *       together and become visible in their order, so that one number and a time tell what was in
 *       force: of each policy, the newest version up to it that had begun by then.
 *   <li>Of two writers of the same version, one is refused.
 *   <li>A decision reads from memory. What this node has written it sees at once; what another has,
 *       within a minute where it is a title, within ten seconds where it is a policy.
 *   <li>A key set to null means "no limit"; an absent key leaves it to the less specific policy,
 *       and at last to the default in the key's definition, which never changes.
 *   <li>What only a newer release can read of a policy changes no decision here. It is logged once,
 *       shown, and never lost: this node refuses to replace such a policy.
 * </ol>
 *
 * <p>Out of scope: what a policy means for a customer, which licensing decides; plans as products,
 * with names and prices; policies that begin later than they are written.
 */
package dev.tally.catalog;
