/**
 * Traces of requests down to the statements of the database, for an operator who switches telemetry
 * on (MicroProfile Telemetry; operations.md says how). The container makes a span for each request;
 * these classes add one for each statement and for each end of a transaction.
 *
 * <p>The server loads these classes beside Hibernate, which calls them (server.xml, library {@code
 * global}): there they see the container's OpenTelemetry, also where a test deploys the
 * application.
 *
 * <p>Operations: tell the id of the current trace.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Without telemetry, a statement costs one look at a variable of the thread.
 *   <li>A span holds the statement as it was prepared, and never a value.
 * </ol>
 *
 * <p>Out of scope: what is exported where, and how many traces are kept; the variables of
 * OpenTelemetry say that.
 */
package dev.tally.tracing;
