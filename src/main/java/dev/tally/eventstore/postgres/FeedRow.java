package dev.tally.eventstore.postgres;

import java.time.Instant;

/**
 * One event of the feed, as a query returns it: with its position, which the row of the entity does
 * not have.
 */
@SuppressWarnings("ArrayRecordComponent") // read once and let go, never compared
record FeedRow(
        long position,
        String customerId,
        int seq,
        Instant eventTime,
        int generation,
        short eventMapper,
        short aggregateType,
        String aggregateId,
        byte[] eventData,
        String commandId,
        String caller) {

    /** Columns of a query, in the order of the components. */
    static final String COLUMNS =
            "e.position, e.customer_id, e.seq, e.event_time, e.generation, e.event_mapper,"
                    + " e.aggregate_type, e.aggregate_id, e.event_data, e.command_id, e.caller";

    /** The same as the row of the entity. */
    EventRow event() {
        var row = new EventRow();
        row.customerId = customerId;
        row.seq = seq;
        row.eventTime = eventTime;
        row.generation = generation;
        row.eventMapper = eventMapper;
        row.aggregateType = aggregateType;
        row.aggregateId = aggregateId;
        row.eventData = eventData;
        row.commandId = commandId;
        row.caller = caller;
        return row;
    }
}
