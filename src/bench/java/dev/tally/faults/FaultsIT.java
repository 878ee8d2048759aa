package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.bench.Catalogue;
import dev.tally.bench.SampleHistory;
import dev.tally.bench.UsualStory;
import dev.tally.faults.Plan.Kill;
import dev.tally.faults.Writers.Acknowledged;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * Members and auditors send requests while a history is moved to the archive and retired, and
 * server and database are killed meanwhile. Afterwards everything that was acknowledged is there
 * once and in order, states are unchanged, and the job has finished by itself.
 */
class FaultsIT {

    private static final Logger LOG = Logger.getLogger(FaultsIT.class.getName());
    private static final long SEED = 20_261_121;
    private static final Catalogue CATALOGUE = Catalogue.of(40, 4);
    private static final int COMPARED_CUSTOMERS = 200;
    private static final Duration LIMIT_OF_A_PHASE = Duration.ofMinutes(10);
    private static final long POLL_NANOS = 2_000_000;

    /**
     * The latest moment of a kill after the phase was seen: within the pause before the next step
     * or within that step.
     */
    private static final long LATEST_AFTER_NANOS = 150_000_000;

    private final Plan plan =
            System.getProperty("tally.faults", "quick").equals("full") ? Plan.full() : Plan.quick();

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    /**
     * The time that states are compared for. It is later than the test, so that nothing expires
     * between the two comparisons.
     */
    private final Instant compared = now.plus(1, ChronoUnit.HOURS);

    private final Instant retainedFrom = month(0).minus(plan.retention()).toInstant();

    @Test
    void nothing_is_lost_and_nothing_twice_whoever_is_killed_at_which_step() throws Exception {
        try (var home = TestFolder.in(Path.of("target/faults"));
                var machine = new Machine(home.path(), plan.settings())) {
            load(machine);
            var statesBefore = states(machine);
            var youngBefore = young(machine);
            machine.start();
            try (var writers = new Writers(machine, CATALOGUE.titles().size());
                    var readers = new Readers(machine, youngBefore, retainedFrom)) {
                for (var kill : plan.kills()) kill(kill, machine);
                machine.pauseJob(false);
                await().atMost(LIMIT_OF_A_PHASE).until(() -> isDone(machine));
                var acknowledged = writers.stop();
                assertThat(acknowledged).hasSizeGreaterThan(100);
                assertThat(readers.stop()).isGreaterThan(10);
                eachIsThereOnce(machine, acknowledged);
            }
            historiesAreWhole(machine);
            assertThat(young(machine)).isEqualTo(youngBefore);
            everySnapshotIsLost(machine);
            assertThat(states(machine)).isEqualTo(statesBefore);
            home.passed();
        }
    }

    private void load(Machine machine) throws Exception {
        var from = month(-plan.months()).toInstant();
        var history = new SampleHistory(machine.database(), SEED);
        history.prepare(CATALOGUE, from, now);
        var loaded =
                history.customers(0, plan.customers(), new UsualStory(CATALOGUE, from, now, 3));
        history.settle();
        LOG.info(() -> "A history of " + loaded.events() + " events");
    }

    /** Waits for the phase, kills, and starts again. */
    private void kill(Kill kill, Machine machine) throws Exception {
        var chance = new SplittableRandom(kill.hashCode());
        var deadline = System.nanoTime() + LIMIT_OF_A_PHASE.toNanos();
        try (var connection = machine.database().connect(Role.TALLY_OWNER)) {
            machine.pauseJob(false);
            String partition;
            while ((partition = inPhase(connection, kill)) == null) {
                assertThat(System.nanoTime()).as("no occasion for " + kill).isLessThan(deadline);
                LockSupport.parkNanos(POLL_NANOS);
            }
            LOG.info("%s is %s: %s is killed".formatted(partition, kill.phase(), kill.victim()));
        }
        LockSupport.parkNanos(chance.nextLong(LATEST_AFTER_NANOS));
        machine.kill(kill.victim());
    }

    private String inPhase(Connection connection, Kill kill) throws SQLException {
        var found =
                texts(
                        connection,
                        "select name from tally.partition where parent_table = 'event' and "
                                + kill.phase().condition(retainedFrom));
        return found.isEmpty() ? null : found.getFirst();
    }

    private boolean isDone(Machine machine) throws SQLException {
        var states =
                texts(
                        machine,
                        """
                        select distinct case when ends_at <= '%s' then 'old ' else 'aged ' end || state
                            || case when detached_at is null then '' else ' detached' end
                            || case when last_error is null then '' else last_error end
                        from tally.partition where ends_at <= '%s' order by 1
                        """
                                .formatted(
                                        retainedFrom, month(0).minus(Plan.HOT_WINDOW).toInstant()));
        return states.equals(List.of("aged ARCHIVED", "old RETIRED"));
    }

    private void eachIsThereOnce(Machine machine, List<Acknowledged> acknowledged)
            throws SQLException {
        var stored = new TreeMap<String, String>();
        for (var row :
                texts(
                        machine,
                        """
                        select customer_id || ' ' || command_id || '=' || string_agg(event, ',' order by event)
                        from tally.event_history
                        where event in ('LicenseIssued', 'LicenseReleased') and event_time >= '%s'
                        group by customer_id, command_id
                        """
                                .formatted(month(0).toInstant().minus(1, ChronoUnit.DAYS)))) {
            var parts = row.split("=", 2);
            stored.put(parts[0], parts[1]);
        }
        for (var one : acknowledged) {
            assertThat(stored.get(one.customer() + " " + one.key()))
                    .as("%s", one)
                    .isEqualTo(one.event());
        }
    }

    /** Checks the retained months: numbers have no gap up to the head's, and times are in order. */
    private void historiesAreWhole(Machine machine) throws SQLException {
        var broken =
                """
                with numbered as (
                    select customer_id, seq, event_time,
                        lag(seq) over history as before, lag(event_time) over history as time_before,
                        lead(seq) over history as after
                    from tally.event where event_time >= '%s'
                    window history as (partition by customer_id order by seq)
                )
                select concat_ws(' ', customer_id, seq)
                from numbered n join tally.customer c using (customer_id)
                where seq <> before + 1 or event_time < time_before or (after is null and seq <> c.last_seq)
                """
                        .formatted(retainedFrom);
        assertThat(texts(machine, broken)).isEmpty();
    }

    private static void everySnapshotIsLost(Machine machine) throws SQLException {
        try (var connection = machine.database().connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("delete from tally.snapshot");
        }
    }

    /**
     * The ids of the retained events, in order, of customers who send no commands during the test.
     */
    private Map<String, List<String>> young(Machine machine) throws SQLException {
        var young = new TreeMap<String, List<String>>();
        for (var customer : untouched()) young.put(customer, new ArrayList<>());
        for (var row :
                texts(
                        machine,
                        """
                        select customer_id || ' ' || event_id from tally.event_history
                        where event_time >= '%s' order by customer_id, seq
                        """
                                .formatted(retainedFrom))) {
            var parts = row.split(" ", 2);
            var events = young.get(parts[0]);
            if (events != null) events.add(parts[1]);
        }
        return young;
    }

    /** The accounts of customers who send no commands during the test. */
    private Map<String, Account> states(Machine machine) {
        var states = new TreeMap<String, Account>();
        try (var node = SampleHistory.coldNode(machine.database())) {
            for (var customer : untouched()) {
                var history = node.store().read(customer, AccountModel.FOLD);
                states.put(customer, history.state().compact(compared));
            }
        }
        return states;
    }

    private static List<String> untouched() {
        return IntStream.range(Writers.touched(), Writers.touched() + COMPARED_CUSTOMERS)
                .mapToObj(Integer::toString)
                .toList();
    }

    private OffsetDateTime month(int fromNow) {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .plusMonths(fromNow);
    }

    private static List<String> texts(Machine machine, String sql) throws SQLException {
        try (var connection = machine.database().connect(Role.TALLY_OWNER)) {
            return texts(connection, sql);
        }
    }

    private static List<String> texts(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) texts.add(rows.getString(1));
            return texts;
        }
    }
}
