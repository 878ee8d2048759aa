package dev.tally.timeline.simulation;

import dev.tally.availability.Outage;
import dev.tally.catalog.Scope;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.DenialFilter;
import dev.tally.licensing.denials.DenialQueries;
import dev.tally.licensing.write.CatalogLookup;
import dev.tally.runtime.Ticks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Works on the simulation whose turn it is, a few customers at a time, as the owner.
 *
 * <p>Each batch is read without a transaction, and stored by one statement that compares the place
 * from which it went on. So each customer is counted once, wherever a node is killed, and even if
 * two nodes worked at the same time.
 *
 * <p>A customer whose history does not come, while the database answers others, is tried {@value
 * #MOST_ATTEMPTS} times in a row and then counted as unknown. One thread at a time works with an
 * object of this class.
 */
final class Simulator {

    /** Time after which a batch ends with the customer that it is at. */
    static final Duration BATCH = Duration.ofMillis(100);

    /** Most customers of a batch. */
    static final int MOST_CUSTOMERS = 25;

    /** Most customers that a batch passes, nearly all of which are not in the sample. */
    static final int MOST_PASSED = 10_000;

    /** Number of times that a history may not come in time, before its customer is left out. */
    static final int MOST_ATTEMPTS = 3;

    /** Most rows of denials of a customer that are decided again: the newest. */
    static final int MOST_DENIALS = 1_000;

    /** Time for which simulations are kept after their end. */
    static final Duration KEPT = Duration.ofDays(30);

    private static final Logger LOG = Logger.getLogger(Simulator.class.getName());

    /**
     * Statement that finds the next customers. Those who were denied may have no head, since
     * nothing of them was ever stored. Where either list is cut, the other counts up to there only.
     */
    private static final String NEXT =
            """
            with heads as materialized (
                select c.customer_id, c.last_time from tally.customer c
                where c.customer_id > ? and c.customer_id >= ? and (? or c.customer_id = ?)
                order by c.customer_id limit ?
            ),
            denied as materialized (
                select distinct d.customer_id from tally.denial d
                where d.customer_id > ? and d.customer_id >= ? and (? or d.customer_id = ?)
                  and d.hour > ?::timestamptz - interval '1 hour' and d.hour < ?
                order by d.customer_id limit ?
            ),
            far as (
                select least(
                    case when (select count(*) from heads) = ? then (select max(h.customer_id) from heads h) end,
                    case when (select count(*) from denied) = ? then (select max(d.customer_id) from denied d) end
                ) as id
            ),
            here as (
                select e.customer_id, bool_or(e.is_active) as is_active,
                    row_number() over (order by e.customer_id) as passed
                from (
                    select h.customer_id, h.last_time >= ? as is_active from heads h
                    union all
                    select d.customer_id, true from denied d
                ) as e
                where (select f.id from far f) is null or e.customer_id <= (select f.id from far f)
                group by e.customer_id
            ),
            picked as (
                select n.customer_id, n.passed
                from here n
                cross join lateral sha256(convert_to(n.customer_id, 'UTF8')) as hash
                where n.is_active
                  and ((get_byte(hash, 0) * 256 + get_byte(hash, 1)) * 256 + get_byte(hash, 2))::bigint * ? < 16777216
                order by n.customer_id limit ?
            )
            select
                f.id as far, (select count(*) from here) as all_passed, p.customer_id, p.passed,
                clock_timestamp() as now
            from far f
            left join picked p on true
            order by p.customer_id
            """;

    /** Statement that begins the simulation that has waited longest. */
    private static final String BEGIN =
            """
            update tally.simulation s
            set state = 'RUNNING',
                began_at = clock_timestamp(),
                customers = case
                    when (select count(*) from (select from tally.customer limit 100001) few) <= 100000
                    then (select count(*) from tally.customer)
                    else (select greatest(c.reltuples::bigint, 100001) from pg_class c
                          where c.oid = 'tally.customer'::regclass)
                end
            where s.state = 'WAITING'
              and s.simulation_id = (
                  select w.simulation_id from tally.simulation w where w.state = 'WAITING'
                  order by w.asked_at, w.simulation_id limit 1)
            returning s.simulation_id
            """;

    private final EventStore store;
    private final DenialQueries denials;
    private final CatalogLookup catalog;
    private final int mostCustomers;

    /** Customer whose history did not come at the last attempt, and the number of attempts. */
    private String late;

    private int attempts;

    Simulator(EventStore store, DenialQueries denials, CatalogLookup catalog) {
        this(store, denials, catalog, MOST_CUSTOMERS);
    }

    /**
     * @param mostCustomers most customers of a batch
     */
    Simulator(EventStore store, DenialQueries denials, CatalogLookup catalog, int mostCustomers) {
        this.store = store;
        this.denials = denials;
        this.catalog = catalog;
        this.mostCustomers = mostCustomers;
    }

    /** A simulation under way, and the place that it is at. */
    private record UnderWay(Simulation simulation, String doneTo) {}

    /**
     * A customer to look at.
     *
     * @param far last customer that was found; null: there are no more
     * @param allPassed number of customers up to there
     * @param customer null: there is none to look at
     * @param passed number of customers up to this one
     */
    private record Next(
            String far, long allPassed, String customer, long passed, Instant readSince) {}

    /**
     * Where a batch ended.
     *
     * @param doneTo last customer that was passed; null: there are no more
     * @param passed number of customers that were passed
     */
    private record Place(String doneTo, long passed) {}

    /**
     * Works on a batch.
     *
     * @return true if there is more to do at once
     */
    boolean round(Connection connection) throws SQLException {
        var found = running(connection);
        if (found.isEmpty()) {
            forgetOld(connection);
            if (begin(connection)) found = running(connection);
        }
        // What only a newer release can read is left to a node of it.
        if (found.isEmpty() || !isReadable(found.get().simulation)) return false;
        var simulation = found.get();
        try {
            work(connection, simulation);
        } catch (RuntimeException e) {
            if (Outage.behind(e).isPresent()) throw e;
            LOG.log(Level.SEVERE, "Simulation " + simulation.simulation.id() + " failed", e);
            fail(connection, simulation.simulation.id());
        }
        return true;
    }

    private static boolean isReadable(Simulation simulation) {
        return simulation.asked().proposal().settings().unknown().isEmpty();
    }

    private static Optional<UnderWay> running(Connection connection) throws SQLException {
        return Rows.query(
                        connection,
                        row -> new UnderWay(Rows.simulation(row), row.getString("done_to")),
                        "select " + Rows.COLUMNS + " from tally.simulation where state = 'RUNNING'")
                .stream()
                .findFirst();
    }

    private static boolean begin(Connection connection) throws SQLException {
        return !Rows.query(connection, row -> row.getString(1), BEGIN).isEmpty();
    }

    private void work(Connection connection, UnderWay of) throws SQLException {
        var asked = of.simulation.asked();
        var next = next(connection, of);
        var policies =
                Policies.with(asked.proposal(), catalog.policies(asked.from()), asked.from());
        var tally = Tally.of(of.simulation.counts());
        var until = Ticks.nanos() + BATCH.toNanos();
        Next last = null;
        for (var one : next) {
            if (one.customer == null) break;
            try {
                tally = with(one.customer, tally, policies, of.simulation);
            } catch (RuntimeException e) {
                if (!isOfTheCustomer(e)) throw e;
                if (mayTryAgain(one.customer)) {
                    // The batch ends here, and keeps the counts of the customers before this one.
                    if (last == null) return;
                    break;
                }
                LOG.log(Level.WARNING, "A simulation leaves out a customer: {0}", e.getMessage());
                tally = tally.withUnknown();
            }
            last = one;
            if (Ticks.nanos() - until > 0) break;
        }
        var isCut = last != null && (!last.equals(next.getLast()) || next.size() == mostCustomers);
        var place =
                isCut
                        ? new Place(last.customer, last.passed)
                        : new Place(next.getFirst().far, next.getFirst().allPassed);
        keep(connection, of, place, tally, next.getFirst().readSince);
    }

    /** True if the database answers others: a row is locked or damaged, a history too long. */
    private static boolean isOfTheCustomer(RuntimeException e) {
        return Outage.behind(e).filter(outage -> !outage.isOfTheWholeStore()).isPresent();
    }

    /** Counts attempts in a row, between which the thread pauses. */
    private boolean mayTryAgain(String customer) {
        attempts = customer.equals(late) ? attempts + 1 : 1;
        late = customer;
        return attempts < MOST_ATTEMPTS;
    }

    private Tally with(String customerId, Tally tally, Policies policies, Simulation simulation) {
        var asked = simulation.asked();
        var customer = new CustomerId(customerId);
        var of = new DenialFilter(asked.from(), asked.to(), null, null, null);
        var replay =
                new Replay(
                        store,
                        catalog.past(policies.real()),
                        policies,
                        customer,
                        denials.older(customer, of, null, MOST_DENIALS).denials(),
                        asked.from(),
                        asked.to());
        try {
            return replay.decide()
                    .map(decided -> tally.with(customerId, decided))
                    .orElseGet(tally::withUnknown);
        } catch (HistoryRetired | UnreadableHistory e) {
            return tally.withUnknown();
        }
    }

    private List<Next> next(Connection connection, UnderWay of) throws SQLException {
        var asked = of.simulation.asked();
        var isAll = asked.proposal().scope() != Scope.CUSTOMER;
        var only = isAll ? "" : asked.proposal().id();
        var from = asked.from().atOffset(ZoneOffset.UTC);
        var to = asked.to().atOffset(ZoneOffset.UTC);
        return Rows.query(
                connection,
                row ->
                        new Next(
                                row.getString("far"),
                                row.getLong("all_passed"),
                                row.getString("customer_id"),
                                row.getLong("passed"),
                                Rows.time(row, "now")),
                NEXT,
                of.doneTo,
                only,
                isAll,
                only,
                MOST_PASSED,
                of.doneTo,
                only,
                isAll,
                only,
                from,
                to,
                MOST_PASSED,
                MOST_PASSED,
                MOST_PASSED,
                from,
                asked.oneIn(),
                mostCustomers);
    }

    /** Stores what was counted; nothing if the simulation was cancelled, or goes on elsewhere. */
    private static void keep(
            Connection connection, UnderWay of, Place place, Tally tally, Instant readSince)
            throws SQLException {
        Rows.query(
                connection,
                row -> row.getBoolean(1),
                "select tally.keep_simulated(?, ?, ?, ?, ?::jsonb, ?::jsonb, ?)",
                of.simulation.id(),
                of.doneTo,
                place.doneTo,
                place.passed,
                Rows.STORED.writeValueAsString(tally.counts()),
                Rows.STORED.writeValueAsString(tally.examples()),
                readSince.atOffset(ZoneOffset.UTC));
    }

    private static void fail(Connection connection, String id) throws SQLException {
        Rows.update(
                connection,
                """
                update tally.simulation set state = 'FAILED', ended_at = clock_timestamp()
                where simulation_id = ? and state = 'RUNNING'
                """,
                id);
    }

    /** Removes simulations that ended long ago, and those beyond the newest that are kept. */
    private static void forgetOld(Connection connection) throws SQLException {
        Rows.update(
                connection,
                """
                delete from tally.simulation
                where ended_at < clock_timestamp() - make_interval(days => ?)
                   or simulation_id in (
                       select s.simulation_id from tally.simulation s where s.ended_at is not null
                       order by s.ended_at desc, s.simulation_id desc offset ?)
                """,
                (int) KEPT.toDays(),
                Simulations.MOST_ENDED);
    }
}
