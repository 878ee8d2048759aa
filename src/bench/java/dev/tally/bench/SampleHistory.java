package dev.tally.bench;

import dev.tally.eventstore.postgres.AgedMonths;
import dev.tally.eventstore.postgres.HistoryCopy;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Fills a migrated database with customers whose ids are numbers in a row. The same seed makes the
 * same rows.
 */
public final class SampleHistory {

    /** The value of tally.generation.events that the application is shipped with. */
    public static final int EVENTS_PER_GENERATION = 50;

    /** A limit, so that no transaction with millions of events holds back a reader of the feed. */
    private static final int CUSTOMERS_PER_TRANSACTION = 1_000;

    private final Database database;
    private final long seed;

    /** How much there is, and how long it took to write. */
    public record Loaded(int customers, long events, Duration took) {

        double eventsPerSecond() {
            return events * 1e9 / took.toNanos();
        }

        private Loaded and(int moreCustomers, long moreEvents, Duration longer) {
            return new Loaded(customers + moreCustomers, events + moreEvents, took.plus(longer));
        }
    }

    public SampleHistory(Database database, long seed) {
        this.database = database;
        this.seed = seed;
    }

    /** A node outside the container that keeps nothing in memory. */
    public static Stores coldNode(Database database) {
        return new Stores(
                database, AccountModel.MODEL, Stores.Settings.cold(EVENTS_PER_GENERATION));
    }

    /** Creates partitions for the whole time of the stories. */
    public void prepare(Catalogue catalogue, Instant from, Instant to)
            throws SQLException, IOException {
        var months =
                ChronoUnit.MONTHS.between(
                        from.atZone(ZoneOffset.UTC).withDayOfMonth(1), to.atZone(ZoneOffset.UTC));
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            try (var create = connection.prepareStatement("select create_partitions(?, ?)")) {
                create.setObject(1, from.atOffset(ZoneOffset.UTC));
                create.setInt(2, (int) months + 1);
                create.execute();
            }
            catalogue.load(connection);
        }
    }

    /**
     * Marks all partitions that ended longer ago, as the job does after it has rolled customers
     * forward. Unlike the job, it lets them take rows, because more histories will be loaded. The
     * job is paused, because it would close them.
     */
    void leaveHot(Period window) throws SQLException {
        AgedMonths.mark(database, window);
    }

    public Loaded customers(long first, int customers, Story story)
            throws SQLException, IOException {
        return load(first, customers, Long.MAX_VALUE, story);
    }

    /** Loads customers, from a first one on, until there are so many events. */
    Loaded events(long first, long events, Story story) throws SQLException, IOException {
        return load(first, Integer.MAX_VALUE, events, story);
    }

    /**
     * Orders the events as if each command had been a transaction, at its time. Those that load a
     * history store thousands of customers with all their months, whose events would all have one
     * position, and would lie side by side.
     */
    void asIfStoredInTime() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute("set search_path = tally");
            statement.execute("set work_mem = '512MB'");
            connection.setAutoCommit(false);
            var last = 0L;
            for (var month : months(statement)) {
                statement.execute("create temporary table loaded on commit drop as table " + month);
                statement.execute("truncate " + month);
                statement.execute(
                        """
                        insert into %s
                        select l.event_time,
                               %d + dense_rank() over (order by l.event_time, l.customer_id),
                               l.seq, l.generation, l.event_mapper, l.aggregate_type, l.customer_id,
                               l.aggregate_id, l.event_data, l.command_id, l.command_hash, l.caller
                        from loaded l
                        order by l.event_time, l.customer_id, l.seq
                        """
                                .formatted(month, last));
                try (var row =
                        statement.executeQuery(
                                "select coalesce(max(position), %d) from %s"
                                        .formatted(last, month))) {
                    row.next();
                    last = row.getLong(1);
                }
                connection.commit();
            }
            statement.execute("update cluster set system_identifier = 1");
            statement.execute("select register_cluster()");
            connection.commit();
        }
    }

    private static List<String> months(Statement statement) throws SQLException {
        try (var row =
                statement.executeQuery(
                        "select name from partition where parent_table = 'event' order by"
                                + " starts_at")) {
            var months = new ArrayList<String>();
            while (row.next()) months.add(row.getString(1));
            return months;
        }
    }

    /**
     * Completes the work that loading has left to the database, so that it does not happen during a
     * measurement.
     */
    public void settle() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            statement.execute(
                    "vacuum (freeze, analyze) tally.customer, tally.event, tally.snapshot,"
                            + " tally.title");
            statement.execute("checkpoint");
        }
    }

    /**
     * Counts what has been loaded as counted: the figures go on behind it, and the licenses of all
     * customers are counted in a day. A node counts what is stored command by command. It would
     * count what is loaded for minutes, beside everything that is measured.
     */
    void leaveUncounted() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("set local search_path = tally");
            for (var name : List.of("studio-usage", "capacity")) {
                // A node that counts meanwhile ends its page first.
                statement.execute(
                        "select pg_advisory_xact_lock(hashtext('tally.projection.%s'))"
                                .formatted(name));
                statement.execute(
                        """
                        insert into projection (name, reason)
                        select '%1$s', 'loaded'
                        where not exists (select from projection where name = '%1$s')
                        """
                                .formatted(name));
            }
            statement.execute(
                    """
                    update projection
                    set system_identifier = e.system_identifier,
                        timeline = (('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32))::integer,
                        position_offset = e.position_offset, position = e.safe_below - 1,
                        customer_id = null, seq = 0, counted_until = now()
                    from feed_edge e
                    where state <> 'GONE'
                    """);
            statement.execute(
                    """
                    update license_counting
                    set true_until = now() + interval '1 day', began_at = null, done_to = null
                    """);
            connection.commit();
        }
    }

    private Loaded load(long first, int customers, long events, Story story)
            throws SQLException, IOException {
        var loaded = new Loaded(0, 0, Duration.ZERO);
        while (loaded.customers < customers && loaded.events < events) {
            var start = System.nanoTime();
            var from = first + loaded.customers;
            var last = Math.min(CUSTOMERS_PER_TRANSACTION, customers - loaded.customers);
            try (var copy =
                    new HistoryCopy(
                            database.dataSource(Role.TALLY_OWNER),
                            AccountModel.MODEL,
                            EVENTS_PER_GENERATION)) {
                int told = 0;
                while (told < last && loaded.events + copy.eventCount() < events) {
                    tell(story, from + told, copy);
                    told++;
                }
                copy.commit();
                var took = Duration.ofNanos(System.nanoTime() - start);
                loaded = loaded.and(told, copy.eventCount(), took);
            }
        }
        return loaded;
    }

    private void tell(Story story, long customer, HistoryCopy copy) {
        var chance = new SplittableRandom(seed + customer);
        story.live(new Member(Long.toString(customer), copy, chance.split()), chance);
    }
}
