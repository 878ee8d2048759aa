package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.kryo.EventMappers;
import dev.tally.eventstore.kryo.SnapshotCodec;
import dev.tally.eventstore.postgres.Append.Change;
import dev.tally.eventstore.postgres.AppendStatement.Snapshot;
import dev.tally.eventstore.postgres.HistoryQuery.Row;
import dev.tally.eventstore.postgres.HistoryQuery.Rows;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The event store on PostgreSQL: heads, events and snapshots as JPA rows. */
@ApplicationScoped
public class PostgresEventStore implements EventStore {

    /** A snapshot remembers commands this long, so that a retry still finds its answer. */
    static final Duration REMEMBER_COMMANDS = Duration.ofHours(24);

    /** And not more of them, so that a busy customer's snapshots stay small. */
    static final int MAX_REMEMBERED_COMMANDS = 200;

    /** Two first appends to a stream: both would open it. */
    private static final String ONE_HEAD = "stream_has_one_head";

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject HotWindow hotWindow;

    @Inject
    @ConfigProperty(name = "tally.generation.events", defaultValue = "100")
    int eventsPerGeneration;

    private final EventMappers mappers = new EventMappers();
    private final Map<Fold<?>, SnapshotCodec<?>> codecs = new ConcurrentHashMap<>();

    @Override
    public History read(String customerId, List<Fold<?>> folds) {
        var rows = HistoryQuery.current(entityManager, customerId, folds, hotWindow.start());
        var oldest =
                rows.heads().values().stream()
                        .map(row -> row.head().openedAt())
                        .min(Comparator.naturalOrder());
        if (oldest.isPresent() && oldest.get().isBefore(hotWindow.start())) {
            rows = HistoryQuery.current(entityManager, customerId, folds, oldest.get());
        }
        return history(customerId, folds, rows, HistoryQuery.FOREVER);
    }

    @Override
    public History readAsOf(String customerId, Instant at, List<Fold<?>> folds) {
        return history(
                customerId, folds, HistoryQuery.asOf(entityManager, customerId, folds, at), at);
    }

    @Override
    public List<Recorded> readAggregate(String customerId, StreamType type, String aggregateId) {
        return HistoryQuery.wholeStream(
                        entityManager, customerId, type, aggregateId, HistoryQuery.FOREVER)
                .eventsOf(type)
                .stream()
                .map(this::recorded)
                .toList();
    }

    @Override
    public History append(
            History history, CommandId command, Instant at, List<? extends Record> events) {
        if (events.isEmpty() || events.size() > MAX_EVENTS_PER_APPEND) {
            throw new IllegalArgumentException("cannot append " + events.size() + " events");
        }
        var changes = Append.to(history, command, at, events, mappers, eventsPerGeneration);
        var snapshots =
                changes.stream()
                        .filter(Change::closesGeneration)
                        .map(change -> snapshot(change.after()))
                        .toList();
        var append =
                new AppendStatement(history.customerId(), command, changes, snapshots, mappers);
        try {
            entityManager.runWithConnection(append::execute);
        } catch (RuntimeException e) {
            throw isLostRace(e) ? new WrongVersion(history.customerId(), e) : e;
        }

        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        history.streams().forEach(stream -> streams.put(stream.fold().type(), stream));
        changes.forEach(change -> streams.put(change.after().fold().type(), change.after()));
        return new History(history.customerId(), streams, history.rowsRead());
    }

    private <S> Snapshot snapshot(StreamHistory<S> stream) {
        var head = stream.head();
        var codec = codec(stream.fold());
        var state = stream.fold().compact().apply(stream.state(), head.lastAt());
        var commands = remembered(stream.commands(), head.lastAt());
        return new Snapshot(stream, codec.fingerprint(), codec.write(state, commands));
    }

    private static boolean isLostRace(Throwable e) {
        return Stream.iterate(e, cause -> cause != null, Throwable::getCause)
                .anyMatch(cause -> cause instanceof SQLException sql && isLostRace(sql));
    }

    private static boolean isLostRace(SQLException e) {
        return switch (e.getSQLState()) {
            case null -> false;
            case SERIALIZATION_FAILURE, DEADLOCK -> true;
            case UNIQUE_VIOLATION -> e.getMessage().contains(ONE_HEAD);
            default -> false;
        };
    }

    private static List<PastCommand> remembered(List<PastCommand> commands, Instant now) {
        var from = now.minus(REMEMBER_COMMANDS);
        var recent = commands.stream().filter(command -> command.at().isAfter(from)).toList();
        return recent.subList(Math.max(0, recent.size() - MAX_REMEMBERED_COMMANDS), recent.size());
    }

    private History history(String customerId, List<Fold<?>> folds, Rows rows, Instant until) {
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        var rowsRead = rows.count();
        for (var fold : folds) {
            var stream = fold(fold, rows);
            if (stream.isEmpty()) {
                var all =
                        HistoryQuery.wholeStream(
                                entityManager, customerId, fold.type(), null, until);
                rowsRead += all.count();
                stream = Optional.of(replay(fold, head(rows, fold.type()), all));
            }
            streams.put(fold.type(), stream.get());
        }
        return new History(customerId, streams, rowsRead);
    }

    /** Empty if the stream has a snapshot that cannot be used: then it has to be replayed. */
    private <S> Optional<? extends StreamHistory<?>> fold(Fold<S> fold, Rows rows) {
        var head = head(rows, fold.type());
        var snapshot = rows.snapshots().get(fold.type());
        var events = rows.eventsOf(fold.type()).stream().map(this::recorded).toList();
        if (snapshot == null) {
            return head.generation() == Head.NONE.generation()
                    ? Optional.of(fold(fold, head, fold.empty(), List.of(), events, false))
                    : Optional.empty();
        }
        return codec(fold)
                .read(snapshot.fingerprint(), snapshot.bytes())
                .map(read -> fold(fold, head, read.state(), read.commands(), events, false));
    }

    private <S> StreamHistory<S> replay(Fold<S> fold, Head head, Rows all) {
        var events = all.eventsOf(fold.type()).stream().map(this::recorded).toList();
        return fold(fold, head, fold.empty(), List.of(), events, true);
    }

    private static <S> StreamHistory<S> fold(
            Fold<S> fold,
            Head head,
            S from,
            List<PastCommand> remembered,
            List<Recorded> events,
            boolean replayed) {
        var state = from;
        var commands = new ArrayList<>(remembered);
        for (var event : events) {
            state = fold.step().apply(state, event);
            var command = new PastCommand(event.command(), event.at());
            if (!commands.isEmpty() && commands.getLast().id().equals(command.id())) {
                commands.removeLast();
            }
            commands.add(command);
        }
        return new StreamHistory<>(fold, head, state, events, commands, replayed);
    }

    private static Head head(Rows rows, StreamType type) {
        var head = rows.heads().get(type);
        return head == null ? Head.NONE : head.head();
    }

    private Recorded recorded(Row row) {
        return new Recorded(
                row.type(),
                row.generation(),
                row.seq(),
                row.at(),
                row.aggregateId(),
                new CommandId(row.commandKey(), row.commandHash()),
                mappers.named(row.mapper()).read(row.aggregateId(), row.bytes()));
    }

    @SuppressWarnings("unchecked") // the codec of a fold has the fold's state
    private <S> SnapshotCodec<S> codec(Fold<S> fold) {
        return (SnapshotCodec<S>) codecs.computeIfAbsent(fold, SnapshotCodec::new);
    }
}
