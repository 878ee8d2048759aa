/**
 * Provisional licenses: what members get while the store does not answer, and how it is taken into
 * the history afterwards.
 *
 * <p>Operations: take a command in its customer's turn; acquire, renew and START, each with a
 * fallback; list what waits to be reconciled; reconcile.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A member waits half a second at most, whether the store answers or not.
 *   <li>A promise is on this node's disk before it is answered. Without it, the answer is 503.
 *   <li>What the node still knows decides: the copy of the catalogue, the account as this node's
 *       memory has it, the promises that wait here, and the token that the caller sends along.
 *   <li>A policy can switch the fallback off, and limits the promises for each device and customer.
 *   <li>Each promise is reconciled once, whatever ends in between: the caller's key is the id of
 *       the command, and a license keeps its id.
 *   <li>The promises of a customer are reconciled in their order, and before any other command of
 *       the customer that this node takes.
 *   <li>What is over a limit by then is recorded as that, and never dropped.
 * </ol>
 *
 * <p>Out of scope: whether the store is away, which package {@code availability} knows; how
 * promises are kept on disk, which package {@code fallback} knows.
 */
package dev.tally.licensing.provisional;
