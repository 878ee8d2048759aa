package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.StreamHistory;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Content;
import dev.tally.eventstore.postgres.Append.Snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Writes and reads what a snapshot holds: the compacted state, and the recent commands. */
final class Snapshots {

    /** A snapshot remembers commands this long, so that a retry still finds its answer. */
    static final Duration REMEMBER_COMMANDS = Duration.ofHours(24);

    /** And not more of them, so that a busy customer's snapshots stay small. */
    static final int MAX_REMEMBERED_COMMANDS = 200;

    private final Map<Fold<?>, SnapshotCodec<?>> codecs = new ConcurrentHashMap<>();

    /** Of a stream whose generation has just opened. */
    <S> Snapshot of(StreamHistory<S> stream) {
        var codec = codec(stream.fold());
        var now = stream.head().openedAt();
        var state = stream.fold().compact().apply(stream.state(), now);
        return new Snapshot(
                stream.head().seq(),
                codec.fingerprint(),
                codec.write(state, remembered(stream.commands(), now)));
    }

    /** Whether a snapshot of it would hold anything that a decision may depend on. */
    <S> boolean isLive(StreamHistory<S> stream, Instant now) {
        var fold = stream.fold();
        return fold.live().test(fold.compact().apply(stream.state(), now));
    }

    /** What a snapshot of it would be made of. */
    <S> Set<String> aggregates(StreamHistory<S> stream, Instant now) {
        var fold = stream.fold();
        return fold.aggregates().apply(fold.compact().apply(stream.state(), now));
    }

    /** Whether snapshots of the two would be the same. */
    <S> boolean areEqual(StreamHistory<S> one, StreamHistory<?> other, Instant now) {
        var compact = one.fold().compact();
        @SuppressWarnings("unchecked") // two histories of one fold
        var another = (StreamHistory<S>) other;
        return compact.apply(one.state(), now).equals(compact.apply(another.state(), now));
    }

    /** Empty if it cannot be used: then the state has to be replayed. */
    <S> Optional<Content<S>> read(Fold<S> fold, Snapshot snapshot) {
        return codec(fold).read(snapshot.fingerprint(), snapshot.bytes());
    }

    private static List<PastCommand> remembered(List<PastCommand> commands, Instant now) {
        var from = now.minus(REMEMBER_COMMANDS);
        var recent = commands.stream().filter(command -> command.at().isAfter(from)).toList();
        return recent.subList(Math.max(0, recent.size() - MAX_REMEMBERED_COMMANDS), recent.size());
    }

    @SuppressWarnings("unchecked") // the codec of a fold has the fold's state
    private <S> SnapshotCodec<S> codec(Fold<S> fold) {
        return (SnapshotCodec<S>) codecs.computeIfAbsent(fold, SnapshotCodec::new);
    }
}
