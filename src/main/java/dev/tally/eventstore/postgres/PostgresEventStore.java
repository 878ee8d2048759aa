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
import dev.tally.eventstore.postgres.HistoryQuery.Row;
import dev.tally.eventstore.postgres.HistoryQuery.Rows;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.PersistenceException;
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
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.hibernate.exception.ConstraintViolationException;

/** The event store on PostgreSQL: heads, events and snapshots as JPA rows. */
@ApplicationScoped
public class PostgresEventStore implements EventStore {

    /** A snapshot remembers commands this long, so that a retry still finds its answer. */
    static final Duration REMEMBER_COMMANDS = Duration.ofHours(24);

    /** And not more of them, so that a busy customer's snapshots stay small. */
    static final int MAX_REMEMBERED_COMMANDS = 200;

    private static final String ONE_HEAD = "stream_has_one_head";

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
        return HistoryQuery.aggregate(entityManager, customerId, type, aggregateId)
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
        moveHeads(history.customerId(), changes);
        for (var change : changes) {
            change.events().forEach(event -> insert(history.customerId(), event));
            if (change.closesGeneration()) {
                insertSnapshot(history.customerId(), change.after());
            }
        }
        entityManager.flush();

        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        history.streams().forEach(stream -> streams.put(stream.fold().type(), stream));
        changes.forEach(change -> streams.put(change.after().fold().type(), change.after()));
        return new History(history.customerId(), streams, history.rowsRead());
    }

    /** Heads first: the loser of a race finds out before it has written anything else. */
    private void moveHeads(String customerId, List<Change<?>> changes) {
        var rows = changes.stream().map(change -> movedHead(customerId, change)).toList();
        try {
            entityManager.flush();
        } catch (OptimisticLockException e) {
            throw new WrongVersion(customerId, e);
        } catch (PersistenceException e) {
            if (isAboutHead(e)) {
                throw new WrongVersion(customerId, e);
            }
            throw e;
        }
        for (int i = 0; i < rows.size(); i++) {
            if (!rows.get(i).head().equals(changes.get(i).after().head())) {
                throw new IllegalStateException("a head was not moved: nothing may be appended");
            }
        }
    }

    private StreamRow movedHead(String customerId, Change<?> change) {
        var type = change.after().fold().type().label();
        if (change.before().head().isNew()) {
            var row = new StreamRow(customerId, type);
            row.moveTo(change.after().head());
            entityManager.persist(row);
            return row;
        }
        var row = entityManager.find(StreamRow.class, new StreamRow.Key(customerId, type));
        row.moveTo(change.after().head());
        return row;
    }

    private static boolean isAboutHead(PersistenceException e) {
        return Stream.<Throwable>iterate(e, cause -> cause != null, Throwable::getCause)
                .anyMatch(
                        cause ->
                                cause instanceof ConstraintViolationException violated
                                        && ONE_HEAD.equals(violated.getConstraintName()));
    }

    private void insert(String customerId, Recorded event) {
        var mapper = mappers.of(event.event());
        var row = new EventRow();
        row.customerId = customerId;
        row.streamType = event.type().label();
        row.generation = event.generation();
        row.seq = event.seq();
        row.eventTime = event.at();
        row.aggregateId = event.aggregateId();
        row.eventMapper = mapper.name();
        row.eventData = mapper.write(event.event());
        row.commandId = event.command().key();
        row.commandHash = event.command().fingerprint();
        entityManager.persist(row);
    }

    private <S> void insertSnapshot(String customerId, StreamHistory<S> stream) {
        var head = stream.head();
        var codec = codec(stream.fold());
        var state = stream.fold().compact().apply(stream.state(), head.lastAt());
        var row = new SnapshotRow();
        row.customerId = customerId;
        row.streamType = stream.fold().type().label();
        row.generation = head.generation();
        row.eventTime = head.openedAt();
        row.seq = head.seq();
        row.fingerprint = codec.fingerprint();
        row.snapshotData = codec.write(state, remembered(stream.commands(), head.lastAt()));
        entityManager.persist(row);
    }

    private static List<PastCommand> remembered(List<PastCommand> commands, Instant now) {
        var from = now.minus(REMEMBER_COMMANDS);
        var recent = commands.stream().filter(command -> command.at().isAfter(from)).toList();
        return recent.subList(
                Math.max(0, recent.size() - MAX_REMEMBERED_COMMANDS), recent.size());
    }

    private History history(String customerId, List<Fold<?>> folds, Rows rows, Instant until) {
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        var rowsRead = rows.count();
        for (var fold : folds) {
            var stream = fold(fold, rows);
            if (stream.isEmpty()) {
                var all = HistoryQuery.wholeStream(entityManager, customerId, fold.type(), until);
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
