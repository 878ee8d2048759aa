/**
 * The debugging tool: it shows what has happened to a customer to whoever has to explain it.
 *
 * <p>Operations: page through the events of a customer, by tier, time and aggregate; page through
 * the commands, in both directions, with what each changed, from the newest, a time or an event;
 * serve the page, which is a caller of the API.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A page goes on exactly where the one before ended, whatever is appended, archived or moved
 *       between the two. With one tier only, events that have moved since belong to the other tier.
 *   <li>A query of the hot tier touches no archived partition.
 *   <li>What a command is said to have changed is the difference between the states before and
 *       after it, as queries of those times answer them.
 *   <li>Nothing that was stored runs in the browser of whoever looks at it, and no address or
 *       storage of the browser has the token.
 *   <li>A page takes as long for an old customer as for a new one, whatever it is asked for: it
 *       looks at some thousand events at most, and the next one goes on.
 * </ol>
 *
 * <p>Out of scope: current state, and the state at a time, which licensing answers.
 */
package dev.tally.timeline;
