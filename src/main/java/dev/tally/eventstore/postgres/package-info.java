/**
 * The event store on PostgreSQL: heads, events and snapshots as JPA rows, which never leave this
 * package.
 */
package dev.tally.eventstore.postgres;
