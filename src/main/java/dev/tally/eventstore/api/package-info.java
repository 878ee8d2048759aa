/** The partitions over HTTP, for operators. */
package dev.tally.eventstore.api;
