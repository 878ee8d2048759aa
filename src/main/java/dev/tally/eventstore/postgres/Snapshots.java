package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;
import dev.tally.eventstore.codec.SnapshotCodec.Content;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes and reads the content of snapshots: the compacted state and the recent commands. */
final class Snapshots<S> {

    /** Time for which a snapshot remembers commands, so that a retry still finds its answer. */
    static final Duration REMEMBER_COMMANDS = Duration.ofHours(24);

    /**
     * Most commands that a snapshot remembers, and most reports, so that a busy customer's
     * snapshots stay small.
     */
    static final int MAX_REMEMBERED = 1_000;

    private final Fold<S> fold;
    private final SnapshotCodec<S> codec;

    Snapshots(Fold<S> fold) {
        this.fold = fold;
        this.codec = new SnapshotCodec<>(fold);
    }

    /** The snapshot of a history at a time. */
    Bytes of(History<S> history, Instant at) {
        return codec.write(
                fold.compact().apply(history.state(), at), remembered(history.commands(), at));
    }

    /** True if a snapshot would hold anything that a decision may depend on. */
    boolean isLive(History<S> history, Instant at) {
        return fold.live().test(fold.compact().apply(history.state(), at));
    }

    /** The aggregates that a snapshot would be made of. */
    Set<Aggregate> aggregates(History<S> history, Instant at) {
        return fold.aggregates().apply(fold.compact().apply(history.state(), at));
    }

    /** True if snapshots of both histories would hold the same state. */
    boolean areEqual(History<S> one, History<S> other, Instant at) {
        return fold.compact()
                .apply(one.state(), at)
                .equals(fold.compact().apply(other.state(), at));
    }

    /** Content of a snapshot; empty if it cannot be used and the state has to be replayed. */
    Optional<Content<S>> read(SnapshotRow row) {
        return row.schemaVersion == fold.schemaVersion()
                ? codec.read(row.bytes())
                : Optional.empty();
    }

    /** The commands of the last day that a caller may send again: the latest of each kind. */
    static List<PastCommand> remembered(List<PastCommand> commands, Instant at) {
        var from = at.minus(REMEMBER_COMMANDS);
        var kept = new ArrayList<PastCommand>();
        int reports = 0;
        int others = 0;
        for (var command : commands.reversed()) {
            if (!command.id().isGiven() || !command.at().isAfter(from)) continue;
            if ((command.report() ? ++reports : ++others) <= MAX_REMEMBERED) kept.add(command);
        }
        Collections.reverse(kept);
        return List.copyOf(kept);
    }
}
