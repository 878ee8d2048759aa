package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.postgres.Append.Change;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import javax.sql.DataSource;

/**
 * Writes histories as fast as COPY takes them, one customer after the other, each from its
 * beginning. What an append makes of a history is the application's own {@link Append}: so the rows
 * are those that the application would have inserted, to the byte, and only the transaction is
 * another.
 *
 * <p>Three connections, since each can run only one COPY: nothing but the customer in the making is
 * kept in memory. Rows go through the partitioned tables: COPY into the partitions themselves is 13
 * percent faster, would need a connection for each, and it is not what one waits for here.
 */
public final class HistoryCopy implements EventStore, AutoCloseable {

    private final Connection forEvents;
    private final Connection forSnapshots;
    private final Connection forHeads;
    private final BinaryCopy events;
    private final BinaryCopy snapshots;
    private final BinaryCopy heads;

    private final EventMappers mappers = new EventMappers();
    private final Snapshots codecs = new Snapshots();
    private final GenerationLimit limit;
    private History history;
    private long eventCount;

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
        this.limit = new GenerationLimit(eventsPerGeneration, Stores.HOT_WINDOW);
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
        var append = Append.to(read, command, at, appended, mappers, codecs, limit);
        try {
            copy(append);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        append.after(read).streams().forEach(stream -> streams.put(stream.fold().type(), stream));
        append.changes().stream()
                .filter(change -> change.snapshot() != null)
                .forEach(change -> streams.put(change.after().fold().type(), asReadNext(change)));
        history = new History(read.customerId(), streams, 0);
        return history;
    }

    @Override
    public int rollForward(
            String customerId, List<Fold<?>> folds, Instant openedBefore, Instant at) {
        throw new UnsupportedOperationException("appends roll forward what is too old");
    }

    @Override
    public List<StreamType> checkSnapshots(String customerId, List<Fold<?>> folds, Instant at) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public History readAsOf(String customerId, Instant at, List<Fold<?>> folds) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Described> history(HistoryQuery query) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public List<Recorded> readAggregate(String customerId, Fold<?> fold, String aggregateId) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public Map<String, Integer> lastSeqs(Collection<String> customerIds, StreamType type) {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public Instant retiredUntil() {
        throw new UnsupportedOperationException("the past is in the database only");
    }

    @Override
    public Map<StreamType, Set<String>> aggregates(
            String customerId, List<Fold<?>> folds, Instant at) {
        throw new UnsupportedOperationException("nothing is retired while it is written");
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

    private void copy(Append append) throws IOException {
        for (var event : append.events()) {
            copy(append.customerId(), event);
        }
        for (var change : append.changes()) {
            if (change.snapshot() != null) {
                copy(append.customerId(), change);
            }
        }
    }

    private void copy(String customerId, Recorded event) throws IOException {
        var mapper = mappers.of(event.event());
        events.row()
                .text(customerId)
                .text(code(event.type()))
                .smallint(event.generation())
                .integer(event.seq())
                .time(event.at())
                .text(event.aggregateId())
                .smallint(mapper.number())
                .bytes(mapper.write(event.event()))
                .text(event.command().key())
                .integer(event.command().fingerprint());
        eventCount++;
    }

    private void copy(String customerId, Change<?> closing) throws IOException {
        var head = closing.after().head();
        snapshots
                .row()
                .text(customerId)
                .text(code(closing.after().fold().type()))
                .smallint(head.generation())
                .time(head.openedAt())
                .integer(head.seq())
                .bigint(closing.snapshot().fingerprint())
                .bytes(closing.snapshot().bytes());
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
                .text(code(type))
                .smallint(head.generation())
                .integer(head.seq())
                .time(head.openedAt())
                .time(head.lastAt())
                .bigint(head.revision() - 1);
    }

    private static String code(StreamType type) {
        return String.valueOf(type.code());
    }

    private static <S> StreamHistory<S> empty(Fold<S> fold) {
        return new StreamHistory<>(fold, Head.NONE, fold.empty(), List.of(), List.of(), false);
    }

    /** The next command reads a stream whose generation was closed from its snapshot. */
    private <S> StreamHistory<S> asReadNext(Change<S> closing) {
        var stream = closing.after();
        var content =
                codecs.read(stream.fold(), closing.snapshot())
                        .orElseThrow(() -> new IllegalStateException("an unreadable snapshot"));
        return new StreamHistory<>(
                stream.fold(),
                stream.head(),
                content.state(),
                List.of(),
                content.commands(),
                false);
    }

    private static Connection transaction(DataSource database) throws SQLException {
        var connection = database.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }
}
