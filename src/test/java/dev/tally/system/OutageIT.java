package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Database.Role;
import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Each way in which a database does not answer: callers hear of it soon, and hear the truth. */
class OutageIT {

    /** A member's answer comes within 1.5 s on this server; the rest is for a busy machine. */
    private static final Duration MEMBER = Duration.ofMillis(2_500);

    /** Every other answer comes within three seconds; the rest is for a busy machine. */
    private static final Duration OTHERS = Duration.ofSeconds(5);

    private static final int MANY = 60;

    private static String title;

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();

    @BeforeAll
    static void theNodeKnowsATitle() {
        title = Customer.newTitle();
        TallyServer.get().awaitCatalogueCopy();
    }

    @AfterEach
    void restore() {
        server.restoreDatabase();
    }

    private record Timed(Answer answer, Duration took) {}

    private Timed timed(java.util.function.Supplier<Answer> call) {
        var begun = System.nanoTime();
        var answer = call.get();
        return new Timed(answer, Duration.ofNanos(System.nanoTime() - begun));
    }

    private boolean isAway() {
        return server.health("store").get("state").stringValue().equals("AWAY");
    }

    private void awaitAway() {
        await().until(this::isAway);
    }

    @Test
    void a_node_without_its_database_stays_ready_since_it_can_promise() {
        server.relay().cut();
        awaitAway();
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
        assertThat(server.health("answers").get("by").stringValue()).isEqualTo("PROMISES");
        assertThat(server.health("store").get("reason").stringValue())
                .isEqualTo("The database cannot be reached.");
        assertThat(server.client().get("/health/live").status()).isEqualTo(200);

        server.restoreDatabase();
        assertThat(server.health("answers").get("by").stringValue()).isEqualTo("STORE");
    }

    @Test
    void a_silent_database_keeps_no_caller_waiting_however_many_there_are() throws Exception {
        server.relay().silence();
        var calls = new ArrayList<Future<Timed>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < MANY; i++) {
                var member = new Customer();
                calls.add(
                        threads.submit(
                                () -> timed(() -> member.acquire(title, "phone", "premium"))));
                calls.add(
                        threads.submit(
                                () -> timed(() -> member.reader().get(member.path("/licenses")))));
            }
            for (int i = 0; i < calls.size(); i += 2) {
                var acquired = calls.get(i).get();
                assertThat(acquired.answer().status()).isEqualTo(201);
                assertThat(acquired.took()).isLessThan(MEMBER);
                var listed = calls.get(i + 1).get();
                assertThat(listed.answer().status()).isEqualTo(503);
                assertThat(listed.took()).isLessThan(OTHERS);
            }
        }
    }

    @Test
    void once_the_store_is_known_to_be_away_nobody_waits_for_it() {
        server.relay().silence();
        awaitAway();
        var before = server.relay().roundTrips();
        for (int i = 0; i < 20; i++) {
            var listed = timed(() -> anna.reader().get(anna.path("/licenses")));
            assertThat(listed.answer().status()).isEqualTo(503);
            assertThat(listed.answer().header("Retry-After")).isNotNull();
            assertThat(listed.took()).isLessThan(Duration.ofMillis(350));
        }
        assertThat(server.relay().roundTrips()).isEqualTo(before);
    }

    /** The slower one does not answer the probe in time, the other does. */
    @ParameterizedTest
    @ValueSource(ints = {400, 1_600})
    void a_slow_database_costs_members_nothing_but_the_decision_of_the_store(int millis) {
        server.relay().slow(Duration.ofMillis(millis));
        for (int i = 0; i < 5; i++) {
            var member = new Customer();
            var acquired = timed(() -> member.acquire(title, "phone", "premium"));
            assertThat(isPromised(acquired.answer())).isTrue();
            assertThat(acquired.took()).isLessThan(MEMBER);
        }
    }

    @Test
    void a_locked_customer_is_told_apart_from_a_database_that_is_gone() throws Exception {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        try (var dba = server.database().connect(Role.POSTGRES);
                var sql = dba.createStatement()) {
            dba.setAutoCommit(false);
            sql.execute(
                    "select 1 from tally.customer where customer_id = '%s' for update"
                            .formatted(anna.id));
            var released = timed(() -> anna.post(license, "/release"));
            assertThat(released.answer().status()).isEqualTo(503);
            assertThat(released.answer().json().get("detail").stringValue())
                    .isEqualTo(
                            "Another transaction in the database holds what this request needs.");
            assertThat(released.took()).isLessThan(OTHERS);
            var renewed = timed(() -> anna.post(license, "/renewals"));
            assertThat(renewed.answer().status()).isEqualTo(200);
            assertThat(renewed.answer().json().get("provisional").booleanValue()).isTrue();
            assertThat(renewed.took()).isLessThan(MEMBER);
            // The database answers everybody else.
            assertThat(server.health("store").get("state").stringValue()).isEqualTo("ANSWERS");
            var bert = new Customer();
            assertThat(isPromised(bert.acquire(title, "tv", "premium"))).isFalse();
            dba.rollback();
        }
        await().until(() -> anna.get(license).json().get("renewals").intValue() == 1);
    }

    @Test
    void a_database_that_only_reads_since_another_took_over_is_away_until_it_writes()
            throws Exception {
        try (var dba = server.database().connect(Role.POSTGRES);
                var sql = dba.createStatement()) {
            sql.execute("alter system set default_transaction_read_only = on");
            sql.execute("select pg_reload_conf()");
            try {
                await().until(() -> isPromised(new Customer().acquire(title, "phone", "premium")));
                for (int i = 0; i < 10; i++) new Customer().acquire(title, "phone", "premium");
                awaitAway();
                assertThat(server.health("store").get("reason").stringValue())
                        .isEqualTo("The database takes no writes at the moment.");
                // The probe, which asks several times a second, is not content with reads either.
                await().during(Duration.ofSeconds(1)).until(this::isAway);
            } finally {
                sql.execute("set default_transaction_read_only = off");
                sql.execute("alter system reset default_transaction_read_only");
                sql.execute("select pg_reload_conf()");
            }
        }
    }

    /** The login is refused, as after a password was changed. */
    @Test
    void a_database_that_lets_the_node_in_no_more_is_away_until_it_does() throws Exception {
        try (var dba = server.database().connect(Role.POSTGRES);
                var sql = dba.createStatement()) {
            sql.execute("alter role tally_app nologin");
            try {
                sql.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                                + " where usename = 'tally_app'");
                for (int i = 0; i < 10; i++) {
                    var acquired = timed(() -> new Customer().acquire(title, "phone", "premium"));
                    assertThat(acquired.answer().status()).isEqualTo(201);
                    assertThat(acquired.took()).isLessThan(MEMBER);
                }
                awaitAway();
                assertThat(server.health("store").get("reason").stringValue())
                        .isEqualTo("The database cannot be reached.");
            } finally {
                sql.execute("alter role tally_app login");
            }
        }
        // A busy machine may be too late for the first.
        await().until(() -> !isPromised(new Customer().acquire(title, "phone", "premium")));
    }

    private static boolean isPromised(Answer acquired) {
        assertThat(acquired.status()).isEqualTo(201);
        return acquired.json().get("provisional").booleanValue();
    }

    @Test
    void a_database_without_a_free_connection_is_told_as_that() throws Exception {
        var taken = new ArrayList<Connection>();
        try {
            // The server has to open its connections anew, and finds none.
            takeAll(taken);
            server.relay().cut();
            awaitAway();
            takeAll(taken);
            server.relay().restore();
            var acquired = timed(() -> anna.acquire(title, "phone", "premium"));
            assertThat(acquired.answer().status()).isEqualTo(201);
            assertThat(acquired.took()).isLessThan(MEMBER);
            await().until(
                            () ->
                                    Stream.of("BUSY", "in use")
                                            .anyMatch(server.health("store").toString()::contains));
        } finally {
            for (var connection : taken) connection.close();
        }
    }

    private void takeAll(List<Connection> taken) {
        try {
            while (taken.size() < 1_000) taken.add(server.database().connect(Role.TALLY_READER));
        } catch (java.sql.SQLException e) {
            // All are taken.
        }
    }
}
