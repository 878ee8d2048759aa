/**
 * Tests of the packaged application from outside: over HTTP, with a {@link dev.tally.local.Relay}
 * between it and the database.
 */
package dev.tally.system;
