package dev.tally.bench;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.write.LicensingFolds;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** How fast history is read again, by one thread: the best of several rounds. */
final class Replay {

    private static final int ROUNDS = 10;

    /** As if the code had changed since the snapshots were written: none can be used. */
    private static final Fold<Licenses> WITHOUT_SNAPSHOTS =
            new Fold<>(
                    LicensingFolds.LICENSES.type(),
                    LicensingFolds.LICENSES.empty(),
                    LicensingFolds.LICENSES.step(),
                    LicensingFolds.LICENSES.compact(),
                    LicensingFolds.LICENSES.live(),
                    LicensingFolds.LICENSES.aggregates(),
                    LicensingFolds.LICENSES.begins(),
                    List.of(Replay.class));

    private Replay() {}

    /** An event as it lies in the table. */
    @SuppressWarnings("ArrayRecordComponent") // read only, never compared
    private record Stored(EventMapper<?> mapper, String aggregateId, byte[] bytes) {

        Record read() {
            return mapper.read(aggregateId, bytes);
        }
    }

    /** Events a second from the database to the state: the licenses of a customer. */
    static double fromTheStore(Stores stores, String customer) {
        return best(
                () -> {
                    var history =
                            stores.inTransaction(
                                    store ->
                                            replayed(
                                                    store.read(
                                                            customer, List.of(WITHOUT_SNAPSHOTS))));
                    return history.stream(WITHOUT_SNAPSHOTS).events().size();
                });
    }

    /** Events a second from their bytes to their records, both in memory. */
    static double fromMemory(Connection connection, int events) throws SQLException {
        var stored = stored(connection, events);
        return best(
                () -> {
                    long read = 0;
                    for (var event : stored) {
                        read += event.read() == null ? 0 : 1;
                    }
                    return read;
                });
    }

    private static History replayed(History history) {
        if (!history.stream(WITHOUT_SNAPSHOTS).replayed()) {
            throw new IllegalStateException("a snapshot was used");
        }
        return history;
    }

    private static List<Stored> stored(Connection connection, int events) throws SQLException {
        var mappers = new EventMappers();
        var stored = new ArrayList<Stored>();
        try (var query =
                connection.prepareStatement(
                        "select event_mapper, aggregate_id, event_data from tally.event limit ?")) {
            query.setInt(1, events);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    stored.add(
                            new Stored(
                                    mappers.numbered(rows.getInt(1)),
                                    rows.getString(2),
                                    rows.getBytes(3)));
                }
            }
        }
        return stored;
    }

    private static double best(LongSupplier round) {
        double best = 0;
        for (int n = 0; n < ROUNDS; n++) {
            var start = System.nanoTime();
            var events = round.getAsLong();
            best = Math.max(best, events * 1e9 / (System.nanoTime() - start));
        }
        return best;
    }
}
