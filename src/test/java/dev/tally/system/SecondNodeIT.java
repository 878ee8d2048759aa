package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Liberty;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A second node, of a later version, starts on the same database. It knows what the first node has
 * done, as the first node would after a restart, and races it. The two nodes share only the
 * database.
 */
class SecondNodeIT {

    private static final int THREADS = 16;
    private static final int ROUNDS = 10;
    private static final String PLAN = "premium";

    private static Liberty secondNode;

    private final Customer anna = new Customer();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        secondNode = TallyServer.get().newerNode();
    }

    @Test
    void a_retry_may_reach_another_node() {
        var title = Customer.newTitle();
        var first = anna.acquire("key", title, "phone", PLAN);

        var retry = onSecondNode("key", title, "phone");

        assertThat(retry.status()).isEqualTo(201);
        assertThat(retry.json().get("licenseId")).isEqualTo(first.json().get("licenseId"));
        assertThat(onSecondNode("key", title, "tablet").problem())
                .isEqualTo("idempotency-key-reused");
        assertThat(anna.events()).hasSize(3);
    }

    @Test
    void two_nodes_do_not_give_the_last_download_twice() throws Exception {
        var title = Customer.newTitle();
        for (int i = 0; i < 4; i++) {
            var license = anna.acquire(title, "phone", PLAN).json().get("licenseId");
            anna.post(license.stringValue(), "/release");
        }

        var statuses =
                atOnce(
                        i ->
                                i % 2 == 0
                                        ? anna.acquire("key-" + i, title, "d" + i, PLAN)
                                        : onSecondNode("key-" + i, title, "d" + i));

        assertThat(statuses).containsOnly(201, 409).containsOnlyOnce(201);
        assertThat(anna.events()).filteredOn(event -> event.endsWith("DownloadCounted")).hasSize(5);
        assertThat(anna.events()).hasSize(4 * 3 + 1 + 3);
    }

    @Test
    void equal_commands_on_two_nodes_take_effect_once() throws Exception {
        var title = Customer.newTitle();

        var statuses =
                atOnce(
                        i ->
                                i % 2 == 0
                                        ? anna.acquire("same", title, "phone", PLAN)
                                        : onSecondNode("same", title, "phone"));

        assertThat(statuses).containsOnly(201);
        assertThat(anna.events()).hasSize(3);
    }

    /**
     * Each of the two commands reads what the other one writes. Both update the same head, so the
     * one that loses is decided again.
     */
    @Test
    void no_license_is_active_on_a_device_that_another_node_takes_off() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var member = new Customer();
            var license = member.acquire(Customer.newTitle(), "phone", PLAN).json();
            member.post(license.get("licenseId").stringValue(), "/release");
            var title = Customer.newTitle();

            var statuses =
                    atOnce(
                            2,
                            i ->
                                    i == 0
                                            ? member.edge().delete(member.path("/devices/phone"))
                                            : onSecondNode(member, "key", title, "phone"));

            assertThat(statuses).containsExactly(200, 201);
            var device = member.reader().get(member.path("/devices")).json().at("/devices/0");
            assertThat(device.get("deactivatedAt").isNull())
                    .as("the device is on as long as a license is on it")
                    .isEqualTo(device.get("activeDownloads").intValue() == 1);
        }
    }

    /** Another node's change of the catalogue is seen within ten seconds. */
    @Test
    void licenses_end_with_their_title_on_another_node_too() {
        var title = Customer.newTitle();
        var second = new Client(secondNode.url(), TallyServer.get().tokens());
        var license = onSecondNode("key", title, "phone").json().get("licenseId").stringValue();
        var end = "2099-01-01T00:00:00Z";
        var soon = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS).toString();
        for (var until : List.of(soon, end, soon)) {
            TallyServer.get()
                    .as("operator")
                    .put(
                            "/v1/titles/" + title,
                            "{\"name\":\"n\",\"studioId\":\"s\",\"availabilityEnd\":\"%s\"}"
                                    .formatted(until));
            await().atMost(Duration.ofSeconds(12))
                    .until(
                            () ->
                                    second.as("reader")
                                                    .get(anna.path("/licenses/" + license))
                                                    .json()
                                                    .get("expiresAt")
                                                    .stringValue()
                                                    .startsWith(soon.substring(0, 18))
                                            == until.equals(soon));
        }
    }

    @Test
    void a_policy_begins_on_all_nodes_at_its_time() {
        var title = Customer.newTitle();
        assertThat(onSecondNode("first", title, "phone").status()).isEqualTo(201);
        var begins = Instant.now().plusSeconds(12).truncatedTo(ChronoUnit.MILLIS);
        TallyServer.get()
                .as("operator")
                .put(
                        "/v1/policies/title/" + title,
                        "{\"settings\":{\"maxDownloadsPerTitlePerYear\":2},\"validFrom\":\"%s\"}"
                                .formatted(begins));
        assertThat(onSecondNode("second", title, "tablet").status()).isEqualTo(201);
        await().atMost(Duration.ofSeconds(15)).until(() -> Instant.now().isAfter(begins));

        assertThat(onSecondNode("third", title, "tv").problem()).isEqualTo("denied");
        assertThat(anna.acquire(title, "tv", PLAN).problem()).isEqualTo("denied");
    }

    private Client.Answer onSecondNode(String key, String title, String device) {
        return onSecondNode(anna, key, title, device);
    }

    private static Client.Answer onSecondNode(
            Customer customer, String key, String title, String device) {
        return new Client(secondNode.url(), TallyServer.get().tokens())
                .as("edge")
                .with("Idempotency-Key", key)
                .post(customer.path("/licenses"), Customer.request(title, device, PLAN));
    }

    private static List<Integer> atOnce(IntFunction<Client.Answer> call) throws Exception {
        return atOnce(THREADS, call);
    }

    private static List<Integer> atOnce(int count, IntFunction<Client.Answer> call)
            throws Exception {
        var start = new CyclicBarrier(count);
        try (var threads = Executors.newFixedThreadPool(count)) {
            var calls =
                    IntStream.range(0, count)
                            .mapToObj(
                                    i ->
                                            (Callable<Integer>)
                                                    () -> {
                                                        start.await();
                                                        return call.apply(i).status();
                                                    })
                            .toList();
            var statuses = new ArrayList<Integer>();
            for (var status : threads.invokeAll(calls)) {
                statuses.add(status.get());
            }
            return statuses;
        }
    }
}
