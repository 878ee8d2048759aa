/** Partitions and erasures over HTTP, for operators. */
package dev.tally.eventstore.api;
