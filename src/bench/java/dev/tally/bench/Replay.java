package dev.tally.bench;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.write.AccountModel;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Measures how fast one thread replays history: the best of several rounds. */
final class Replay {

    private static final int ROUNDS = 10;

    /** The fold with another schema version, so that no stored snapshot can be used. */
    private static final Fold<Account> WITHOUT_SNAPSHOTS =
            new Fold<>(
                    Account.SCHEMA_VERSION + 1,
                    AccountModel.FOLD.empty(),
                    AccountModel.FOLD.evolve(),
                    AccountModel.FOLD.compact(),
                    AccountModel.FOLD.live(),
                    AccountModel.FOLD.aggregates(),
                    AccountModel.FOLD.begins(),
                    AccountModel.FOLD.report(),
                    AccountModel.FOLD.classes());

    private Replay() {}

    /** An event as it is stored in the table. */
    @SuppressWarnings("ArrayRecordComponent") // read only, never compared
    private record Stored(
            EventMapper<?> mapper, String aggregateId, Instant eventTime, byte[] bytes) {

        Record read() {
            return mapper.read(aggregateId, eventTime, bytes);
        }
    }

    /**
     * Events a second from the database to the account.
     *
     * @param cold a node that keeps nothing in memory
     */
    static double fromTheStore(Stores cold, String customer) {
        return best(() -> replayed(cold.store().read(customer, WITHOUT_SNAPSHOTS)).events().size());
    }

    /** Decoded events a second, from bytes in memory to records in memory. */
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

    private static History<Account> replayed(History<Account> history) {
        if (history.events().size() < history.head().lastSeq()) {
            throw new IllegalStateException("a snapshot was used");
        }
        return history;
    }

    private static List<Stored> stored(Connection connection, int events) throws SQLException {
        var mappers = new EventMappers(AccountModel.MODEL.mappers());
        var stored = new ArrayList<Stored>();
        try (var query =
                connection.prepareStatement(
                        "select event_mapper, aggregate_id, event_time, event_data from tally.event"
                                + " limit ?")) {
            query.setInt(1, events);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    stored.add(
                            new Stored(
                                    mappers.numbered(rows.getInt(1)).orElseThrow(),
                                    rows.getString(2),
                                    rows.getTimestamp(3).toInstant(),
                                    rows.getBytes(4)));
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
