/**
 * Foundations of a running node: its clock, new ids, the schema of its database, its health. This
 * package knows no feature.
 *
 * <p>Operations: the time now; a new id; the migration of the schema; health probes; telling an
 * outage of the database from a fault.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>There is one clock. It ticks in milliseconds.
 *   <li>The application starts while its database does not, and migrates as soon as it can.
 *   <li>A database that is gone is no reason to restart the process.
 * </ol>
 *
 * <p>Out of scope: what a command decides, and how HTTP shows it.
 */
package dev.tally.runtime;
