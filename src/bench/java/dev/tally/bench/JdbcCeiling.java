package dev.tally.bench;

import dev.tally.bench.Script.Statement;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Runs a script with the application's own driver and a thread for each connection. */
final class JdbcCeiling implements Ceiling {

    private final Database database;

    JdbcCeiling(Database database) {
        this.database = database;
    }

    @Override
    public String name() {
        return "JDBC";
    }

    @Override
    public Measured saturate(Script script, Customers customers, Duration duration)
            throws SQLException, InterruptedException {
        return measure(script, customers, duration, 0);
    }

    @Override
    public Measured atRate(Script script, Customers customers, Duration duration, double perSecond)
            throws SQLException, InterruptedException {
        return measure(script, customers, duration, perSecond);
    }

    private Measured measure(
            Script script, Customers customers, Duration duration, double perSecond)
            throws SQLException, InterruptedException {
        var before = customers.revisions(database);
        var load = new Load(script, customers, perSecond);
        try (var threads = Executors.newFixedThreadPool(customers.clients())) {
            var clients =
                    IntStream.range(0, customers.clients())
                            .mapToObj(
                                    client ->
                                            threads.submit(
                                                    () -> {
                                                        load.run(client, duration);
                                                        return null;
                                                    }))
                            .toList();
            for (var client : clients) {
                client.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the script failed", e.getCause());
        }
        var runs = load.runs.sum();
        Ceiling.requireMoved(script, runs, before, customers.revisions(database));
        return new Measured(runs * 1e9 / duration.toNanos(), load.latencies, 0, "");
    }

    private final class Load {

        private final Script script;
        private final Customers customers;
        private final double perSecond;
        private final Histogram latencies = new ConcurrentHistogram(Measured.DIGITS);
        private final LongAdder runs = new LongAdder();

        Load(Script script, Customers customers, double perSecond) {
            this.script = script;
            this.customers = customers;
            this.perSecond = perSecond;
        }

        void run(int client, Duration duration) throws SQLException {
            try (var session = new Session(script)) {
                var start = System.nanoTime();
                var end = start + duration.toNanos();
                for (long call = 0; ; call++) {
                    var due = due(start, client, call);
                    if (due - end >= 0) return;
                    while (System.nanoTime() - due < 0) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                    session.run(customers.id(client, call), customers.round(call));
                    latencies.recordValue(System.nanoTime() - due);
                    runs.increment();
                }
            }
        }

        /**
         * When a call is due: calls are evenly spaced over all clients. Without a rate it is due
         * now.
         */
        private long due(long start, int client, long call) {
            if (perSecond == 0) return System.nanoTime();
            return start + (long) ((call * customers.clients() + client) / perSecond * 1e9);
        }
    }

    /** A connection with the script's statements, prepared once. */
    private final class Session implements AutoCloseable {

        private final Connection connection;
        private final List<List<Statement>> trips;
        private final Map<String, PreparedStatement> prepared = new HashMap<>();

        Session(Script script) throws SQLException {
            var source = database.dataSource(Role.TALLY_APP);
            source.setOptions(Pgbench.options(script));
            connection = source.getConnection();
            trips = script.trips();
            for (var statement : script.statements()) {
                if (!prepared.containsKey(statement.sql())) {
                    var sql = statement.with(index -> "?");
                    prepared.put(statement.sql(), connection.prepareStatement(sql));
                }
            }
        }

        void run(String customer, long round) throws SQLException {
            for (var trip : trips) {
                if (Script.isBegin(trip.getFirst().sql())) {
                    connection.setAutoCommit(false);
                    send(trip.subList(1, trip.size()), customer, round);
                } else if (Script.isCommit(trip.getFirst().sql())) {
                    connection.commit();
                    connection.setAutoCommit(true);
                } else {
                    send(trip, customer, round);
                }
            }
        }

        private void send(List<Statement> trip, String customer, long round) throws SQLException {
            var batch = prepared.get(trip.getFirst().sql());
            for (var statement : trip) {
                var position = 1;
                for (var index : statement.order()) {
                    var value = statement.values().get(index).of(customer, round);
                    batch.setObject(position++, value, Types.OTHER);
                }
                if (trip.size() > 1) batch.addBatch();
            }
            if (trip.size() > 1) {
                batch.executeBatch();
            } else if (batch.execute()) {
                read(batch);
            }
        }

        private static void read(PreparedStatement query) throws SQLException {
            try (var rows = query.getResultSet()) {
                var columns = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    for (int column = 1; column <= columns; column++) {
                        var unused = rows.getObject(column);
                    }
                }
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
