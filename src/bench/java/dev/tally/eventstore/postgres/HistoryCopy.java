package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Remembered;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

import javax.sql.DataSource;

/**
 * Writes histories as fast as COPY takes them, one customer after the other, each from its
 * beginning. The rows are made by the application's own {@link Append}, so they are byte for byte
 * those that the application would have inserted. Only the transaction differs.
 *
 * <p>It uses three connections, since each can run only one COPY, so that only the current customer
 * is kept in memory. Rows go through the partitioned tables. COPY into the partitions themselves is
 * 13 percent faster, but would need a connection for each.
 */
public final class HistoryCopy implements EventStore, AutoCloseable {

    private static final List<String> EVENT =
            List.of(
                    "event_time",
                    "seq",
                    "generation",
                    "event_mapper",
                    "aggregate_type",
                    "customer_id",
                    "aggregate_id",
                    "event_data",
                    "command_id",
                    "command_hash",
                    "caller");

    private static final List<String> SNAPSHOT =
            List.of(
                    "event_time",
                    "seq",
                    "generation",
                    "schema_version",
                    "checksum",
                    "customer_id",
                    "snapshot_data");

    private static final List<String> CUSTOMER =
            List.of(
                    "revision",
                    "last_time",
                    "snapshot_time",
                    "generation",
                    "first_seq",
                    "last_seq",
                    "snapshot_seq",
                    "generation_bytes",
                    "customer_id");

    private final Connection forEvents;
    private final Connection forSnapshots;
    private final Connection forHeads;
    private final BinaryCopy events;
    private final BinaryCopy snapshots;
    private final BinaryCopy heads;

    private final EventMappers mappers;
    private final Snapshots<?> codec;
    private final GenerationLimit limit;
    private History<?> history;
    private long eventCount;

    /** A copy of customers whom the database does not know yet. */
    public HistoryCopy(DataSource database, EventModel<?> model, int eventsPerGeneration)
            throws SQLException, IOException {
        forEvents = transaction(database);
        forSnapshots = transaction(database);
        forHeads = transaction(database);
        events = new BinaryCopy(forEvents, "tally.event", EVENT);
        snapshots = new BinaryCopy(forSnapshots, "tally.snapshot", SNAPSHOT);
        heads = new BinaryCopy(forHeads, "tally.customer", CUSTOMER);
        mappers = new EventMappers(model.mappers());
        codec = new Snapshots<>(model.fold());
        limit = new GenerationLimit(eventsPerGeneration, Stores.HOT_WINDOW);
    }

    /**
     * The history of the current customer. Another customer than before begins without any history.
     */
    @Override
    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    public <S> History<S> read(String customerId, Fold<S> fold) {
        if (history == null || !history.customerId().equals(customerId)) {
            copyHead();
            history =
                    new History<>(
                            customerId,
                            fold,
                            Head.NONE,
                            fold.empty(),
                            List.of(),
                            List.of(),
                            Source.CURRENT,
                            0);
        }
        return (History<S>) history;
    }

    @Override
    public <S> Optional<Remembered<S>> remembered(String customerId, Fold<S> fold) {
        return Optional.empty();
    }

    @Override
    public void acknowledge(String customerId, Recorded first) {
        // Nobody is told.
    }

    @Override
    public <S> void rehearse(
            String customerId, Fold<S> fold, Instant at, List<? extends Record> events) {
        // The first append is as fast as all others.
    }

    @Override
    public <S> History<S> readConfirmed(String customerId, Fold<S> fold) {
        return read(customerId, fold);
    }

    @Override
    public <S> History<S> confirm(History<S> read) {
        return read;
    }

    @Override
    public <S> History<S> append(
            History<S> read,
            CommandId command,
            Caller caller,
            Instant at,
            List<? extends Record> appended) {
        Snapshots<S> ofFold = codec();
        var append = Append.events(read, command, caller, at, appended, mappers, ofFold, limit);
        try {
            for (var row : append.rows()) copy(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var next =
                append.rows().getLast() instanceof SnapshotRow closing
                        ? asReadNext(append.after(), closing, ofFold)
                        : append.after();
        history = next;
        return next;
    }

    /** The history as the next command reads it: from the snapshot, if a generation was closed. */
    private static <S> History<S> asReadNext(
            History<S> after, SnapshotRow closing, Snapshots<S> codec) {
        var content =
                codec.read(closing)
                        .orElseThrow(() -> new IllegalStateException("an unreadable snapshot"));
        return new History<>(
                after.customerId(),
                after.fold(),
                after.head(),
                content.state(),
                List.of(),
                content.commands(),
                Source.CURRENT,
                after.snapshotBytes());
    }

    @Override
    public <S> History<S> readAsOf(String customerId, Instant at, Fold<S> fold) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Recorded> readAggregate(String customerId, Aggregate aggregate) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Recorded> readAggregates(
            String customerId, AggregateType type, Collection<String> ids) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Recorded> readNewest(
            String customerId,
            AggregateType type,
            Instant from,
            Instant until,
            int before,
            int limit) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public boolean rollForward(String customerId, Instant openedBefore, Instant at) {
        throw new UnsupportedOperationException("appends roll forward what is too old");
    }

    @Override
    public boolean checkSnapshot(String customerId, Instant at) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public Set<Aggregate> aggregates(String customerId, Instant at) {
        throw new UnsupportedOperationException("nothing is retired while it is written");
    }

    @Override
    public Map<String, Long> revisions(Collection<String> customerIds) {
        throw new UnsupportedOperationException("heads are written last");
    }

    @Override
    public Trace trace(String customerId, Aggregate granted) {
        throw new UnsupportedOperationException("nobody is erased while a history is written");
    }

    @Override
    public Optional<Instant> retiredUntil() {
        throw new UnsupportedOperationException("nothing is retired while it is written");
    }

    @Override
    public List<Described> history(HistoryQuery query) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public boolean erase(String customerId, Instant at, IntConsumer announced) {
        throw new UnsupportedOperationException("nobody is erased while they are written");
    }

    /** The number of events written so far. */
    public long eventCount() {
        return eventCount;
    }

    /** Stores everything. This must be the last call; without it nothing is stored. */
    public void commit() throws SQLException, IOException {
        copyHead();
        for (var copy : List.of(events, snapshots, heads)) {
            copy.finish();
        }
        for (var connection : List.of(forEvents, forSnapshots, forHeads)) {
            connection.commit();
        }
    }

    @Override
    public void close() throws SQLException {
        try (forEvents;
                forSnapshots;
                forHeads) {
            history = null;
        }
    }

    private void copy(Object row) throws IOException {
        switch (row) {
            case EventRow event -> copy(event);
            case SnapshotRow snapshot -> copy(snapshot);
            default -> throw new IllegalArgumentException("no table for " + row);
        }
    }

    private void copy(EventRow event) throws IOException {
        events.row()
                .time(event.eventTime)
                .integer(event.seq)
                .integer(event.generation)
                .smallint(event.eventMapper)
                .smallint(event.aggregateType)
                .text(event.customerId)
                .text(event.aggregateId)
                .bytes(event.eventData)
                .text(event.commandId)
                .integerOrNull(event.commandHash)
                .text(event.caller);
        eventCount++;
    }

    private void copy(SnapshotRow snapshot) throws IOException {
        snapshots
                .row()
                .time(snapshot.eventTime)
                .integer(snapshot.seq)
                .integer(snapshot.generation)
                .integer(snapshot.schemaVersion)
                .integer(snapshot.checksum)
                .text(snapshot.customerId)
                .bytes(snapshot.snapshotData);
    }

    private void copyHead() {
        if (history == null || history.head().isNew()) return;
        var head = history.head();
        try {
            heads.row()
                    .bigint(head.revision())
                    .time(head.lastAt())
                    .time(head.snapshotAt())
                    .integer(head.generation())
                    .integer(head.firstSeq())
                    .integer(head.lastSeq())
                    .integer(head.snapshotSeq())
                    .integer(head.generationBytes())
                    .text(history.customerId());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    private <S> Snapshots<S> codec() {
        return (Snapshots<S>) codec;
    }

    private static Connection transaction(DataSource database) throws SQLException {
        var connection = database.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }
}
