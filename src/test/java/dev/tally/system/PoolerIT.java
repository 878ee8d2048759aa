package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.local.Pooler;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * A node whose application connects through pgbouncer in transaction mode, and whose owner connects
 * past it. Sixteen connections of the node share three of the server.
 */
class PoolerIT {

    private static final Path HOME = Path.of("target/pooler");
    private static final int POOLED_CONNECTIONS = 3;
    private static final int CLIENTS = 16;
    private static final int TITLES = 12;

    private static final Duration LIMIT = Duration.ofSeconds(30);

    /**
     * Many calls at once go over HTTP/1.1. Over HTTP/2 the few threads of a server that has just
     * started wait for one another.
     */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Longer than tally_app may leave a transaction open. */
    private static final Duration TOO_LONG = Duration.ofMillis(2_500);

    private static Installation installation;
    private static Pooler pooler;
    private static Liberty node;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(Pooler.program().isPresent(), "pgbouncer is not installed");
        installation = Installation.forTests(HOME);
        var database = installation.database();
        pooler = Pooler.before(database, HOME.resolve("pgbouncer"), POOLED_CONNECTIONS);
        node =
                installation.start(
                        Node.named("pooled")
                                .patient()
                                .with(
                                        Map.of(
                                                "TALLY_DB_HOST",
                                                "localhost",
                                                "TALLY_DB_PORT",
                                                "" + pooler.port(),
                                                "TALLY_DB_PREPARE_THRESHOLD",
                                                "0",
                                                "TALLY_DB_OWNER_HOST",
                                                database.host(),
                                                "TALLY_DB_OWNER_PORT",
                                                "" + database.port())));
    }

    @AfterAll
    static void stop() throws IOException {
        if (installation == null) return;
        installation.close();
        pooler.close();
    }

    @Test
    void racing_commands_of_one_customer_are_each_decided_once() throws Exception {
        var titles = titles();

        var statuses =
                atOnce(
                        IntStream.range(0, CLIENTS * 2)
                                .mapToObj(i -> acquire("anna", titles.get(i % TITLES), "phone"))
                                .toList());

        assertThat(statuses).containsOnly(200, 201);
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(TITLES);
        assertThat(
                        number(
                                "select count(*) from event_history where event = 'LicenseIssued'"
                                        + " and customer_id = 'anna'"))
                .isEqualTo(TITLES);
        assertThat(number("select last_seq from customer where customer_id = 'anna'"))
                .isEqualTo(number("select count(*) from event_history where customer_id = 'anna'"));
    }

    @Test
    void many_customers_share_few_connections() throws Exception {
        var titles = titles();

        var statuses =
                atOnce(
                        IntStream.range(0, CLIENTS * 5)
                                .mapToObj(i -> acquire("c" + i, titles.get(i % TITLES), "tv"))
                                .toList());

        assertThat(statuses).containsOnly(201);
        assertThat(number("select count(*) from pg_stat_activity where usename = 'tally_app'"))
                .isBetween(1, POOLED_CONNECTIONS);
    }

    @Test
    void the_servers_settings_of_the_role_hold() throws SQLException {
        try (var connection = pooler.dataSource(Role.TALLY_APP, 0).getConnection();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select pg_sleep(5)"))
                    .hasMessageContaining("statement timeout");
            for (var setting :
                    List.of(
                            "enable_seqscan=off",
                            "jit=off",
                            "search_path=tally",
                            "lock_timeout=300ms")) {
                var parts = setting.split("=", 2);
                try (var row = statement.executeQuery("show " + parts[0])) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo(parts[1]);
                }
            }
        }
    }

    @Test
    void a_transaction_that_is_left_open_ends_and_sets_its_customer_free() throws Exception {
        acquire("bob", titles().getFirst(), "phone").call();
        try (var connection = pooler.dataSource(Role.TALLY_APP, 0).getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(
                    "update customer set generation_bytes = generation_bytes where customer_id ="
                            + " 'bob'");
            Thread.sleep(TOO_LONG);

            assertThatThrownBy(() -> statement.execute("select 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(acquire("bob", titles().getFirst(), "tablet").call()).isEqualTo(201);
    }

    @Test
    void the_owner_looks_after_partitions_past_the_pooler() throws Exception {
        assertThat(
                        number(
                                "select count(*) from pg_stat_activity where application_name ="
                                        + " 'tally-owner'"))
                .isPositive();
        assertThat(number("select count(*) from partition_job where last_success_at is not null"))
                .isEqualTo(1);
    }

    private static List<String> titles() {
        var titles = new ArrayList<String>();
        for (int i = 0; i < TITLES; i++) {
            var title = "title-" + i;
            var answer =
                    client("operator")
                            .put("/v1/titles/" + title, "{\"name\":\"T\",\"studioId\":\"s\"}");
            assertThat(answer.status()).isBetween(200, 201);
            titles.add(title);
        }
        return titles;
    }

    private static Callable<Integer> acquire(String customer, String title, String device) {
        var request =
                HttpRequest.newBuilder(
                                node.url().resolve("/v1/customers/" + customer + "/licenses"))
                        .timeout(LIMIT)
                        .header("Authorization", "Bearer " + installation.tokens().of("edge"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(Customer.request(title, device, "premium")))
                        .build();
        return () -> HTTP.send(request, BodyHandlers.discarding()).statusCode();
    }

    private static Client client(String role) {
        return new Client(node.url(), installation.tokens()).as(role);
    }

    private static List<Integer> atOnce(List<Callable<Integer>> calls) throws Exception {
        try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
            var statuses = new ArrayList<Integer>();
            for (var status : threads.invokeAll(calls)) {
                statuses.add(status.get());
            }
            return statuses;
        }
    }

    private static int number(String sql) throws SQLException {
        try (var connection = installation.database().connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }
}
