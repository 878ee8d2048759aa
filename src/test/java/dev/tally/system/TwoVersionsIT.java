package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.local.Database.Role;
import dev.tally.newer.NewerModel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Two versions of the application run side by side on one database, as during a rolling deployment
 * and after a rollback. No request is answered with 500, and nothing is guessed or lost.
 */
class TwoVersionsIT {

    private static final String PLAN = "premium";
    private static final int THREADS = 8;
    private static final int MOST_TRIES = 20;
    private static final int COMMANDS = 12;

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private Client newer;

    @BeforeEach
    void start() throws Exception {
        newer = server.newerClient();
    }

    @Test
    void an_upgrade_is_harmless_until_something_new_is_used() {
        assertThat(onNewer("key", "phone", "Anna's phone").status()).isEqualTo(201);

        assertThat(onOlder("another", "phone", "Anna's phone").status()).isEqualTo(200);
        assertThat(anna.events()).hasSize(3);
    }

    @Test
    void a_retry_may_cross_versions_in_both_directions() {
        var first = onNewer("key", "phone", null).json().get("licenseId");
        assertThat(onOlder("key", "phone", null).json().get("licenseId")).isEqualTo(first);

        var second = onOlder("key-2", "tablet", null).json().get("licenseId");
        assertThat(onNewer("key-2", "tablet", null).json().get("licenseId")).isEqualTo(second);
        assertThat(anna.events()).hasSize(6);
    }

    @Test
    void an_older_node_refuses_a_customer_whose_history_it_cannot_read_and_no_other() {
        assertThat(onNewer("key", "phone", NewerModel.NEW + "phone").status()).isEqualTo(201);

        var refused = onOlder("another", "phone", null);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.problem()).isEqualTo("history-unreadable");
        assertThat(refused.header("Retry-After")).isNotNull();
        assertThat(anna.reader().get(anna.path("/licenses")).problem())
                .isEqualTo("history-unreadable");
        assertThat(new Customer().acquire(title, "phone", PLAN).status()).isEqualTo(201);
        assertThat(server.client().get("/health/ready").status()).isEqualTo(200);
        assertThat(onNewer("another", "phone", null).status()).isEqualTo(200);
    }

    @Test
    void an_older_node_shows_in_a_history_what_it_cannot_read() {
        onNewer("key", "phone", NewerModel.NEW + "phone");

        var events = anna.reader().get(anna.path("/events")).json().get("events");

        assertThat(events.size()).isEqualTo(3);
        var unread = events.get(2);
        assertThat(unread.get("event").stringValue()).isEqualTo("mapper 1009");
        assertThat(unread.get("payload").isNull()).isTrue();
        assertThat(unread.get("aggregateType").stringValue()).isEqualTo("Device");
    }

    @Test
    void a_policy_key_of_a_later_version_changes_no_decision() throws SQLException {
        setPolicyOfTheTitle("{\"maxDownloadsPerTitlePerYear\": 1, \"maxMoonPhases\": 3}");
        policiesAreReadAgain();

        assertThat(anna.acquire(title, "phone", PLAN).status()).isEqualTo(201);
        assertThat(new Customer().acquire(Customer.newTitle(), "phone", PLAN).status())
                .isEqualTo(201);
        assertThat(server.as("reader").get("/v1/policies/title/" + title).body())
                .contains("maxMoonPhases");
        var replaced =
                server.as("operator")
                        .with("If-Match", "*")
                        .put("/v1/policies/title/" + title, "{\"settings\":{}}");
        assertThat(replaced.problem()).isEqualTo("policy-of-newer-version");
    }

    @Test
    void a_mixed_load_has_every_command_once() throws Exception {
        var customers = IntStream.range(0, 4).mapToObj(i -> new Customer()).toList();
        var titles = IntStream.range(0, COMMANDS).mapToObj(i -> Customer.newTitle()).toList();

        var statuses = atOnce(thread -> acquireAll(thread, customers, titles));

        assertThat(statuses).hasSize(THREADS * COMMANDS * customers.size()).containsOnly(201);
        for (var customer : customers) {
            assertThat(customer.events())
                    .filteredOn(event -> event.endsWith("LicenseIssued"))
                    .hasSize(COMMANDS);
        }
    }

    /**
     * Acquires each title on one device. All threads use the same key, so the first node to decide
     * issues the license.
     */
    private List<Integer> acquireAll(int thread, List<Customer> customers, List<String> titles) {
        var statuses = new ArrayList<Integer>();
        for (var wanted : titles) {
            for (var customer : customers) {
                var node = (thread + statuses.size()) % 2 == 0 ? customer.edge() : newer.as("edge");
                statuses.add(acquireUntilItIsMyTurn(node, customer, wanted));
            }
        }
        return statuses;
    }

    /**
     * Repeats the acquire as its answer asks: other commands came first each time, or all have
     * waited too long for their turn.
     */
    private static int acquireUntilItIsMyTurn(Client node, Customer customer, String title) {
        for (int tries = 1; ; tries++) {
            var answer =
                    node.with("Idempotency-Key", "key of " + title)
                            .post(
                                    customer.path("/licenses"),
                                    Customer.request(title, "phone", PLAN));
            if (answer.status() == 201 || tries == MOST_TRIES) return answer.status();
            assertThat(answer.problem()).isIn("conflict", "unavailable", "overloaded");
        }
    }

    private interface Work {
        List<Integer> run(int thread);
    }

    private static List<Integer> atOnce(Work work) throws Exception {
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            var all =
                    IntStream.range(0, THREADS)
                            .mapToObj(i -> (Callable<List<Integer>>) () -> work.run(i))
                            .toList();
            var statuses = new ArrayList<Integer>();
            for (var done : threads.invokeAll(all)) statuses.addAll(done.get());
            return statuses;
        }
    }

    private Client.Answer onNewer(String key, String device, String name) {
        return acquire(newer.as("edge"), key, device, name);
    }

    private Client.Answer onOlder(String key, String device, String name) {
        return acquire(anna.edge(), key, device, name);
    }

    private Client.Answer acquire(Client node, String key, String device, String name) {
        var deviceName = name == null ? "" : "\"deviceName\":\"%s\",".formatted(name);
        return node.with("Idempotency-Key", key)
                .post(
                        anna.path("/licenses"),
                        """
                        {"titleId":"%s","deviceId":"%s",%s"plan":"%s","type":"DOWNLOAD"}
                        """
                                .formatted(title, device, deviceName, PLAN));
    }

    /** Makes a node read all policies again at once, by writing one on it. */
    private void policiesAreReadAgain() {
        var another = "/v1/policies/title/" + Customer.newTitle();
        var answer = server.as("operator").put(another, "{\"settings\":{}}");
        assertThat(answer.status()).isEqualTo(201);
    }

    private void setPolicyOfTheTitle(String settings) throws SQLException {
        try (var owner = server.database().connect(Role.TALLY_OWNER);
                var insert =
                        owner.prepareStatement(
                                """
                                insert into tally.policy
                                    (scope, scope_id, version, supersedes, settings, valid_from)
                                values ('title', ?, nextval('tally.policy_version'), 0, ?::jsonb,
                                    now() - interval '1 second')
                                """)) {
            insert.setString(1, title);
            insert.setString(2, settings);
            insert.execute();
        }
    }
}
