/**
 * Everything in which the application runs on one machine: an embedded PostgreSQL, an Open Liberty
 * server made from {@code server.xml}, keys and tokens. {@link dev.tally.local.Tally} is what
 * {@code mvn} starts; the tests build on the same parts.
 */
package dev.tally.local;
