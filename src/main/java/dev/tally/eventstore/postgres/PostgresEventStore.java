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
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.eventstore.codec.SnapshotCodec.Content;
import dev.tally.eventstore.codec.UnreadableBytes;
import dev.tally.runtime.Outage;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The event store on PostgreSQL: heads, events and snapshots as JPA rows. */
@ApplicationScoped
public class PostgresEventStore implements EventStore {

    /**
     * Constraint that is violated by the later of two first appends for a customer, since both
     * insert the head.
     */
    private static final String ONE_HEAD = "customer_has_one_head";

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";

    private static final int BYTES_OF_A_KILOBYTE = 1024;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject HistoryRows rows;
    @Inject EventModel<?> model;
    @Inject MetricRegistry metrics;
    @Inject InstantSource clock;

    /** Fewest events of a generation. */
    @Inject
    @ConfigProperty(name = "tally.generation.events", defaultValue = "50")
    int eventsPerGeneration;

    @Inject
    @ConfigProperty(name = "tally.archive.hot-window")
    Period hotWindow;

    /** Memory for folded accounts, in kilobytes; 0 keeps none. */
    @Inject
    @ConfigProperty(name = "tally.warm.kilobytes", defaultValue = "24576")
    int warmKilobytes;

    private StoreMetrics counted = StoreMetrics.NONE;
    private HotTier hotTier;
    private EventMappers mappers;
    private Map<Integer, AggregateType> aggregateTypes;
    private Snapshots<?> snapshots;
    private GenerationLimit limit;
    private Warm warm;

    @PostConstruct
    void prepare() {
        hotTier = new HotTier(clock);
        mappers = new EventMappers(model.mappers());
        aggregateTypes =
                model.aggregates().stream()
                        .collect(Collectors.toMap(AggregateType::number, type -> type));
        snapshots = new Snapshots<>(model.fold());
        limit = new GenerationLimit(eventsPerGeneration, hotWindow);
        warm = new Warm((long) warmKilobytes * BYTES_OF_A_KILOBYTE);
        // There is no registry outside the container.
        if (metrics != null) counted = StoreMetrics.in(metrics, warm);
    }

    @Override
    public <S> History<S> read(String customerId, Fold<S> fold) {
        return warm.<S>get(customerId).orElseGet(() -> readAndKeep(customerId, fold));
    }

    @Override
    public <S> History<S> readConfirmed(String customerId, Fold<S> fold) {
        return confirm(read(customerId, fold));
    }

    @Override
    public <S> History<S> confirm(History<S> history) {
        if (history.source() != Source.WARM) return history;
        if (isInMemory(history)
                && LookBack.revision(entityManager, history.customerId()) == history.revision()) {
            return history;
        }
        counted.lostConfirmation();
        warm.letGo(history.customerId());
        return readAndKeep(history.customerId(), history.fold());
    }

    /**
     * True if the customer is still in memory. If not, it was dropped since it was read, and a look
     * at the head would be in vain.
     */
    private boolean isInMemory(History<?> history) {
        return warm.get(history.customerId()).isPresent();
    }

    private <S> History<S> readAndKeep(String customerId, Fold<S> fold) {
        var history = readRows(customerId, fold);
        warm.put(history);
        return history;
    }

    /** Reads from the database, whatever is in memory. */
    private <S> History<S> readRows(String customerId, Fold<S> fold) {
        var read = CurrentRead.read(entityManager, customerId, hotTier.start(entityManager));
        if (read.head().snapshotAt().isBefore(hotTier.start(entityManager))
                && !read.head().isNew()) {
            // The customer was silent for longer than the hot tier reaches back.
            var from = LookBack.month(read.head().snapshotAt());
            read = CurrentRead.read(entityManager, customerId, from);
        }
        return history(customerId, fold, read);
    }

    private <S> History<S> history(String customerId, Fold<S> fold, CurrentRead.Rows read) {
        var head = read.head();
        var own =
                read.snapshots().stream()
                        .filter(snapshot -> snapshot.schemaVersion == fold.schemaVersion())
                        .findFirst();
        if (Gaps.count(head.snapshotSeq(), read.events(), head.lastSeq()) == 0) {
            if (!head.hasSnapshot()) {
                return folded(customerId, fold, head, null, read.events(), Source.CURRENT, 0);
            }
            var content = own.flatMap(this.<S>snapshots()::read);
            if (content.isPresent()) {
                var weight = Append.weight(own.get().bytes());
                return folded(
                        customerId,
                        fold,
                        head,
                        content.get(),
                        read.events(),
                        Source.CURRENT,
                        weight);
            }
        }
        var isOthers = own.isEmpty() && !read.snapshots().isEmpty();
        return fromOwnSnapshot(customerId, fold, head, isOthers)
                .orElseGet(() -> replay(customerId, fold, head, isOthers));
    }

    /**
     * Folds from this version's newest snapshot, if the current snapshot is another version's; else
     * empty.
     */
    private <S> Optional<History<S>> fromOwnSnapshot(
            String customerId, Fold<S> fold, Head head, boolean isOthers) {
        if (!isOthers) return Optional.empty();
        var from = hotTier.start(entityManager);
        var found =
                LookBack.newestSnapshot(
                        entityManager, customerId, fold.schemaVersion(), head.firstSeq(), from);
        if (found.isEmpty() || found.get().seq > head.lastSeq()) return Optional.empty();
        var own = found.get();
        var content = this.<S>snapshots().read(own);
        var events = upTo(head, LookBack.events(entityManager, customerId, own.seq, own.eventTime));
        if (content.isEmpty() || Gaps.count(own.seq, events, head.lastSeq()) != 0) {
            return Optional.empty();
        }
        // A snapshot as young as the other version's will do until the next generation.
        var source = own.seq >= head.snapshotSeq() ? Source.CURRENT : Source.OWN_SNAPSHOT;
        var weight = Append.weight(own.bytes());
        return Optional.of(folded(customerId, fold, head, content.get(), events, source, weight));
    }

    /** Folds from the first event. */
    private <S> History<S> replay(String customerId, Fold<S> fold, Head head, boolean isOthers) {
        counted.replayed();
        var events = upTo(head, LookBack.events(entityManager, customerId, head.firstSeq()));
        var recorded = whole(customerId, fold, events, head.firstSeq() - 1, head.lastSeq(), null);
        var source = isOthers ? Source.OWN_SNAPSHOT : Source.REPLAY;
        return folded(customerId, fold, head, null, recorded, source, 0, true);
    }

    private static List<EventRow> upTo(Head head, List<EventRow> events) {
        return events.stream().filter(event -> event.seq <= head.lastSeq()).toList();
    }

    /**
     * The events that a state is made of, where some may have gone with a retired month.
     *
     * @param asOf time of the state; null for the current one. Retired events were not needed when
     *     they were retired, but an earlier state may have needed them.
     */
    private List<Recorded> whole(
            String customerId,
            Fold<?> fold,
            List<EventRow> events,
            int after,
            int lastSeq,
            Instant asOf) {
        var recorded = recorded(customerId, events);
        var missing = Gaps.count(after, events, lastSeq);
        if (missing == 0) return recorded;
        var retired = LookBack.retiredRows(entityManager, customerId);
        if (missing > retired || (asOf == null && missing < retired)) {
            throw new IllegalStateException(
                    "%d events of customer %s are missing, and %d were retired"
                            .formatted(missing, customerId, retired));
        }
        var retirement = LookBack.retirement(entityManager).orElseThrow();
        if (asOf != null && asOf.isBefore(retirement.at())) {
            throw new HistoryRetired(retirement.until());
        }
        return Gaps.leaveOut(fold, recorded);
    }

    @Override
    public <S> History<S> readAsOf(String customerId, Instant at, Fold<S> fold) {
        var row = LookBack.head(entityManager, customerId);
        if (row.isEmpty()) return nothing(customerId, fold);
        var first = row.get().firstSeq;
        var retired = LookBack.retirement(entityManager).map(LookBack.Retirement::until);
        var snapshot =
                LookBack.snapshotBefore(
                        entityManager,
                        customerId,
                        fold.schemaVersion(),
                        first,
                        retired.orElse(Instant.EPOCH),
                        at);
        var content = snapshot.flatMap(this.<S>snapshots()::read);
        if (content.isPresent()) {
            var from = snapshot.get();
            var all = LookBack.events(entityManager, customerId, from.seq, from.eventTime);
            var events = until(at, all);
            if (Gaps.count(from.seq, events, lastSeq(at, all, row.get())) == 0) {
                return folded(
                        customerId, fold, Head.NONE, content.get(), events, Source.CURRENT, 0);
            }
        }
        var all = LookBack.events(entityManager, customerId, first);
        var events = until(at, all);
        var last = lastSeq(at, all, row.get());
        var recorded = whole(customerId, fold, events, first - 1, last, at);
        return folded(customerId, fold, Head.NONE, null, recorded, Source.REPLAY, 0, true);
    }

    private static <S> History<S> nothing(String customerId, Fold<S> fold) {
        return new History<>(
                customerId, fold, Head.NONE, fold.empty(), List.of(), List.of(), Source.CURRENT, 0);
    }

    private static List<EventRow> until(Instant at, List<EventRow> events) {
        return events.stream().filter(event -> !event.eventTime.isAfter(at)).toList();
    }

    /**
     * The last number that may have been given out up to a time. Events that are missing just
     * before the next event may have happened on either side of that time.
     */
    private static int lastSeq(Instant at, List<EventRow> all, CustomerRow head) {
        var next = all.stream().filter(event -> event.eventTime.isAfter(at)).findFirst();
        if (next.isPresent()) return next.get().seq - 1;
        return all.isEmpty() ? head.lastSeq : Math.max(head.lastSeq, all.getLast().seq);
    }

    @Override
    public List<Recorded> readAggregate(String customerId, Aggregate aggregate) {
        var rows =
                LookBack.aggregate(
                        entityManager, customerId, aggregate.type().number(), aggregate.id());
        return recorded(customerId, rows).stream()
                .dropWhile(event -> !model.fold().begins().test(event.event()))
                .toList();
    }

    @Override
    public Map<String, Long> revisions(Collection<String> customerIds) {
        return LookBack.revisions(entityManager, customerIds);
    }

    @Override
    public Optional<Instant> retiredUntil() {
        return LookBack.retirement(entityManager).map(LookBack.Retirement::until);
    }

    @Override
    public <S> History<S> append(
            History<S> history,
            CommandId command,
            Caller caller,
            Instant at,
            List<? extends Record> events) {
        if (events.isEmpty() || events.size() > MAX_EVENTS_PER_APPEND) {
            throw new IllegalArgumentException("cannot append " + events.size() + " events");
        }
        var append =
                Append.events(history, command, caller, at, events, mappers, snapshots(), limit);
        store(append, command);
        return append.after();
    }

    @Override
    public boolean rollForward(String customerId, Instant openedBefore, Instant at) {
        return rollForward(readRows(customerId, model.fold()), openedBefore, at);
    }

    private <S> boolean rollForward(History<S> history, Instant openedBefore, Instant at) {
        var now = history.timeOf(at);
        if (history.head().isNew()
                || !history.head().snapshotAt().isBefore(openedBefore)
                || !this.<S>snapshots().isLive(history, now)) {
            return false;
        }
        store(Append.newGeneration(history, now, snapshots()), null);
        return true;
    }

    @Override
    public boolean checkSnapshot(String customerId, Instant at) {
        return checkSnapshot(readRows(customerId, model.fold()), at);
    }

    private <S> boolean checkSnapshot(History<S> history, Instant at) {
        var head = history.head();
        if (!head.hasSnapshot()) return false;
        var now = history.timeOf(at);
        var replayed =
                history.source() == Source.REPLAY
                        ? history
                        : replay(history.customerId(), history.fold(), head, false);
        var differs = !this.<S>snapshots().areEqual(replayed, history, now);
        if (differs) counted.differed();
        var isUnusable =
                history.source() == Source.REPLAY && this.<S>snapshots().isLive(history, now);
        if (differs || isUnusable) {
            store(Append.newGeneration(replayed, now, snapshots()), null);
        }
        return differs;
    }

    @Override
    public Set<Aggregate> aggregates(String customerId, Instant at) {
        return aggregates(readRows(customerId, model.fold()), at);
    }

    private <S> Set<Aggregate> aggregates(History<S> history, Instant at) {
        return this.<S>snapshots().aggregates(history, history.timeOf(at));
    }

    @Override
    public boolean erase(String customerId, Instant at, IntConsumer announced) {
        var row = LookBack.head(entityManager, customerId);
        if (row.isEmpty()) return false;
        var head = row.get().head();
        var history = nothing(customerId, model.fold()).at(head);
        var emptied = Append.emptied(history, history.timeOf(at));
        announced.accept(emptied.after().head().firstSeq());
        store(emptied, null);
        return true;
    }

    private void store(Append<?> append, CommandId command) {
        var customer = append.customerId();
        try {
            rows.store(append);
        } catch (RuntimeException e) {
            warm.letGo(customer);
            if (isLostRace(e)) throw new WrongVersion(customer, e);
            if (command == null || !Outage.isBehind(e) || !isStored(append, command)) throw e;
        }
        warm.put(append.after());
    }

    /** True if the command is in the history, after a connection broke during a commit. */
    private boolean isStored(Append<?> append, CommandId command) {
        try {
            var at = append.after().head().lastAt();
            return LookBack.commandsAt(entityManager, append.customerId(), Set.of(at)).stream()
                    .anyMatch(row -> command.equals(row.command()));
        } catch (RuntimeException e) {
            // The database is not reachable yet: the caller is told of the outage, and may retry
            // with its key.
            return false;
        }
    }

    private static boolean isLostRace(Throwable e) {
        return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(
                        cause ->
                                cause instanceof WrongVersion
                                        || (cause instanceof SQLException sql && isLostRace(sql)));
    }

    private static boolean isLostRace(SQLException e) {
        return switch (e.getSQLState()) {
            case null -> false;
            case SERIALIZATION_FAILURE, DEADLOCK -> true;
            case UNIQUE_VIOLATION -> e.getMessage().contains(ONE_HEAD);
            default -> false;
        };
    }

    private <S> History<S> folded(
            String customerId,
            Fold<S> fold,
            Head head,
            Content<S> snapshot,
            List<EventRow> rows,
            Source source,
            int snapshotBytes) {
        return folded(
                customerId,
                fold,
                head,
                snapshot,
                recorded(customerId, rows),
                source,
                snapshotBytes,
                snapshot == null);
    }

    private static <S> History<S> folded(
            String customerId,
            Fold<S> fold,
            Head head,
            Content<S> snapshot,
            List<Recorded> events,
            Source source,
            int snapshotBytes,
            boolean fromNothing) {
        var state = fromNothing ? fold.empty() : snapshot.state();
        for (var event : events) state = fold.evolve().apply(state, event);
        var commands = new ArrayList<PastCommand>();
        if (!fromNothing) commands.addAll(snapshot.commands());
        commands.addAll(commands(fold, events));
        return new History<>(
                customerId, fold, head, state, events, commands, source, snapshotBytes);
    }

    /**
     * The commands of some events. A command is named by its first event, and is a report if one of
     * its events is one.
     */
    private static List<PastCommand> commands(Fold<?> fold, List<Recorded> events) {
        var commands = new ArrayList<PastCommand>();
        for (var event : events) {
            if (event.command() != null) {
                commands.add(new PastCommand(event.command(), event.at(), false));
            }
            if (fold.report().test(event.event()) && !commands.isEmpty()) {
                var command = commands.removeLast();
                commands.add(new PastCommand(command.id(), command.at(), true));
            }
        }
        return commands;
    }

    @Override
    public List<Described> history(HistoryQuery query) {
        var type = query.aggregateType() == null ? null : typeNumber(query.aggregateType());
        if (type != null && type < 0) return List.of();
        var page = LookBack.page(entityManager, query, type);
        var commands = commandsOf(query.customerId(), page);
        return page.stream().map(row -> described(row, commands.get(row.eventTime))).toList();
    }

    /** Number of a type; -1 if this version knows no type of that name. */
    private int typeNumber(String name) {
        return model.aggregates().stream()
                .filter(type -> type.name().equals(name))
                .mapToInt(AggregateType::number)
                .findFirst()
                .orElse(-1);
    }

    /** The first event of each command on a page, by the time that all its events share. */
    private Map<Instant, EventRow> commandsOf(String customerId, List<EventRow> page) {
        var commands = new HashMap<Instant, EventRow>();
        page.stream()
                .filter(row -> row.commandId != null)
                .forEach(row -> commands.put(row.eventTime, row));
        var elsewhere =
                page.stream()
                        .map(row -> row.eventTime)
                        .filter(time -> !commands.containsKey(time))
                        .collect(Collectors.toSet());
        if (!elsewhere.isEmpty()) {
            LookBack.commandsAt(entityManager, customerId, elsewhere)
                    .forEach(row -> commands.put(row.eventTime, row));
        }
        return commands;
    }

    private Described described(EventRow row, EventRow first) {
        var type = aggregateTypes.get((int) row.aggregateType);
        var mapper = mappers.numbered(row.eventMapper);
        return new Described(
                row.seq,
                row.generation,
                row.eventTime,
                type == null ? "type " + row.aggregateType : type.name(),
                row.aggregateId,
                mapper.map(known -> known.name()).orElse("mapper " + row.eventMapper),
                payload(row),
                first == null ? null : first.commandId,
                first == null ? null : first.caller);
    }

    /** Fields of an event; null if this version cannot read it. */
    private Map<String, Object> payload(EventRow row) {
        try {
            return mappers.numbered(row.eventMapper)
                    .map(mapper -> mapper.payload(mapper.read(row.aggregateId, row.eventData)))
                    .orElse(null);
        } catch (UnreadableBytes e) {
            return null;
        }
    }

    private List<Recorded> recorded(String customerId, List<EventRow> rows) {
        return rows.stream().map(row -> recorded(customerId, row)).toList();
    }

    private Recorded recorded(String customerId, EventRow row) {
        var type = aggregateTypes.get((int) row.aggregateType);
        var mapper = mappers.numbered(row.eventMapper);
        if (type == null || mapper.isEmpty()) {
            throw unreadable(
                    customerId, row, "a newer version wrote it, with mapper " + row.eventMapper);
        }
        try {
            return new Recorded(
                    row.seq,
                    row.generation,
                    row.eventTime,
                    new Aggregate(type, row.aggregateId),
                    row.command(),
                    mapper.get().read(row.aggregateId, row.eventData));
        } catch (UnreadableBytes e) {
            throw unreadable(customerId, row, e.getMessage());
        }
    }

    private UnreadableHistory unreadable(String customerId, EventRow row, String why) {
        counted.unreadable();
        return new UnreadableHistory(customerId, row.seq, why);
    }

    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    private <S> Snapshots<S> snapshots() {
        return (Snapshots<S>) snapshots;
    }
}
