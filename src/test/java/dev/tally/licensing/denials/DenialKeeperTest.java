package dev.tally.licensing.denials;

import static dev.tally.licensing.denials.Wishes.DEVICES;
import static dev.tally.licensing.denials.Wishes.YEAR;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.denials.KeptDenial.Place;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import javax.sql.DataSource;

/** The numbers are those in the documentation of package {@code licensing.denials}. */
class DenialKeeperTest {

    private static final Database DATABASE = SharedDatabase.get();
    private static final DenialFilter ALL = new DenialFilter(null, null, null, null, null);

    /** The begin of an hour of this month. */
    private final Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);

    private final String name = Ids.next();
    private final Wishes anna = Wishes.of(name);
    private final Node node = new Node(DATABASE.dataSource(Role.TALLY_APP));

    /** A node that keeps denials, and what it says of them. */
    private static final class Node {

        final DenialTable table = new DenialTable();
        final DenialKeeper keeper = new DenialKeeper();
        final DenialQueries queries = new DenialQueries();
        long kept;
        long lost;

        @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
        Node(DataSource source) {
            table.database = source;
            keeper.table = table;
            queries.table = table;
            keeper.metrics =
                    new KeeperMetrics() {
                        @Override
                        void kept(long denials) {
                            kept += denials;
                        }

                        @Override
                        void lost(long denials) {
                            lost += denials;
                        }
                    };
        }

        void keep(Denial... denials) {
            for (var denial : denials) keeper.keep(denial);
        }

        boolean stores() {
            return keeper.storeAll();
        }
    }

    private List<KeptDenial> kept() {
        return node.table.older(new CustomerId(name), ALL, null, 1_000);
    }

    private static List<String> texts(Role role, String sql) throws SQLException {
        try (var connection = DATABASE.connect(role);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) texts.add(rows.getString(1));
            return texts;
        }
    }

    private List<String> ofCustomer(Role role, String columns, String from) throws SQLException {
        return texts(
                role,
                "select concat_ws(' ', %s) from tally.%s where customer_id = '%s' order by 1"
                        .formatted(columns, from, name));
    }

    private void erase() throws SQLException {
        erase("now()");
    }

    private void erase(String at) throws SQLException {
        try (var connection = DATABASE.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    insert into tally.erasure
                        (erasure_id, customer_digest, customer_id, requested_by, requested_at)
                    values ('%1$s', sha256('%1$s'), '%1$s', 'anna', %2$s)
                    """
                            .formatted(name, at));
        }
    }

    private long eraseDenials() {
        try (var connection = DATABASE.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            // The test takes its time while the lock is waited for.
            statement.execute("set lock_timeout = '60s'");
            try (var row = statement.executeQuery("select tally.erase_denials('" + name + "')")) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_denial_is_kept_with_its_numbers() {
        node.keep(anna.denied(hour.plusSeconds(5), DEVICES, YEAR));

        assertThat(node.stores()).isTrue();

        var row = kept().getFirst();
        assertThat(row.count()).isEqualTo(1);
        assertThat(row.kind()).isEqualTo("ACQUIRE");
        assertThat(row.firstAt()).isEqualTo(hour.plusSeconds(5)).isEqualTo(row.lastAt());
        assertThat(row.about())
                .isEqualTo(new KeptDenial.About("phone", "glow", "northlight", "basic", 1));
        assertThat(row.findings())
                .isEqualTo(anna.denied(hour.plusSeconds(5), DEVICES, YEAR).findings());
        assertThat(node.kept).isEqualTo(1);
    }

    @Test
    void a_deactivation_has_no_title() {
        node.keep(anna.denied(Kind.DEACTIVATE, "phone", null, 1, hour, YEAR));
        node.stores();
        node.keep(anna.denied(Kind.DEACTIVATE, "phone", null, 1, hour, YEAR));
        node.stores();

        assertThat(kept()).hasSize(1);
        assertThat(kept().getFirst().count()).isEqualTo(2);
        assertThat(kept().getFirst().about().titleId()).isNull();
    }

    /** Requirement 2. */
    @Test
    void the_denials_of_two_nodes_are_one_row_with_the_numbers_of_the_last() {
        var other = new Node(DATABASE.dataSource(Role.TALLY_APP));
        node.keep(anna.denied(Kind.ACQUIRE, "phone", "glow", 7, hour.plusSeconds(9), DEVICES));
        other.keep(
                anna.denied(Kind.ACQUIRE, "phone", "glow", 6, hour.plusSeconds(3), DEVICES),
                anna.denied(Kind.ACQUIRE, "phone", "glow", 6, hour.plusSeconds(4), DEVICES));

        node.stores();
        other.stores();

        var row = kept().getFirst();
        assertThat(kept()).hasSize(1);
        assertThat(row.count()).isEqualTo(3);
        assertThat(row.firstAt()).isEqualTo(hour.plusSeconds(3));
        assertThat(row.lastAt()).isEqualTo(hour.plusSeconds(9));
        assertThat(row.about().policyVersion()).isEqualTo(7);
        assertThat(row.findings().getFirst().nextAllowedAt()).isEqualTo(hour.plusSeconds(9));
    }

    /** Requirement 4. */
    @Test
    void nodes_that_store_the_same_rows_in_another_order_do_not_deadlock() {
        var other = new Node(DATABASE.dataSource(Role.TALLY_APP));
        var rounds = 10;
        var rows = 100;
        var running =
                List.of(
                        CompletableFuture.runAsync(
                                () -> {
                                    for (int round = 0; round < rounds; round++) {
                                        for (int i = 0; i < rows; i++) node.keep(onDevice(i));
                                        assertThat(node.stores()).isTrue();
                                    }
                                }),
                        CompletableFuture.runAsync(
                                () -> {
                                    for (int round = 0; round < rounds; round++) {
                                        for (int i = rows; i > 0; i--) other.keep(onDevice(i - 1));
                                        assertThat(other.stores()).isTrue();
                                    }
                                }));
        running.forEach(CompletableFuture::join);

        assertThat(kept()).hasSize(rows);
        assertThat(kept()).allSatisfy(row -> assertThat(row.count()).isEqualTo(2 * rounds));
    }

    /** Requirement 4: rows are locked in the order of their keys, whatever order they came in. */
    @Test
    void rows_are_stored_in_the_order_of_their_keys() throws SQLException {
        for (int i = 9; i >= 0; i--) node.keep(onDevice(i));

        node.stores();

        assertThat(
                        texts(
                                Role.POSTGRES,
                                "select device_id from tally.denial where customer_id = '%s' order by ctid"
                                        .formatted(name)))
                .isEqualTo(IntStream.range(0, 10).mapToObj(i -> "device-" + i).toList());
    }

    private Denial onDevice(int number) {
        return anna.denied(Kind.ACQUIRE, "device-" + number, "glow", 1, hour, DEVICES);
    }

    /** Requirement 1. */
    @Test
    void a_database_that_is_away_costs_nothing_and_what_waited_is_stored_afterwards() {
        var nowhere =
                new Node(
                        source(
                                () -> {
                                    throw new PSQLException(
                                            "away", PSQLState.CONNECTION_UNABLE_TO_CONNECT);
                                }));
        nowhere.keep(anna.denied(hour, DEVICES));
        assertThat(nowhere.stores()).isFalse();
        nowhere.keep(anna.denied(hour, DEVICES));
        assertThat(nowhere.stores()).isFalse();
        assertThat(nowhere.lost).isZero();

        nowhere.table.database = DATABASE.dataSource(Role.TALLY_APP);
        assertThat(nowhere.stores()).isTrue();

        assertThat(kept().getFirst().count()).isEqualTo(2);
        assertThat(nowhere.kept).isEqualTo(2);
    }

    @Test
    void a_denial_of_a_month_without_a_table_is_lost_alone() {
        node.keep(
                anna.denied(Instant.parse("2001-01-01T00:00:00Z"), DEVICES),
                anna.denied(hour, DEVICES));

        assertThat(node.stores()).isTrue();

        assertThat(node.lost).isEqualTo(1);
        assertThat(node.kept).isEqualTo(1);
        assertThat(kept()).hasSize(1);
    }

    /** Requirement 3. */
    @Test
    void a_denial_whose_commit_was_stored_and_not_answered_is_counted_once() {
        var deaf = new Node(unanswered(true));
        deaf.keep(anna.denied(hour, DEVICES));
        assertThat(deaf.stores()).isFalse();
        deaf.keep(anna.denied(hour, DEVICES));
        assertThat(deaf.stores()).isTrue();

        assertThat(kept().getFirst().count()).isEqualTo(2);
        assertThat(deaf.kept).isEqualTo(2);
    }

    /** Requirement 3. */
    @Test
    void a_denial_whose_commit_did_not_arrive_is_stored_again() {
        var deaf = new Node(unanswered(false));
        deaf.keep(anna.denied(hour, DEVICES));
        assertThat(deaf.stores()).isFalse();
        assertThat(kept()).isEmpty();
        assertThat(deaf.stores()).isTrue();

        assertThat(kept().getFirst().count()).isEqualTo(1);
        assertThat(deaf.kept).isEqualTo(1);
    }

    /** Requirement 5. */
    @Test
    void a_denial_that_waits_in_a_node_when_its_customer_is_erased_does_not_come_back()
            throws SQLException {
        node.keep(anna.denied(hour, DEVICES), Wishes.of(name + "-other").denied(hour, DEVICES));
        erase();

        assertThat(node.stores()).isTrue();

        assertThat(kept()).isEmpty();
        assertThat(node.kept).isEqualTo(1);
        assertThat(node.lost).isZero();
    }

    /**
     * Requirement 5: it is the same when the erasure is complete and has forgotten the customer.
     */
    @Test
    void nor_does_it_once_the_erasure_is_complete() throws SQLException {
        node.keep(anna.denied(hour, DEVICES));
        erase();
        try (var connection = DATABASE.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(
                    "update tally.erasure set first_seq = 1, completed_at = now(), customer_id ="
                            + " null where erasure_id = '%s'".formatted(name));
        }

        node.stores();

        assertThat(kept()).isEmpty();
    }

    @Test
    void a_denial_after_an_erasure_is_kept() throws SQLException {
        erase("now() - interval '11 seconds'");
        node.keep(anna.denied(hour, DEVICES));

        node.stores();

        assertThat(kept()).hasSize(1);
    }

    /** Requirement 5. */
    @Test
    void an_erasure_waits_for_denials_that_are_being_stored_and_deletes_them() throws Exception {
        var erasing = new ArrayList<CompletableFuture<Long>>();
        var batch = List.of(Waiting.of(anna.denied(hour, DEVICES), Ids.next(), 0));

        var unused =
                node.table.keep(
                        batch,
                        0,
                        transaction -> {
                            erasing.add(CompletableFuture.supplyAsync(this::eraseDenials));
                            await().until(DenialKeeperTest::someoneWaitsForTheLock);
                        });

        assertThat(erasing.getFirst().join()).isEqualTo(1);
        assertThat(kept()).isEmpty();
        assertThat(texts(Role.TALLY_OWNER, "select table_name from tally.erased_from"))
                .contains("denial_" + hour.toString().substring(0, 7).replace('-', '_'));
    }

    private static boolean someoneWaitsForTheLock() throws SQLException {
        return !texts(
                        Role.POSTGRES,
                        """
                        select 1 from pg_locks
                        where locktype = 'advisory' and not granted
                          and objid = hashtext('tally.denial')::bit(32)::bigint::oid
                        """)
                .isEmpty();
    }

    /** Requirement 7. */
    @Test
    void a_page_goes_on_where_the_one_before_ended_in_both_directions() {
        for (int i = 0; i < 7; i++) {
            node.keep(onDevice(i));
        }
        node.keep(anna.denied(hour.minusSeconds(3_600), DEVICES));
        node.stores();
        var all = kept();
        assertThat(all).hasSize(8);
        var queries = node.queries;
        var customer = new CustomerId(name);

        var first = queries.older(customer, ALL, null, 3);
        node.keep(anna.denied(Kind.RENEW, "phone", "glow", 1, hour, DEVICES));
        node.keep(onDevice(0));
        node.stores();
        var second = queries.older(customer, ALL, place(first.denials().getLast()), 3);
        var third = queries.older(customer, ALL, place(second.denials().getLast()), 3);

        assertThat(List.of(first.isCut(), second.isCut(), third.isCut()))
                .containsExactly(true, true, false);
        assertThat(places(first, second, third))
                .isEqualTo(all.stream().map(KeptDenial::place).toList());
        var back = queries.newer(customer, ALL, place(third.denials().getFirst()), 3);
        assertThat(places(back)).isEqualTo(places(second));
        assertThat(back.isCut()).isTrue();
        var newest = queries.newer(customer, ALL, place(first.denials().getFirst()), 3);
        assertThat(newest.isCut()).isFalse();
        assertThat(newest.denials()).hasSize(1);
        assertThat(newest.denials().getFirst().kind()).isEqualTo("RENEW");
    }

    private static Place place(KeptDenial denial) {
        return denial.place();
    }

    private static List<Place> places(DenialQueries.Part... parts) {
        return List.of(parts).stream()
                .flatMap(part -> part.denials().stream())
                .map(KeptDenial::place)
                .toList();
    }

    @Test
    void denials_are_found_by_time_device_title_and_rule() {
        node.keep(
                anna.denied(Kind.ACQUIRE, "phone", "glow", 1, hour.plusSeconds(10), DEVICES, YEAR),
                anna.denied(Kind.ACQUIRE, "tablet", "glow", 1, hour.plusSeconds(20), YEAR),
                anna.denied(Kind.ACQUIRE, "phone", "dusk", 1, hour.plusSeconds(30), DEVICES));
        node.stores();

        assertThat(found(new DenialFilter(null, null, "phone", null, null)))
                .containsExactly("phone dusk", "phone glow");
        assertThat(found(new DenialFilter(null, null, null, "glow", null)))
                .containsExactly("tablet glow", "phone glow");
        assertThat(found(new DenialFilter(null, null, null, null, YEAR)))
                .containsExactly("tablet glow", "phone glow");
        assertThat(found(new DenialFilter(hour.plusSeconds(20), null, null, null, null)))
                .containsExactly("phone dusk", "tablet glow");
        assertThat(found(new DenialFilter(null, hour.plusSeconds(20), null, null, null)))
                .containsExactly("phone glow");
        assertThat(found(new DenialFilter(null, null, null, null, "none"))).isEmpty();
    }

    private List<String> found(DenialFilter filter) {
        return node.table.older(new CustomerId(name), filter, null, 10).stream()
                .map(denial -> denial.about().deviceId() + " " + denial.about().titleId())
                .toList();
    }

    /** A newer release may store kinds, rules, remedies and fields that this one does not know. */
    @Test
    void what_a_newer_release_has_stored_is_shown() throws SQLException {
        try (var connection = DATABASE.connect(Role.TALLY_APP);
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    insert into tally.denial
                        (hour, first_at, last_at, denials, customer_id, kind, device_id, rules,
                         denial_id, findings)
                    values ('%1$s', '%1$s', '%1$s', 1, '%2$s', 'TRANSFER', 'phone', '{maxMoons}', '%2$s',
                        '[{"rule": "maxMoons", "remedies": ["FLY"], "phase": {"of": 4}}]')
                    """
                            .formatted(hour, name));
        }

        var row = kept().getFirst();
        assertThat(row.kind()).isEqualTo("TRANSFER");
        assertThat(row.findings())
                .containsExactly(
                        new Finding("maxMoons", null, null, null, null, List.of("FLY"), null));
    }

    @Test
    void the_views_show_denials_one_by_one_and_by_rule() throws SQLException {
        node.keep(
                anna.denied(hour, DEVICES, YEAR),
                anna.denied(hour, DEVICES, YEAR),
                anna.denied(Kind.RENEW, "phone", name, 1, hour, name));
        node.stores();

        assertThat(
                        ofCustomer(
                                Role.TALLY_READER,
                                "kind, denials, device_id, array_to_string(rules, '+'),"
                                        + " next_allowed_at = last_at",
                                "denial_history"))
                .containsExactly(
                        "ACQUIRE 2 phone " + DEVICES + "+" + YEAR + " t",
                        "RENEW 1 phone " + name + " t");
        assertThat(
                        texts(
                                Role.TALLY_READER,
                                """
                                select concat_ws(' ', studio_id, denials, customers, day = ('%s'::timestamptz
                                    at time zone 'UTC')::date)
                                from tally.denial_by_rule where rule = '%s'
                                """
                                        .formatted(hour, name)))
                .containsExactly("northlight 1 1 t");
    }

    @Test
    void the_application_can_neither_delete_denials_nor_give_them_to_somebody_else()
            throws SQLException {
        for (var forbidden :
                List.of(
                        "delete from tally.denial",
                        "truncate tally.denial",
                        "update tally.denial set customer_id = ''",
                        "select tally.erase_denials('anna')",
                        "select tally.drop_denial_months(now())")) {
            try (var connection = DATABASE.connect(Role.TALLY_APP);
                    var statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.execute(forbidden))
                        .as(forbidden)
                        .hasMessageContaining("permission denied");
            }
        }
        try (var connection = DATABASE.connect(Role.TALLY_READER);
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select from tally.denial"))
                    .hasMessageContaining("permission denied");
        }
    }

    /** Requirement 1. */
    @Test
    void what_has_no_room_is_counted() {
        IntStream.rangeClosed(0, DenialQueue.MAX_ROWS)
                .forEach(i -> node.keep(anna.denied(hour, "rule-" + i)));

        assertThat(node.lost).isEqualTo(1);
    }

    private interface Connect {
        Connection connection() throws SQLException;
    }

    private static DataSource source(Connect connect) {
        return (DataSource)
                Proxy.newProxyInstance(
                        DataSource.class.getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (proxy, method, arguments) -> connect.connection());
    }

    /** A way to the database on which the answer to the first commit is lost. */
    private static DataSource unanswered(boolean arrives) {
        var isLost = new AtomicBoolean();
        return source(
                () -> {
                    var real = DATABASE.connect(Role.TALLY_APP);
                    return (Connection)
                            Proxy.newProxyInstance(
                                    Connection.class.getClassLoader(),
                                    new Class<?>[] {Connection.class},
                                    (proxy, method, arguments) -> {
                                        if (method.getName().equals("commit")
                                                && isLost.compareAndSet(false, true)) {
                                            if (arrives) real.commit();
                                            else real.close();
                                            throw new PSQLException(
                                                    "lost", PSQLState.CONNECTION_FAILURE);
                                        }
                                        try {
                                            return method.invoke(real, arguments);
                                        } catch (InvocationTargetException e) {
                                            throw e.getCause();
                                        }
                                    });
                });
    }
}
