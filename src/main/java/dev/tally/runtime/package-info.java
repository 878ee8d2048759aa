/**
 * Foundations of a running node: its clock, new ids, the schema of its database. This package knows
 * no feature.
 *
 * <p>Operations: the time now; a new id; the migration of the schema.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>There is one clock. It ticks in milliseconds.
 *   <li>The application starts while its database does not, and migrates as soon as it can.
 * </ol>
 *
 * <p>Out of scope: what a command decides, and how HTTP shows it.
 */
package dev.tally.runtime;
