/**
 * Runs the application on one machine, with an embedded PostgreSQL, Open Liberty servers configured
 * by {@code server.xml}, keys and tokens. {@link dev.tally.local.Installation} puts these together
 * for the tests and for {@link dev.tally.local.Tally}, which {@code mvn} starts.
 */
package dev.tally.local;
