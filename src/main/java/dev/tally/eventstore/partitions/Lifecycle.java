package dev.tally.eventstore.partitions;

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

    /** Steps that make the missing partitions of the current month and the months ahead. */
    static List<Step> ahead(List<Partition> partitions, Instant now, ArchiveSettings settings) {
        var existing = partitions.stream().map(Partition::name).collect(Collectors.toSet());
        return IntStream.rangeClosed(0, settings.monthsAhead())
                .mapToObj(YearMonth.from(now.atOffset(ZoneOffset.UTC))::plusMonths)
                .flatMap(month -> TABLES.stream().map(table -> create(table, month)))
                .filter(step -> !existing.contains(step.subject()))
                .toList();
    }

    private static Step create(String table, YearMonth month) {
        return new Step.Create(
                "%s_%04d_%02d".formatted(table, month.getYear(), month.getMonthValue()),
                table,
                month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /**
     * The next step. Steps that free space come first, so that a full disk does not stop them. Then
     * months leave the hot tier in their order, before anything is copied, since that makes reads
     * short.
     *
     * @param failed subjects to leave alone
     */
    static Optional<Step> next(
            List<Partition> partitions, Instant now, ArchiveSettings settings, Set<String> failed) {
        return nextOf(partitions, failed, p -> free(p, now, settings))
                .or(
                        () ->
                                nextMonth(partitions, now, settings)
                                        .filter(step -> !failed.contains(step.subject())))
                .or(() -> nextOf(partitions, failed, p -> move(p, settings)))
                .or(() -> nextOf(partitions, failed, p -> sift(p, now, settings)));
    }

    private static Optional<Step> nextMonth(
            List<Partition> partitions, Instant now, ArchiveSettings settings) {
        var lastDue =
                partitions.stream()
                        .filter(p -> p.state() == State.HOT)
                        .filter(p -> isDue(p, now, settings))
                        .map(Partition::startsAt)
                        .max(Comparator.naturalOrder());
        return partitions.stream()
                .filter(p -> p.state() == State.HOT)
                .min(OLDEST_FIRST)
                .filter(p -> lastDue.isPresent() && !p.startsAt().isAfter(lastDue.get()))
                .map(p -> new Step.RollForward(p.name(), p.startsAt()));
    }

    /**
     * True if a month is to leave the hot tier. A month that is not over stays: it would have to
     * leave twice.
     */
    private static boolean isDue(Partition partition, Instant now, ArchiveSettings settings) {
        return (partition.requested() && !Partitions.takesAppends(partition.endsAt(), now))
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

    /**
     * The step, if any, that frees space where the live partitions lie, or removes rows for good.
     */
    private static Optional<Step> free(Partition partition, Instant now, ArchiveSettings settings) {
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, MARKED, COPYING, VERIFYING, ARCHIVED, SIFTING, UNKNOWN -> Optional.empty();
            case COPIED -> when(settings.tablespace() != null, new Step.Swap(name));
            case SIFTED ->
                    when(
                            !partition.held() && isPastRetention(partition, now, settings),
                            new Step.Retire(name));
            case RETIRED ->
                    when(
                            !partition.held()
                                    && partition.detachedAt() != null
                                    && !partition
                                            .detachedAt()
                                            .isAfter(settings.graceEndsBefore(now)),
                            new Step.DropRetired(name));
        };
    }

    private static Optional<Step> move(Partition partition, ArchiveSettings settings) {
        if (settings.tablespace() == null) return Optional.empty();
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, COPIED, ARCHIVED, SIFTING, SIFTED, RETIRED, UNKNOWN -> Optional.empty();
            case MARKED -> Optional.of(new Step.BeginCopy(name));
            case COPYING -> Optional.of(new Step.CopyBatch(name));
            case VERIFYING -> Optional.of(new Step.VerifyBatch(name));
        };
    }

    private static Optional<Step> sift(Partition partition, Instant now, ArchiveSettings settings) {
        if (partition.held() || !isPastRetention(partition, now, settings)) return Optional.empty();
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, COPYING, VERIFYING, COPIED, SIFTED, UNKNOWN -> Optional.empty();
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
                && !partition.empty()
                && !again.toInstant().isAfter(now);
    }

    private static Optional<Step> when(boolean condition, Step step) {
        return condition ? Optional.of(step) : Optional.empty();
    }
}
