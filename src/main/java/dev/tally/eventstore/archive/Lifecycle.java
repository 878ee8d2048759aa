package dev.tally.eventstore.archive;

import dev.tally.eventstore.archive.Partition.State;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a partition needs next, by nothing but what the database says of all of them: so a job that
 * was killed goes on where it was, on whichever node.
 */
final class Lifecycle {

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
                .or(() -> nextMove(partitions, settings, failed));
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

    private static Optional<Step> nextMove(
            List<Partition> partitions, ArchiveSettings settings, Set<String> failed) {
        if (settings.tablespace() == null) {
            return Optional.empty();
        }
        return partitions.stream()
                .filter(p -> !failed.contains(p.name()))
                .sorted(OLDEST_FIRST)
                .flatMap(p -> move(p).stream())
                .findFirst();
    }

    private static Optional<Step> move(Partition partition) {
        var name = partition.name();
        return switch (partition.state()) {
            case HOT, ARCHIVED -> Optional.empty();
            case MARKED -> Optional.of(new Step.BeginCopy(name));
            case COPYING -> Optional.of(new Step.CopyBatch(name));
            case VERIFYING -> Optional.of(new Step.VerifyBatch(name));
            case COPIED -> Optional.of(new Step.Swap(name));
        };
    }
}
