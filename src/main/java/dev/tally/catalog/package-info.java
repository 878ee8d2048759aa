/**
 * Titles and limits: what decisions are made from, beside a customer's history.
 *
 * <p>Operations: put and find titles, one or many; put, find and remove a policy; tell what is in
 * force for a title and a plan, now or as of a version and a time; tell when titles end, now or as
 * of a time; tell all this without the database, from a copy.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Key by key, the most specific policy wins: customer over title over studio over plan over
 *       global.
 *   <li>A policy is never changed: each write is a new version. Versions count all policies
 *       together and become visible in their order, so that one number and a time name everything
 *       of the catalogue that was in force: of each policy, the newest version up to it that had
 *       begun by then.
 *   <li>If two writers follow the same version, one is refused.
 *   <li>A decision reads from memory. A node sees its own writes at once, and another node's within
 *       ten seconds. A version that begins later begins on all nodes at its time.
 *   <li>A key set to null means "no limit"; an absent key leaves it to the less specific policy,
 *       and at last to the default in the key's definition, which never changes.
 *   <li>A setting that only a newer release can read changes no decision here. It is logged once,
 *       shown, and never lost: this node refuses to replace such a policy.
 *   <li>A policy is removed by a version that says so. It sets nothing, and counts as a version.
 *   <li>Every version of a title is kept; a write that changes nothing makes none.
 *   <li>A policy belongs to a title or a studio that the catalogue knows, to a plan or to all.
 *   <li>A policy of one customer lies in that customer's history, whose events name its versions.
 *       It costs no memory here, is in force on all nodes at once, and is erased with the customer.
 *   <li>A node keeps a copy of all titles and policies on its disk. It is complete or it is not
 *       there, also after a crash at any moment. It is brought up to date every few seconds, and
 *       used for a limited time after that.
 *   <li>No title and no policy lives on in a node that another server of the database has not got.
 *       Those that are lost are said.
 * </ol>
 *
 * <p>Out of scope: what a policy means for a customer, which licensing decides; plans as products,
 * with names and prices.
 */
package dev.tally.catalog;
