package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.codec.SnapshotCodec.Content;

import jakarta.persistence.EntityManager;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a customer from the database and folds the state: from the current snapshot, from one of
 * this version, or from the first event.
 */
final class Reading {

    private final EntityManager entityManager;
    private final HotTier hotTier;
    private final EventReader reader;
    private final Snapshots<?> snapshots;
    private final StoreMetrics counted;

    Reading(
            EntityManager entityManager,
            HotTier hotTier,
            EventReader reader,
            Snapshots<?> snapshots,
            StoreMetrics counted) {
        this.entityManager = entityManager;
        this.hotTier = hotTier;
        this.reader = reader;
        this.snapshots = snapshots;
        this.counted = counted;
    }

    /** The current state, from the database whatever is in memory. */
    <S> History<S> current(String customerId, Fold<S> fold) {
        return history(customerId, fold, rows(customerId));
    }

    /** The rows of a customer's current state. */
    CurrentRead.Rows rows(String customerId) {
        var hot = hotTier.read(entityManager);
        var read = hot.rows(entityManager, customerId);
        if (hot.months().have(read.head())) return read;
        // The customer was silent for longer than the hot tier reaches back, or another node's
        // clock is far ahead.
        return new CurrentRead(Months.of(read.head())).rows(entityManager, customerId);
    }

    /** The state from the rows alone. Empty if an event or a usable snapshot is missing. */
    <S> Optional<History<S>> folded(
            String customerId, Fold<S> fold, CurrentRead.Rows read, Source source) {
        var head = read.head();
        if (Gaps.count(head.snapshotSeq(), read.events(), head.lastSeq()) != 0) {
            return Optional.empty();
        }
        if (!head.hasSnapshot()) {
            return Optional.of(folded(customerId, fold, head, null, read.events(), source, 0));
        }
        var own = own(fold, read);
        var weight = own.map(snapshot -> Append.weight(snapshot.bytes())).orElse(0);
        return own.flatMap(this.<S>snapshots()::read)
                .map(its -> folded(customerId, fold, head, its, read.events(), source, weight));
    }

    /** The current snapshot of this version. */
    private static Optional<SnapshotRow> own(Fold<?> fold, CurrentRead.Rows read) {
        return read.snapshots().stream()
                .filter(snapshot -> snapshot.schemaVersion == fold.schemaVersion())
                .findFirst();
    }

    /** The current state from the rows, or from older ones in the database. */
    <S> History<S> history(String customerId, Fold<S> fold, CurrentRead.Rows read) {
        var folded = folded(customerId, fold, read, Source.CURRENT);
        if (folded.isPresent()) return folded.get();
        var head = read.head();
        var isOthers = own(fold, read).isEmpty() && !read.snapshots().isEmpty();
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
        var from = hotTier.read(entityManager).months().from();
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

    /** The same history, replayed from the first event. */
    <S> History<S> replay(History<S> history) {
        if (history.source() == Source.REPLAY) return history;
        return replay(history.customerId(), history.fold(), history.head(), false);
    }

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
        var recorded = reader.recorded(customerId, events);
        var missing = Gaps.count(after, events, lastSeq);
        if (missing == 0) return recorded;
        var retired = LookBack.retiredRows(entityManager, customerId);
        if (missing > retired || (asOf == null && missing < retired)) {
            throw new UnreadableHistory(
                    customerId,
                    Gaps.first(after, events),
                    "%d events are missing, and %d were retired".formatted(missing, retired));
        }
        var retirement = LookBack.retirement(entityManager).orElseThrow();
        if (asOf != null && asOf.isBefore(retirement.at())) {
            throw new HistoryRetired(retirement.until());
        }
        return Gaps.leaveOut(fold, recorded);
    }

    /**
     * The state at an earlier time.
     *
     * @throws HistoryRetired if events of before that time were retired
     */
    <S> History<S> asOf(String customerId, Instant at, Fold<S> fold) {
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
            var all = LookBack.eventsUntil(entityManager, customerId, from.seq, from.eventTime, at);
            var events = until(at, all);
            if (Gaps.count(from.seq, events, lastSeq(at, all, row.get())) == 0) {
                return folded(
                        customerId, fold, Head.NONE, content.get(), events, Source.CURRENT, 0);
            }
        }
        var all = LookBack.eventsUntil(entityManager, customerId, first - 1, Instant.EPOCH, at);
        var events = until(at, all);
        var last = lastSeq(at, all, row.get());
        var recorded = whole(customerId, fold, events, first - 1, last, at);
        return folded(customerId, fold, Head.NONE, null, recorded, Source.REPLAY, 0, true);
    }

    /** The history of a customer of whom nothing is known. */
    static <S> History<S> nothing(String customerId, Fold<S> fold) {
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
                reader.recorded(customerId, rows),
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

    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    private <S> Snapshots<S> snapshots() {
        return (Snapshots<S>) snapshots;
    }
}
