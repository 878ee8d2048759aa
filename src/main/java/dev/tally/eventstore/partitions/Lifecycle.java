package dev.tally.eventstore.partitions;

import static dev.tally.eventstore.partitions.Partition.Trait.BEING_REWRITTEN;
import static dev.tally.eventstore.partitions.Partition.Trait.EMPTY;
import static dev.tally.eventstore.partitions.Partition.Trait.HELD;
import static dev.tally.eventstore.partitions.Partition.Trait.IN_HOT_TIER;
import static dev.tally.eventstore.partitions.Partition.Trait.REPAIRABLE;
import static dev.tally.eventstore.partitions.Partition.Trait.REQUESTED;
import static dev.tally.eventstore.partitions.Partition.Trait.TO_REWRITE;

import dev.tally.eventstore.partitions.Partition.State;

import java.time.Instant;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decides which step comes next, only from what the database says of all partitions. So a job that
 * was killed goes on where it was, on any node.
 */
final class Lifecycle {

    /** Time after which the rest of a retired month is sifted again. */
    private static final Period SIFTED_AGAIN_AFTER = Period.ofYears(1);

    private static final List<String> TABLES = List.of("event", "snapshot");

    private static final Comparator<Partition> OLDEST_FIRST =
            Comparator.comparing(Partition::startsAt).thenComparing(Partition::name);

    private Lifecycle() {}

    /**
     * Steps without which nothing could be stored sooner or later. They repair what was dropped or
     * detached of the current month and the months ahead, and make what was never there.
     */
    static List<Step> ahead(List<Partition> partitions, Instant now, ArchiveSettings settings) {
        var existing = partitions.stream().map(Partition::name).collect(Collectors.toSet());
        var repairs =
                partitions.stream()
                        .filter(p -> Partitions.takesAppends(p.endsAt(), now))
                        .sorted(OLDEST_FIRST)
                        .flatMap(p -> repair(p).stream());
        var creations =
                IntStream.rangeClosed(0, settings.monthsAhead())
                        .mapToObj(YearMonth.from(now.atOffset(ZoneOffset.UTC))::plusMonths)
                        .flatMap(month -> TABLES.stream().map(table -> create(table, month)))
                        .filter(step -> !existing.contains(step.subject()));
        return Stream.concat(repairs, creations).toList();
    }

    private static Optional<Step> repair(Partition partition) {
        return when(partition.is(REPAIRABLE), new Step.Repair(partition.name()));
    }

    private static Step create(String table, YearMonth month) {
        return new Step.Create(
                "%s_%04d_%02d".formatted(table, month.getYear(), month.getMonthValue()),
                table,
                month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /**
     * The next step that frees space or removes rows for good. These steps come before all that
     * need space, so that a full disk does not stop them.
     *
     * @param failed subjects to leave alone
     */
    static Optional<Step> nextToFree(
            List<Partition> partitions, Instant now, ArchiveSettings settings, Set<String> failed) {
        return nextOf(partitions, failed, p -> drop(p, now, settings))
                .or(() -> nextOf(partitions, failed, p -> swap(p, now, settings)));
    }

    /**
     * The next of the other steps. What somebody did by hand is repaired first. Then months leave
     * the hot tier in their order, before anything is copied, since that makes reads short.
     *
     * @param failed subjects to leave alone
     */
    static Optional<Step> next(
            List<Partition> partitions, Instant now, ArchiveSettings settings, Set<String> failed) {
        return nextOf(partitions, failed, Lifecycle::repair)
                .or(
                        () ->
                                nextMonth(partitions, now, settings)
                                        .filter(step -> !failed.contains(step.subject())))
                .or(() -> nextOf(partitions, failed, p -> move(p, settings)))
                .or(() -> nextOf(partitions, failed, p -> rewrite(p, now, settings)))
                .or(
                        () ->
                                nextOf(
                                        partitions,
                                        failed,
                                        p ->
                                                hasAllBefore(p, partitions)
                                                        ? sift(p, now, settings)
                                                        : Optional.empty()));
    }

    /**
     * False if an older partition, or this one, is missing. What a month has to keep cannot be told
     * then: an event is kept where an older one of its aggregate is.
     */
    private static boolean hasAllBefore(Partition partition, List<Partition> partitions) {
        return partitions.stream()
                .filter(p -> p.state() == State.MISSING)
                .allMatch(p -> p.startsAt().isAfter(partition.startsAt()));
    }

    private static Optional<Step> nextMonth(
            List<Partition> partitions, Instant now, ArchiveSettings settings) {
        var lastDue =
                partitions.stream()
                        .filter(p -> p.state() == State.HOT)
                        .filter(p -> isDue(p, now, settings))
                        .map(Partition::startsAt)
                        .max(Comparator.naturalOrder());
        // Months leave in their order, so one that is missing or being written anew is waited for.
        return partitions.stream()
                .filter(p -> p.is(IN_HOT_TIER))
                .min(OLDEST_FIRST)
                .filter(p -> p.state() == State.HOT)
                .filter(p -> lastDue.isPresent() && !p.startsAt().isAfter(lastDue.get()))
                .map(p -> new Step.RollForward(p.name(), p.startsAt()));
    }

    /**
     * True if a month is to leave the hot tier. A month that is not over stays: it would have to
     * leave twice.
     */
    private static boolean isDue(Partition partition, Instant now, ArchiveSettings settings) {
        return (partition.is(REQUESTED) && !Partitions.takesAppends(partition.endsAt(), now))
                || !partition.endsAt().isAfter(settings.dueBefore(now));
    }

    private static Optional<Step> nextOf(
            List<Partition> partitions,
            Set<String> failed,
            Function<Partition, Optional<Step>> stepOf) {
        return partitions.stream()
                .filter(p -> !failed.contains(p.name()))
                .sorted(OLDEST_FIRST)
                .flatMap(p -> stepOf.apply(p).stream())
                .findFirst();
    }

    private static Optional<Step> drop(Partition partition, Instant now, ArchiveSettings settings) {
        return when(
                partition.state() == State.RETIRED
                        && !partition.is(HELD)
                        && partition.detachedAt() != null
                        && !partition.detachedAt().isAfter(settings.graceEndsBefore(now)),
                new Step.DropRetired(partition.name()));
    }

    private static Optional<Step> swap(Partition partition, Instant now, ArchiveSettings settings) {
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, MARKED, COPYING, VERIFYING, ARCHIVED, SIFTING, RETIRED, MISSING, UNKNOWN ->
                    Optional.empty();
            case COPIED -> when(isToBeCopied(partition, settings), new Step.Swap(name));
            case SIFTED ->
                    when(
                            !partition.is(HELD) && isPastRetention(partition, now, settings),
                            new Step.Retire(name));
        };
    }

    private static Optional<Step> move(Partition partition, ArchiveSettings settings) {
        if (!isToBeCopied(partition, settings)) return Optional.empty();
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, COPIED, ARCHIVED, SIFTING, SIFTED, RETIRED, MISSING, UNKNOWN ->
                    Optional.empty();
            case MARKED -> Optional.of(new Step.BeginCopy(name));
            case COPYING -> Optional.of(new Step.CopyBatch(name));
            case VERIFYING -> Optional.of(new Step.VerifyBatch(name));
        };
    }

    /** Without a tablespace for the archive, only what is written anew is copied. */
    private static boolean isToBeCopied(Partition partition, ArchiveSettings settings) {
        return settings.tablespace() != null || partition.is(BEING_REWRITTEN);
    }

    /**
     * The step, if any, that begins to write a partition anew. A partition that is about to move is
     * written anew by that.
     */
    private static Optional<Step> rewrite(
            Partition partition, Instant now, ArchiveSettings settings) {
        if (!partition.is(TO_REWRITE)) return Optional.empty();
        var step = new Step.BeginRewrite(partition.name());
        return switch (partition.state()) {
            case COPYING, VERIFYING, COPIED, SIFTING, SIFTED, MISSING, UNKNOWN -> Optional.empty();
            case HOT -> when(!Partitions.takesAppends(partition.endsAt(), now), step);
            case MARKED -> when(!isToBeCopied(partition, settings), step);
            case ARCHIVED, RETIRED -> Optional.of(step);
        };
    }

    private static Optional<Step> sift(Partition partition, Instant now, ArchiveSettings settings) {
        if (partition.is(HELD)
                || partition.is(BEING_REWRITTEN)
                || !isPastRetention(partition, now, settings)) return Optional.empty();
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, COPYING, VERIFYING, COPIED, SIFTED, MISSING, UNKNOWN -> Optional.empty();
            case MARKED -> when(settings.tablespace() == null, new Step.BeginSift(name));
            case ARCHIVED -> Optional.of(new Step.BeginSift(name));
            case SIFTING -> Optional.of(new Step.SiftBatch(name));
            case RETIRED -> when(isToBeSiftedAgain(partition, now), new Step.BeginSift(name));
        };
    }

    private static boolean isPastRetention(
            Partition partition, Instant now, ArchiveSettings settings) {
        return !partition.endsAt().isAfter(settings.pastRetentionBefore(now));
    }

    private static boolean isToBeSiftedAgain(Partition partition, Instant now) {
        var again = partition.since().atOffset(ZoneOffset.UTC).plus(SIFTED_AGAIN_AFTER);
        return partition.detachedAt() == null
                && !partition.is(EMPTY)
                && !again.toInstant().isAfter(now);
    }

    private static Optional<Step> when(boolean condition, Step step) {
        return condition ? Optional.of(step) : Optional.empty();
    }
}
