/**
 * Everything in which the application runs on one machine: an embedded PostgreSQL, Open Liberty
 * servers made from {@code server.xml}, keys and tokens. {@link dev.tally.local.Installation} puts
 * them together, for the tests as for {@link dev.tally.local.Tally}, which is what {@code mvn}
 * starts.
 */
package dev.tally.local;
