package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.codec.EventMapper;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

import java.io.Serializable;
import java.time.Instant;

/** One event. The database sets the event's {@code position}, which has no field here. */
@Entity
@Immutable
@Table(schema = "tally", name = "event")
@IdClass(EventRow.Key.class)
class EventRow {

    @Id
    @Column(name = "customer_id", updatable = false)
    String customerId;

    @Id
    @Column(name = "seq", updatable = false)
    int seq;

    @Column(name = "event_time", updatable = false)
    Instant eventTime;

    @Column(name = "generation", updatable = false)
    int generation;

    @Column(name = "event_mapper", updatable = false)
    short eventMapper;

    @Column(name = "aggregate_type", updatable = false)
    short aggregateType;

    @Column(name = "aggregate_id", updatable = false)
    String aggregateId;

    @Column(name = "event_data", updatable = false)
    byte[] eventData;

    /** Set on the first event of a command only, like hash and caller. */
    @Column(name = "command_id", updatable = false)
    String commandId;

    @Column(name = "command_hash", updatable = false)
    Integer commandHash;

    @Column(name = "caller", updatable = false)
    String caller;

    static EventRow of(String customerId, Recorded event, Caller caller, EventMapper<?> mapper) {
        var row = new EventRow();
        row.customerId = customerId;
        row.seq = event.seq();
        row.eventTime = event.at();
        row.generation = event.generation();
        row.eventMapper = (short) mapper.number();
        row.aggregateType = (short) event.aggregate().type().number();
        row.aggregateId = event.aggregate().id();
        row.eventData = mapper.write(event.event(), event.at());
        if (event.command() != null) {
            row.commandId = event.command().key();
            row.commandHash = event.command().hash();
            row.caller = caller == null ? null : caller.text();
        }
        return row;
    }

    /** Id of the command; null if an earlier event of the same command has it. */
    CommandId command() {
        return commandId == null ? null : new CommandId(commandId, commandHash);
    }

    /** Key of an event. The head makes a number unique across all months. */
    record Key(String customerId, int seq) implements Serializable {}
}
