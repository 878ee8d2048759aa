package dev.tally.eventstore;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the store knows of one customer, as far as it was asked for. */
public final class History {

    private final String customerId;
    private final Map<StreamType, StreamHistory<?>> streams;
    private final int rowsRead;

    public History(String customerId, Map<StreamType, StreamHistory<?>> streams, int rowsRead) {
        this.customerId = customerId;
        this.streams = Map.copyOf(streams);
        this.rowsRead = rowsRead;
    }

    public String customerId() {
        return customerId;
    }

    public Collection<StreamHistory<?>> streams() {
        return streams.values();
    }

    /**
     * The state of a stream.
     *
     * @throws IllegalArgumentException if the stream was not read, or with another fold
     */
    @SuppressWarnings("unchecked") // a stream read with a fold has the state of that fold
    public <S> S state(Fold<S> fold) {
        return (S) stream(fold).state();
    }

    public StreamHistory<?> stream(Fold<?> fold) {
        var stream = streams.get(fold.type());
        if (stream == null || !stream.fold().equals(fold)) {
            throw new IllegalArgumentException(fold.type() + " was not read with this fold");
        }
        return stream;
    }

    /** The command of that key, if it is in the current generations or their snapshots. */
    public Optional<PastCommand> command(String key) {
        return streams.values().stream()
                .flatMap(stream -> stream.commands().stream())
                .filter(command -> command.id().key().equals(key))
                .max(Comparator.comparing(PastCommand::at));
    }

    /** The events that a command left in what was read, in order. */
    public List<Recorded> eventsOf(String commandKey) {
        return streams.values().stream()
                .flatMap(stream -> stream.events().stream())
                .filter(event -> event.command().key().equals(commandKey))
                .sorted(Comparator.comparing(Recorded::at))
                .toList();
    }

    /** Grows with every append to one of the streams read. */
    public long revision() {
        return streams.values().stream().mapToLong(stream -> stream.head().revision()).sum();
    }

    /** Rows that the database sent for it. */
    public int rowsRead() {
        return rowsRead;
    }
}
