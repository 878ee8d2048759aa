package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.kryo.SnapshotCodec;

import jakarta.persistence.EntityManager;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

/**
 * Writes histories as fast as COPY takes them, one customer after the other, each from its
 * beginning. It is the application's own store that appends, to an entity manager that hands its
 * rows to COPY: so the rows are those that the application would have inserted, to the byte, and
 * only the transaction is another.
 *
 * <p>Three connections, since each can run only one COPY: nothing but the customer in the making is
 * kept in memory. Rows go through the partitioned tables: COPY into the partitions themselves is 13
 * percent faster, would need a connection for each, and it is not what one waits for here.
 */
public final class HistoryCopy implements EventStore, AutoCloseable {

    private static final VarHandle REVISION = revision();

    private final Connection forEvents;
    private final Connection forSnapshots;
    private final Connection forHeads;
    private final BinaryCopy events;
    private final BinaryCopy snapshots;
    private final BinaryCopy heads;

    private final PostgresEventStore store = new PostgresEventStore();
    private final Map<Fold<?>, SnapshotCodec<?>> codecs = new HashMap<>();
    private final Map<StreamType, SnapshotRow> opened = new EnumMap<>(StreamType.class);
    private History history;
    private long eventCount;

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    public HistoryCopy(DataSource database, int eventsPerGeneration)
            throws SQLException, IOException {
        forEvents = transaction(database);
        forSnapshots = transaction(database);
        forHeads = transaction(database);
        events =
                new BinaryCopy(
                        forEvents,
                        "tally.event",
                        List.of(
                                "customer_id",
                                "stream_type",
                                "generation",
                                "seq",
                                "event_time",
                                "aggregate_id",
                                "event_mapper",
                                "event_data",
                                "command_id",
                                "command_hash"));
        snapshots =
                new BinaryCopy(
                        forSnapshots,
                        "tally.snapshot",
                        List.of(
                                "customer_id",
                                "stream_type",
                                "generation",
                                "event_time",
                                "seq",
                                "fingerprint",
                                "snapshot_data"));
        heads =
                new BinaryCopy(
                        forHeads,
                        "tally.stream",
                        List.of(
                                "customer_id",
                                "stream_type",
                                "generation",
                                "last_seq",
                                "opened_at",
                                "last_event_time",
                                "revision"));
        store.entityManager =
                (EntityManager)
                        Proxy.newProxyInstance(
                                HistoryCopy.class.getClassLoader(),
                                new Class<?>[] {EntityManager.class},
                                (proxy, method, arguments) -> call(method, arguments));
        store.eventsPerGeneration = eventsPerGeneration;
    }

    /** Of the customer in the making; another one than before begins without any history. */
    @Override
    public History read(String customerId, List<Fold<?>> folds) {
        if (history == null || !history.customerId().equals(customerId)) {
            copyHeads();
            var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
            folds.forEach(fold -> streams.put(fold.type(), empty(fold)));
            history = new History(customerId, streams, 0);
        }
        return history;
    }

    @Override
    public History append(
            History read, CommandId command, Instant at, List<? extends Record> appended) {
        opened.clear();
        var after = store.append(read, command, at, appended);
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        after.streams().forEach(stream -> streams.put(stream.fold().type(), asReadNext(stream)));
        history = new History(after.customerId(), streams, 0);
        return history;
    }

    @Override
    public History readAsOf(String customerId, Instant at, List<Fold<?>> folds) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Recorded> readAggregate(String customerId, StreamType type, String aggregateId) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    /** Events written so far. */
    public long eventCount() {
        return eventCount;
    }

    /** The last call: without it nothing of all this is stored. */
    public void commit() throws SQLException, IOException {
        copyHeads();
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

    /** The calls by which the store appends; nothing else is asked of its entity manager. */
    private Object call(Method method, Object[] arguments) throws IOException {
        switch (method.getName()) {
            case "find" -> {
                return movedHead((StreamRow.Key) arguments[1]);
            }
            case "persist" -> persist(arguments[0]);
            case "flush" -> {}
            default -> throw new UnsupportedOperationException(method.toString());
        }
        return null;
    }

    private void persist(Object row) throws IOException {
        switch (row) {
            case EventRow event -> copy(event);
            case SnapshotRow snapshot -> {
                opened.put(StreamType.of(snapshot.streamType), snapshot);
                copy(snapshot);
            }
            case StreamRow head -> {} // Its last state is what is copied, when the customer is
            // done.
            default -> throw new UnsupportedOperationException(row.getClass().getName());
        }
    }

    /** A head with the revision that Hibernate leaves in it when it moves it. */
    private StreamRow movedHead(StreamRow.Key key) {
        var row = new StreamRow(key.customerId(), key.streamType());
        var stream = history.streams().stream().filter(s -> isOf(s, key)).findFirst().orElseThrow();
        REVISION.set(row, stream.head().revision());
        return row;
    }

    private static boolean isOf(StreamHistory<?> stream, StreamRow.Key key) {
        return stream.fold().type().label().equals(key.streamType());
    }

    private void copy(EventRow row) throws IOException {
        events.row()
                .text(row.customerId)
                .text(row.streamType)
                .integer(row.generation)
                .integer(row.seq)
                .time(row.eventTime)
                .text(row.aggregateId)
                .text(row.eventMapper)
                .bytes(row.eventData)
                .text(row.commandId)
                .integer(row.commandHash);
        eventCount++;
    }

    private void copy(SnapshotRow row) throws IOException {
        snapshots
                .row()
                .text(row.customerId)
                .text(row.streamType)
                .integer(row.generation)
                .time(row.eventTime)
                .integer(row.seq)
                .bigint(row.fingerprint)
                .bytes(row.snapshotData);
    }

    private void copyHeads() {
        if (history == null) {
            return;
        }
        try {
            for (var stream : history.streams()) {
                if (!stream.head().isNew()) {
                    copy(history.customerId(), stream.fold().type(), stream.head());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copy(String customerId, StreamType type, Head head) throws IOException {
        heads.row()
                .text(customerId)
                .text(type.label())
                .integer(head.generation())
                .integer(head.seq())
                .time(head.openedAt())
                .time(head.lastAt())
                .bigint(head.revision() - 1);
    }

    private static <S> StreamHistory<S> empty(Fold<S> fold) {
        return new StreamHistory<>(fold, Head.NONE, fold.empty(), List.of(), List.of(), false);
    }

    /** The next command reads a stream whose generation was closed from its snapshot. */
    private <S> StreamHistory<S> asReadNext(StreamHistory<S> stream) {
        var snapshot = opened.get(stream.fold().type());
        if (snapshot == null) {
            return stream;
        }
        var content =
                codec(stream.fold())
                        .read(snapshot.fingerprint, snapshot.snapshotData)
                        .orElseThrow(() -> new IllegalStateException("an unreadable snapshot"));
        return new StreamHistory<>(
                stream.fold(),
                stream.head(),
                content.state(),
                List.of(),
                content.commands(),
                false);
    }

    @SuppressWarnings("unchecked") // the codec of a fold has the fold's state
    private <S> SnapshotCodec<S> codec(Fold<S> fold) {
        return (SnapshotCodec<S>) codecs.computeIfAbsent(fold, SnapshotCodec::new);
    }

    private static Connection transaction(DataSource database) throws SQLException {
        var connection = database.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    /** Private, since in the application only Hibernate counts it. */
    private static VarHandle revision() {
        try {
            return MethodHandles.privateLookupIn(StreamRow.class, MethodHandles.lookup())
                    .findVarHandle(StreamRow.class, "revision", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
