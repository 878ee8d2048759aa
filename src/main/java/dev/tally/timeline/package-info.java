/**
 * The debugging tool: it shows what has happened to a customer to whoever has to explain it.
 *
 * <p>Operations: page through the events of a customer, by tier, time and aggregate.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>A page goes on exactly where the one before ended, whatever is appended, archived or moved
 *       between the two. With one tier only, events that have moved since belong to the other tier.
 *   <li>A query of the hot tier touches no archived partition.
 * </ol>
 *
 * <p>Out of scope: current state, which licensing answers; the state at a time.
 */
package dev.tally.timeline;
