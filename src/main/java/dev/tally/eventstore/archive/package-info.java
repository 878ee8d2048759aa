/** Partitions by month: there ahead of the first event that needs them. */
package dev.tally.eventstore.archive;
