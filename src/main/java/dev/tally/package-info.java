/**
 * Tally decides each request for a download license, remembers every license, and can explain any
 * decision later.
 *
 * <p>Features come first and layers second. {@link dev.tally.licensing} decides everything about
 * one customer, {@link dev.tally.playback} lets players talk to it, {@link dev.tally.catalog} holds
 * titles and limits, {@link dev.tally.timeline} shows history, {@link dev.tally.operations} is for
 * operators. All features build on {@link dev.tally.eventstore}, which stores what has happened,
 * and on {@link dev.tally.http}, {@link dev.tally.runtime} and {@link dev.tally.ids}. A feature has
 * up to four subpackages: {@code events}, {@code domain}, {@code write} and {@code api}. The tests
 * in {@code dev.tally.architecture} check which package may depend on which.
 */
package dev.tally;
