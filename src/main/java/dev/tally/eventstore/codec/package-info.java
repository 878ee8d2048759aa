/**
 * Bytes: how each version of each event is written and read for ever, and how a snapshot is until
 * its code changes.
 */
package dev.tally.eventstore.codec;
