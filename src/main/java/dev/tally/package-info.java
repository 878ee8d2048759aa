/**
 * Tally decides each request for a download license, remembers every license, and can explain any
 * decision later.
 *
 * <p>Features come first and layers second: {@link dev.tally.licensing} decides, {@link
 * dev.tally.catalog} holds the limits, {@link dev.tally.eventstore} remembers, and all stand on
 * {@link dev.tally.platform}. A feature has up to four rooms: {@code events}, {@code domain},
 * {@code write} and {@code api}. Features know of each other only events; the tests in {@code
 * dev.tally.architecture} hold that.
 */
package dev.tally;
