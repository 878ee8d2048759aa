/**
 * Titles and limits: what decisions are made from, beside a customer's history.
 *
 * <p>Operations: put and find titles, one or many; put and find a policy; tell what is in force for
 * a title and a plan, now or as of a version and a time.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Key by key, the most specific policy wins: title over studio over plan over global.
 *   <li>A policy is never changed: each write is a new version. Versions count all policies
 *       together and become visible in their order, so that one number and a time name everything
 *       that was in force: of each policy, the newest version up to it that had begun by then.
 *   <li>If two writers follow the same version, one is refused.
 *   <li>A decision reads from memory. A node sees its own writes at once, another node's policies
 *       within ten seconds, and another node's titles within a minute.
 *   <li>A key set to null means "no limit"; an absent key leaves it to the less specific policy,
 *       and at last to the default in the key's definition, which never changes.
 *   <li>A setting that only a newer release can read changes no decision here. It is logged once,
 *       shown, and never lost: this node refuses to replace such a policy.
 * </ol>
 *
 * <p>Out of scope: what a policy means for a customer, which licensing decides; plans as products,
 * with names and prices; policies that begin later than they are written.
 */
package dev.tally.catalog;
