package dev.tally.eventstore.partitions;

import dev.tally.eventstore.partitions.Partition.State;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a partition needs next, by nothing but what the database says of all of them: so a job that
 * was killed goes on where it was, on whichever node.
 */
final class Lifecycle {

    /** What stayed of a retired month is looked through again so long after the last time. */
    private static final Period SIFTED_AGAIN_AFTER = Period.ofYears(1);

    private static final Comparator<Partition> OLDEST_FIRST =
            Comparator.comparing(Partition::startsAt).thenComparing(Partition::name);

    private Lifecycle() {}

    /**
     * The next step. Months leave the hot tier in their order, before anything is moved: that is
     * what makes reads short.
     *
     * @param failed subjects to leave alone
     */
    static Optional<Step> next(
            List<Partition> partitions, Instant now, ArchiveSettings settings, Set<String> failed) {
        return nextMonth(partitions, now, settings)
                .filter(step -> !failed.contains(step.subject()))
                .or(() -> nextOf(partitions, failed, p -> move(p, settings)))
                .or(() -> nextOf(partitions, failed, p -> retire(p, now, settings)));
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

    /** Rolled forward before it is over, it would have to be once more. */
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

    private static Optional<Step> move(Partition partition, ArchiveSettings settings) {
        if (settings.tablespace() == null) return Optional.empty();
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, ARCHIVED, SIFTING, SIFTED, RETIRED -> Optional.empty();
            case MARKED -> Optional.of(new Step.BeginCopy(name));
            case COPYING -> Optional.of(new Step.CopyBatch(name));
            case VERIFYING -> Optional.of(new Step.VerifyBatch(name));
            case COPIED -> Optional.of(new Step.Swap(name));
        };
    }

    private static Optional<Step> retire(
            Partition partition, Instant now, ArchiveSettings settings) {
        if (partition.held()) return Optional.empty();
        var name = partition.name();
        var pastRetention = !partition.endsAt().isAfter(settings.pastRetentionBefore(now));
        return switch (partition.state()) {
            case HOT, COPYING, VERIFYING, COPIED -> Optional.empty();
            case MARKED ->
                    when(pastRetention && settings.tablespace() == null, new Step.BeginSift(name));
            case ARCHIVED -> when(pastRetention, new Step.BeginSift(name));
            case SIFTING -> when(pastRetention, new Step.SiftBatch(name));
            case SIFTED -> when(pastRetention, new Step.Retire(name));
            case RETIRED ->
                    partition.detachedAt() == null
                            ? when(
                                    pastRetention && isToBeSiftedAgain(partition, now),
                                    new Step.BeginSift(name))
                            : when(
                                    !partition.detachedAt().isAfter(settings.graceEndsBefore(now)),
                                    new Step.DropRetired(name));
        };
    }

    private static boolean isToBeSiftedAgain(Partition partition, Instant now) {
        var again = partition.since().atOffset(ZoneOffset.UTC).plus(SIFTED_AGAIN_AFTER);
        return !partition.empty() && !again.toInstant().isAfter(now);
    }

    private static Optional<Step> when(boolean condition, Step step) {
        return condition ? Optional.of(step) : Optional.empty();
    }
}
