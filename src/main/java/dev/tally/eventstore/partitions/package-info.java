/**
 * The way of a month's partitions: made ahead of the first event that needs them, and taken to the
 * archive when they are old. {@link dev.tally.eventstore.partitions.Lifecycle} says what comes
 * next, {@code V008__archive.sql} does it.
 */
package dev.tally.eventstore.partitions;
