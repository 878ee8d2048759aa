package dev.tally.eventstore.postgres;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.StreamHistory.Head;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.codec.EventMappers;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The event store on PostgreSQL: heads, events and snapshots as JPA rows. */
@ApplicationScoped
public class PostgresEventStore implements EventStore {

    /** Two first appends to a stream: both would open it. */
    private static final String ONE_HEAD = "stream_has_one_head";

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";

    private static final EventMappers MAPPERS = new EventMappers();
    private static final Snapshots SNAPSHOTS = new Snapshots();

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject
    @ConfigProperty(name = "tally.generation.events", defaultValue = "50")
    int eventsPerGeneration;

    @Inject
    @ConfigProperty(name = "tally.archive.hot-window")
    Period hotWindow;

    @Inject MetricRegistry metrics;

    /** Outside the container nobody counts. */
    private Runnable replayed = () -> {};

    private Runnable differed = () -> {};

    @PostConstruct
    void count() {
        replayed =
                counter(
                        "tally.snapshot.replays",
                        "Streams replayed from their first event, since their snapshot was missing,"
                                + " unreadable or of other code.");
        differed =
                counter(
                        "tally.snapshot.differences",
                        "Snapshots that were not what the events make, found by replaying a"
                                + " sample, and made anew.");
    }

    private Runnable counter(String name, String description) {
        var metadata = Metadata.builder().withName(name).withDescription(description).build();
        return metrics.counter(metadata)::inc;
    }

    @Override
    public History read(String customerId, List<Fold<?>> folds) {
        var rows =
                entityManager.<Connection, Rows>callWithConnection(
                        connection -> HotPath.read(connection, customerId, types(folds)));
        return history(
                customerId, folds, rows, fold -> replay(customerId, fold, rows.head(fold.type())));
    }

    @Override
    public History readAsOf(String customerId, Instant at, List<Fold<?>> folds) {
        var rows = LookBack.asOf(entityManager, customerId, types(folds), at, retiredUntil());
        return history(customerId, folds, rows, fold -> replayAsOf(customerId, fold, at));
    }

    @Override
    public List<Recorded> readAggregate(String customerId, Fold<?> fold, String aggregateId) {
        return LookBack.aggregate(entityManager, customerId, fold.type(), aggregateId).stream()
                .map(PostgresEventStore::recorded)
                .dropWhile(event -> !fold.begins().test(event.event()))
                .toList();
    }

    @Override
    public Map<String, Integer> lastSeqs(Collection<String> customerIds, StreamType type) {
        return LookBack.lastSeqs(entityManager, customerIds, type);
    }

    @Override
    public Instant retiredUntil() {
        var retirement = LookBack.retirement(entityManager);
        return retirement == null ? null : retirement.until();
    }

    @Override
    public Map<StreamType, Set<String>> aggregates(
            String customerId, List<Fold<?>> folds, Instant at) {
        return read(customerId, folds).streams().stream()
                .collect(
                        Collectors.toMap(
                                stream -> stream.fold().type(),
                                stream -> SNAPSHOTS.aggregates(stream, at)));
    }

    @Override
    public List<Described> history(HistoryQuery query) {
        return LookBack.history(entityManager, query).stream()
                .map(PostgresEventStore::described)
                .toList();
    }

    @Override
    public History append(
            History history, CommandId command, Instant at, List<? extends Record> events) {
        if (events.isEmpty() || events.size() > MAX_EVENTS_PER_APPEND) {
            throw new IllegalArgumentException("cannot append " + events.size() + " events");
        }
        var limit = new GenerationLimit(eventsPerGeneration, hotWindow);
        var append = Append.to(history, command, at, events, MAPPERS, SNAPSHOTS, limit);
        store(append);
        return append.after(history);
    }

    @Override
    public int rollForward(
            String customerId, List<Fold<?>> folds, Instant openedBefore, Instant at) {
        var history = read(customerId, folds);
        var append =
                Append.rollForward(
                        history,
                        stream ->
                                Append.isOld(stream, openedBefore) && SNAPSHOTS.isLive(stream, at),
                        at,
                        SNAPSHOTS);
        if (!append.changes().isEmpty()) {
            store(append);
        }
        return append.changes().size();
    }

    @Override
    public List<StreamType> checkSnapshots(String customerId, List<Fold<?>> folds, Instant at) {
        var history = read(customerId, folds);
        var replays = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        history.streams().stream()
                .filter(stream -> stream.head().generation() > Head.NONE.generation())
                .map(stream -> replay(customerId, stream.fold(), stream.head()))
                .forEach(stream -> replays.put(stream.fold().type(), stream));
        var differing =
                replays.values().stream()
                        .filter(
                                replay ->
                                        !SNAPSHOTS.areEqual(
                                                replay,
                                                history.stream(replay.fold()),
                                                latest(at, replay.head().openedAt())))
                        .<StreamType>map(replay -> replay.fold().type())
                        .toList();
        differing.forEach(type -> differed.run());
        var append =
                Append.rollForward(
                        new History(customerId, replays, history.rowsRead()),
                        replay ->
                                differing.contains(replay.fold().type())
                                        || isUnusable(history.stream(replay.fold()), at),
                        at,
                        SNAPSHOTS);
        if (!append.changes().isEmpty()) {
            store(append);
        }
        return differing;
    }

    /** A snapshot taken by a clock that is ahead let go of what is let go by then. */
    private static Instant latest(Instant at, Instant openedAt) {
        return at.isBefore(openedAt) ? openedAt : at;
    }

    /** Of what nobody asks for any more, a new one is not worth its place. */
    private static boolean isUnusable(StreamHistory<?> stream, Instant now) {
        return stream.replayed() && SNAPSHOTS.isLive(stream, now);
    }

    private void store(Append append) {
        try {
            entityManager.<Connection>runWithConnection(
                    connection -> HotPath.append(connection, append, MAPPERS));
        } catch (RuntimeException e) {
            throw isLostRace(e) ? new WrongVersion(append.customerId(), e) : e;
        }
    }

    private static List<StreamType> types(List<Fold<?>> folds) {
        return folds.stream().<StreamType>map(Fold::type).toList();
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

    private History history(
            String customerId,
            List<Fold<?>> folds,
            Rows rows,
            Function<Fold<?>, StreamHistory<?>> replay) {
        var streams = new EnumMap<StreamType, StreamHistory<?>>(StreamType.class);
        var rowsRead = rows.count();
        for (var fold : folds) {
            var stream = fold(fold, rows);
            if (stream.isEmpty()) {
                stream = Optional.of(replay.apply(fold));
                rowsRead += stream.get().events().size();
                replayed.run();
            }
            streams.put(fold.type(), stream.get());
        }
        return new History(customerId, streams, rowsRead);
    }

    /** Empty if its snapshot cannot be used, or events are missing: then it is replayed. */
    private <S> Optional<? extends StreamHistory<?>> fold(Fold<S> fold, Rows rows) {
        var head = rows.head(fold.type());
        var snapshot = rows.snapshot(fold.type());
        var events = recorded(fold, rows);
        if (rows.lacksSnapshot(fold.type())
                || !Gaps.none(snapshot == null ? 0 : snapshot.seq(), events, head.seq())) {
            return Optional.empty();
        }
        if (snapshot == null) {
            return Optional.of(fold(fold, head, fold.empty(), List.of(), events, false));
        }
        return SNAPSHOTS
                .read(fold, snapshot)
                .map(read -> fold(fold, head, read.state(), read.commands(), events, false));
    }

    /** The stream as its head says that it is. */
    private <S> StreamHistory<S> replay(String customerId, Fold<S> fold, Head head) {
        var events =
                whole(customerId, fold, head.seq(), LookBack.FOREVER).stream()
                        .filter(event -> event.seq() <= head.seq())
                        .toList();
        return fold(fold, head, fold.empty(), List.of(), events, true);
    }

    private <S> StreamHistory<S> replayAsOf(String customerId, Fold<S> fold, Instant at) {
        var lastSeq = LookBack.lastSeq(entityManager, customerId, fold.type());
        var events =
                whole(customerId, fold, lastSeq, at).stream()
                        .filter(event -> !event.at().isAfter(at))
                        .toList();
        return fold(fold, Head.NONE, fold.empty(), List.of(), events, true);
    }

    /**
     * The events that a stream is made of.
     *
     * @param asOf of when the state is to be told: what has been retired was not needed when it was
     *     looked for, but may have been before
     */
    private List<Recorded> whole(String customerId, Fold<?> fold, int lastSeq, Instant asOf) {
        var events = recorded(fold, LookBack.wholeStream(entityManager, customerId, fold.type()));
        if (Gaps.none(0, events, lastSeq)) return events;
        var retirement = LookBack.retirement(entityManager);
        var until = retirement == null ? null : retirement.until();
        var stays = Gaps.leaveOut(fold, lastSeq, events, until);
        if (asOf.isBefore(retirement.at())) throw new HistoryRetired(until);
        return stays;
    }

    private static List<Recorded> recorded(Fold<?> fold, Rows rows) {
        return rows.events(fold.type()).stream().map(PostgresEventStore::recorded).toList();
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

    private static Described described(Rows.Event row) {
        var mapper = MAPPERS.numbered(row.mapper());
        var event = recorded(row);
        return new Described(event, mapper.name(), mapper.payload(event.event()));
    }

    private static Recorded recorded(Rows.Event row) {
        return new Recorded(
                row.type(),
                row.generation(),
                row.seq(),
                row.at(),
                row.aggregateId(),
                new CommandId(row.commandKey(), row.commandHash()),
                MAPPERS.numbered(row.mapper()).read(row.aggregateId(), row.bytes()));
    }
}
