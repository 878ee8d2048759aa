/**
 * Tally decides each request for a download license, remembers every license, and can explain any
 * decision later.
 *
 * <p>Features come first and layers second. {@link dev.tally.licensing} decides everything about
 * one customer, {@link dev.tally.playback} lets players talk to it, {@link dev.tally.catalog} holds
 * titles and limits, {@link dev.tally.timeline} shows history, {@link dev.tally.operations} is for
 * operators. They stand on {@link dev.tally.eventstore}, which remembers, on {@link
 * dev.tally.http}, on {@link dev.tally.runtime} and on {@link dev.tally.ids}. A feature has up to
 * four rooms: {@code events}, {@code domain}, {@code write} and {@code api}. What may know what is
 * held by the tests in {@code dev.tally.architecture}.
 */
package dev.tally;
