/**
 * What decisions are made from beside a customer's history: titles, and the limits in force.
 *
 * <p>Operations: put and find titles, one or many; put and find a policy; what is in force for a
 * title and a plan, now or as of a version.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Key by key, the most specific policy wins: title over studio over plan over global.
 *   <li>A policy is never changed: each write is a new version, and versions count all policies
 *       together, so that one number tells what was in force.
 *   <li>Of two writers of the same version, one is refused.
 *   <li>A decision reads from memory. What this node has written it sees at once; what another has,
 *       within a minute where it is a title, within ten seconds where it is a policy.
 *   <li>A key set to null means "no limit"; an absent key leaves it to the less specific policy.
 * </ol>
 *
 * <p>Out of scope: what a policy means for a customer, which licensing decides; plans as products,
 * with names and prices.
 */
package dev.tally.catalog;
