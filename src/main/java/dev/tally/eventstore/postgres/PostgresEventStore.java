package dev.tally.eventstore.postgres;

import dev.tally.availability.Guarded;
import dev.tally.availability.GuardedUse;
import dev.tally.availability.Outage;
import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Remembered;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.metrics.MetricRegistry;

import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/** The event store on PostgreSQL: heads, events and snapshots as JPA rows. */
@ApplicationScoped
public class PostgresEventStore implements EventStore {

    private static final int BYTES_OF_A_KILOBYTE = 1024;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject HistoryRows rows;
    @Inject EventModel<?> model;
    @Inject Acknowledged acknowledged;
    @Inject GuardedUse guarded;
    @Inject MetricRegistry metrics;
    @Inject InstantSource clock;

    /** Fewest events of a generation. */
    @Inject
    @ConfigProperty(name = "tally.generation.events", defaultValue = "50")
    int eventsPerGeneration;

    @Inject
    @ConfigProperty(name = "tally.archive.hot-window")
    Period hotWindow;

    /** Memory for the rows of customers, in kilobytes; 0 keeps none. */
    @Inject
    @ConfigProperty(name = "tally.warm.kilobytes", defaultValue = "24576")
    int warmKilobytes;

    private StoreMetrics counted = StoreMetrics.NONE;
    private EventMappers mappers;
    private EventReader reader;
    private Reading reading;
    private Snapshots<?> snapshots;
    private GenerationLimit limit;
    private Warm warm;
    private final GroupCommit groups = new GroupCommit();

    @PostConstruct
    void prepare() {
        mappers = new EventMappers(model.mappers());
        snapshots = new Snapshots<>(model.fold());
        limit = new GenerationLimit(eventsPerGeneration, hotWindow);
        warm =
                new Warm(
                        model.fold().schemaVersion(),
                        (long) warmKilobytes * BYTES_OF_A_KILOBYTE,
                        clock);
        // There is no registry outside the container.
        if (metrics != null) counted = StoreMetrics.in(metrics, warm);
        reader = new EventReader(model, mappers, counted);
        reading = new Reading(entityManager, new HotTier(clock), reader, snapshots, counted);
    }

    @Override
    public <S> History<S> read(String customerId, Fold<S> fold) {
        return groups.<S>pending(customerId)
                .or(() -> remembered(customerId, fold).map(Remembered::history))
                // Only this asks the database.
                .orElseGet(() -> guarded.of(() -> readAndKeep(customerId, fold)));
    }

    @Override
    public <S> Optional<Remembered<S>> remembered(String customerId, Fold<S> fold) {
        return warm.get(customerId)
                .flatMap(
                        kept ->
                                reading.folded(customerId, fold, kept.rows(), Source.WARM)
                                        .map(h -> new Remembered<>(h, kept.confirmedAt())));
    }

    @Override
    @Guarded
    public <S> History<S> readConfirmed(String customerId, Fold<S> fold) {
        return stored(customerId, fold);
    }

    /** The history that the database has. It comes from memory where the head is unchanged. */
    private <S> History<S> stored(String customerId, Fold<S> fold) {
        return remembered(customerId, fold)
                .map(Remembered::history)
                .map(this::confirmed)
                .orElseGet(() -> readAndKeep(customerId, fold));
    }

    @Override
    public <S> History<S> confirm(History<S> history) {
        if (!history.isUnconfirmed()) return history;
        // Nobody keeps a connection who waits for another.
        if (history.pending() != null && history.pending().isStored()) return history;
        return guarded.of(
                () ->
                        history.pending() == null
                                ? confirmed(history)
                                : stored(history.customerId(), history.fold()));
    }

    /** A history from memory, if the head is where it was, or else the current one. */
    private <S> History<S> confirmed(History<S> history) {
        var customer = history.customerId();
        // If it is not in memory any more, it was outdated, and a look at the head would be in
        // vain.
        if (warm.has(customer)
                && LookBack.revision(entityManager, customer) == history.revision()) {
            warm.confirmed(customer, history.revision());
            return history;
        }
        counted.lostConfirmation();
        warm.letGo(customer);
        return readAndKeep(customer, history.fold());
    }

    private <S> History<S> readAndKeep(String customerId, Fold<S> fold) {
        var rows = reading.rows(customerId);
        var history = reading.history(customerId, fold, rows);
        if (history.source() == Source.CURRENT) warm.put(customerId, rows);
        return history;
    }

    @Override
    @Guarded
    public <S> History<S> readAsOf(String customerId, Instant at, Fold<S> fold) {
        return reading.asOf(customerId, at, fold);
    }

    @Override
    @Guarded
    public List<Recorded> readAggregate(String customerId, Aggregate aggregate) {
        var rows =
                LookBack.aggregates(
                        entityManager,
                        customerId,
                        aggregate.type().number(),
                        List.of(aggregate.id()));
        return reader.recorded(customerId, rows).stream()
                .dropWhile(event -> !model.fold().begins().test(event.event()))
                .toList();
    }

    @Override
    @Guarded
    public List<Recorded> readAggregates(
            String customerId, AggregateType type, Collection<String> ids) {
        return reader.recorded(
                customerId, LookBack.aggregates(entityManager, customerId, type.number(), ids));
    }

    @Override
    @Guarded
    public List<Recorded> readNewest(
            String customerId,
            AggregateType type,
            Instant from,
            Instant until,
            int before,
            int limit) {
        return reader.recorded(
                customerId,
                LookBack.newest(
                        entityManager, customerId, type.number(), from, until, before, limit));
    }

    @Override
    @Guarded
    public Map<String, Long> revisions(Collection<String> customerIds) {
        return LookBack.revisions(entityManager, customerIds);
    }

    @Override
    @Guarded
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
        groups.store(
                append,
                history.pending(),
                appends ->
                        guarded.of(
                                () -> {
                                    store(appends);
                                    return null;
                                }));
        acknowledge(history.customerId(), append.first());
        return append.after();
    }

    @Override
    @Guarded
    public <S> void rehearse(
            String customerId, Fold<S> fold, Instant at, List<? extends Record> events) {
        var history = reading.current(customerId, fold);
        var command = CommandId.generated(customerId);
        rows.rehearse(
                Append.events(history, command, null, at, events, mappers, snapshots(), limit));
    }

    @Override
    public boolean rollForward(String customerId, Instant openedBefore, Instant at) {
        return rollForward(reading.current(customerId, model.fold()), openedBefore, at);
    }

    private <S> boolean rollForward(History<S> history, Instant openedBefore, Instant at) {
        var now = history.timeOf(at);
        if (history.head().isNew()
                || !history.head().snapshotAt().isBefore(openedBefore)
                || !this.<S>snapshots().isLive(history, now)) {
            return false;
        }
        store(List.of(Append.newGeneration(history, now, snapshots())));
        return true;
    }

    @Override
    public boolean checkSnapshot(String customerId, Instant at) {
        return checkSnapshot(reading.current(customerId, model.fold()), at);
    }

    private <S> boolean checkSnapshot(History<S> history, Instant at) {
        var head = history.head();
        if (!head.hasSnapshot()) return false;
        var now = history.timeOf(at);
        var replayed = reading.replay(history);
        var differs = !this.<S>snapshots().areEqual(replayed, history, now);
        if (differs) counted.differed();
        var isUnusable =
                history.source() == Source.REPLAY && this.<S>snapshots().isLive(history, now);
        if (differs || isUnusable) {
            store(List.of(Append.newGeneration(replayed, now, snapshots())));
        }
        return differs;
    }

    @Override
    public Set<Aggregate> aggregates(String customerId, Instant at) {
        return aggregates(reading.current(customerId, model.fold()), at);
    }

    private <S> Set<Aggregate> aggregates(History<S> history, Instant at) {
        return this.<S>snapshots().aggregates(history, history.timeOf(at));
    }

    @Override
    @Guarded
    public Trace trace(String customerId, Aggregate granted) {
        return LookBack.trace(entityManager, customerId, granted);
    }

    @Override
    @Guarded
    public boolean erase(String customerId, Instant at, IntConsumer announced) {
        var row = LookBack.head(entityManager, customerId);
        if (row.isEmpty()) return false;
        var head = row.get().head();
        var history = Reading.nothing(customerId, model.fold()).at(head);
        var emptied = Append.emptied(history, history.timeOf(at));
        announced.accept(emptied.after().head().firstSeq());
        store(List.of(emptied));
        return true;
    }

    /** Stores appends of one customer, each decided from the one before, in one transaction. */
    private void store(List<Append<?>> appends) {
        var last = appends.getLast();
        var customer = last.customerId();
        try {
            rows.store(appends);
        } catch (RuntimeException e) {
            if (LostRace.isBehind(e)) {
                warm.letGo(customer);
                throw new WrongVersion(customer, e);
            }
            // Memory is kept: if this was stored nevertheless, the next append finds out.
            if (Outage.behind(e).isEmpty() || !isStored(last)) throw e;
        }
        appends.forEach(warm::add);
        for (int i = 1; i < appends.size(); i++) counted.grouped();
    }

    @Override
    public void acknowledge(String customerId, Recorded first) {
        acknowledged.add(customerId, first);
    }

    /** True if a command's events are in the history, after a connection broke during a commit. */
    private boolean isStored(Append<?> append) {
        if (!append.hasEvents()) return false;
        var command = append.first().command();
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

    @Override
    @Guarded
    public List<Described> history(HistoryQuery query) {
        var type = query.aggregateType() == null ? null : typeNumber(query.aggregateType());
        if (type != null && type < 0) return List.of();
        var page = LookBack.page(entityManager, query, type);
        var commands = commandsOf(query.customerId(), page);
        var hotFrom = HotTier.start(entityManager);
        return page.stream()
                .map(row -> reader.described(row, commands.get(row.eventTime), hotFrom))
                .toList();
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

    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    private <S> Snapshots<S> snapshots() {
        return (Snapshots<S>) snapshots;
    }
}
