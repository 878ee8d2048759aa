/**
 * Encodes events and snapshots. Each version of an event stays readable for ever; a snapshot is
 * readable until its schema version changes.
 */
package dev.tally.eventstore.codec;
