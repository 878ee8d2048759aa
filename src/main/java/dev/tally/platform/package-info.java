/**
 * What every feature stands on; it knows none of them.
 *
 * <p>Operations: the clock and new ids; the turns of a customer's commands; JSON in and out, query
 * parameters and conditions; problems (RFC 9457); who may call; migration of the schema; health.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Whatever ends a request badly has one form, a type of its own, and nothing internal in it.
 *   <li>A resource that does not say who may call it is closed.
 *   <li>Reading JSON guesses nothing: what is not expected is refused, with its place.
 *   <li>No request is served before the schema is what this version expects.
 *   <li>A database that is gone shows as 503 within seconds, and is no reason to restart.
 *   <li>Commands of one customer wait for each other in memory, for a bounded time; one that lost a
 *       race to another node is tried again a bounded number of times.
 *   <li>There is one clock. It ticks in milliseconds.
 * </ol>
 *
 * <p>Out of scope: business rules of any kind.
 */
package dev.tally.platform;
