package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.bench.Catalogue;
import dev.tally.faults.Crowd.Manner;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;
import dev.tally.local.TestFolder;
import dev.tally.system.Client;
import dev.tally.system.RawClient.Answer;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * More is asked of a node than it can answer. What is too much is refused soon, and costs neither
 * probes nor memory nor those who ask later.
 */
class OverloadIT {

    private static final Logger LOG = Logger.getLogger(OverloadIT.class.getName());

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration WARM_UP = Duration.ofSeconds(12);
    private static final Duration CALM = Duration.ofSeconds(4);
    private static final Duration STORM = Duration.ofSeconds(15);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final int CLIENTS = 500;
    private static final int OF_ONE_CUSTOMER = 64;
    private static final int OTHERS = 4;

    /**
     * Longest time to an answer. A request waits for two seconds, and is then at work; the rest is
     * for a busy machine, which clients and server share.
     */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /**
     * Longest time to the answer of a probe, which on a busy machine includes that of this process.
     * A single probe may take longer than an orchestrator waits.
     */
    private static final Duration PROBE = Duration.ofSeconds(2);

    private static final Duration RECOVERY = Duration.ofSeconds(10);

    /** Memory of 500 connections, and of the threads that serve them. */
    private static final long MORE_BYTES = 150_000_000;

    /** Members who get their answers within this time, as promised to all, are not harmed. */
    private static final Duration USUAL = Duration.ofMillis(500);

    /** What a client may be told: a decision, a promise, or to come again. */
    private static final Set<String> ANSWERED =
            Set.of(
                    "200",
                    "201",
                    "200 promised",
                    "201 promised",
                    "409 renewal-denied",
                    "503 unavailable",
                    "503 overloaded");

    private static final Catalogue CATALOGUE = Catalogue.of(100, 1);
    private static final String TITLE = CATALOGUE.titles().getFirst().id().value();
    private static final Pattern LICENSE = Pattern.compile("\"licenseId\":\"(\\w+)\"");

    private static final String NO_LIMITS =
            """
            {"settings":{"maxDownloadDevices":null,"maxActiveDownloadsPerDevice":null,
                "maxDownloadsPerTitlePerYear":null}}
            """;

    private static final AtomicLong CUSTOMERS = new AtomicLong();

    private static TestFolder home;
    private static Installation installation;
    private static Liberty server;
    private static String edge;

    @BeforeAll
    static void start() throws Exception {
        home = TestFolder.in(Path.of("target/faults"));
        installation = Installation.embedded(home.path(), 0);
        installation.database().migrated();
        try (var owner = installation.database().connect(Role.TALLY_OWNER)) {
            CATALOGUE.load(owner);
        }
        server = installation.start(Node.named("crowded").with(Node.SHIPPED_JVM));
        edge = installation.tokens().of("edge");
        var studio = CATALOGUE.titles().getFirst().studio();
        var policy = as("operator").put("/v1/policies/studio/" + studio, NO_LIMITS);
        assertThat(policy.status()).as(policy.body()).isEqualTo(201);
        try (var warming = new Crowd(server.url(), 8, Manner.RUDE, OverloadIT::ofNewCustomer)) {
            pass(WARM_UP);
            say("warming up", warming.take());
        }
    }

    private static Client as(String role) {
        return new Client(server.url(), installation.tokens()).as(role);
    }

    @AfterAll
    static void stop() throws IOException {
        installation.close();
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    private static byte[] ofNewCustomer(int client, Answer last) {
        return Crowd.acquire(edge, "crowd-" + CUSTOMERS.incrementAndGet(), TITLE);
    }

    @Test
    void five_hundred_clients_at_once_are_answered_or_refused_soon() throws Exception {
        try (var others = others();
                var watch = new Watch(server)) {
            var before = calm(others);
            watch.begin();
            Map<String, Histogram> answers;
            try (var crowd =
                    new Crowd(server.url(), CLIENTS, Manner.RUDE, OverloadIT::ofNewCustomer)) {
                pass(STORM);
                answers = crowd.take();
            }
            var since = System.nanoTime();
            var meanwhile = others.take();
            say("500 clients", answers);
            say("others meanwhile", meanwhile);
            LOG.info(watch::toString);
            await().atMost(RECOVERY)
                    .pollInterval(SECOND)
                    .until(() -> isUsual(all(others.take()), before));
            LOG.info("normal after %.1f s".formatted((System.nanoTime() - since) / 1e9));

            assertThat(answers.keySet()).contains("201").isSubsetOf(ANSWERED);
            assertThat(at(99, all(answers))).isLessThan(ANSWER);
            assertThat(watch.slowestProbe()).isLessThan(PROBE);
            assertThat(watch.mostLateInARow()).isLessThanOrEqualTo(1);
            assertThat(watch.oldestFile()).isLessThan(LIMIT);
            assertThat(watch.moreBytes()).isLessThan(MORE_BYTES);
        }
    }

    @Test
    void a_customer_with_sixty_four_clients_harms_no_other() {
        try (var others = others()) {
            var before = calm(others);
            Map<String, Histogram> answers;
            try (var crowd =
                    new Crowd(server.url(), OF_ONE_CUSTOMER, Manner.POLITE, OverloadIT::ofOne)) {
                pass(STORM);
                answers = crowd.take();
            }
            var meanwhile = others.take();
            say("one customer", answers);
            say("others before", Map.of("all", before));
            say("others meanwhile", meanwhile);

            assertThat(answers.keySet()).contains("200", "201").isSubsetOf(ANSWERED);
            var decided = all(answers);
            assertThat(at(99, decided)).isLessThan(at(50, decided).multipliedBy(10));
            assertThat(meanwhile.keySet()).isSubsetOf("201", "201 promised");
            assertThat(isUsual(all(meanwhile), before)).isTrue();
        }
    }

    /** Acquires, renews and releases a license, by turns, of one customer for all clients. */
    private static byte[] ofOne(int client, Answer last) {
        var path = "/v1/customers/many-clients/licenses";
        var license = last == null ? null : LICENSE.matcher(last.body());
        if (license == null || !license.find() || last.body().contains("RELEASED")) {
            return Crowd.acquire(edge, "many-clients", "title-%04d".formatted(client));
        }
        var next = last.status() == 201 ? "/renewals" : "/release";
        return Crowd.post(path + "/" + license.group(1) + next, edge, "");
    }

    private static Crowd others() {
        return new Crowd(server.url(), OTHERS, Manner.POLITE, OverloadIT::ofNewCustomer);
    }

    /** Times of the answers while nothing else goes on. */
    private static Histogram calm(Crowd others) {
        pass(SECOND);
        others.take();
        pass(CALM);
        var times = others.take();
        say("nothing else", times);
        return all(times);
    }

    private static boolean isUsual(Histogram times, Histogram before) {
        var doubled = at(99, before).multipliedBy(2);
        var limit = doubled.compareTo(USUAL) < 0 ? USUAL : doubled;
        return times.getTotalCount() > OTHERS && at(99, times).compareTo(limit) < 0;
    }

    private static void pass(Duration time) {
        var since = System.nanoTime();
        await().atMost(LIMIT).until(() -> System.nanoTime() - since > time.toNanos());
    }

    private static Duration at(double percentile, Histogram times) {
        return Duration.ofNanos(times.getValueAtPercentile(percentile));
    }

    private static Histogram all(Map<String, Histogram> times) {
        var all = new Histogram(Crowd.DIGITS);
        times.values().forEach(all::add);
        return all;
    }

    private static void say(String who, Map<String, Histogram> times) {
        LOG.info(
                () ->
                        times.entrySet().stream()
                                .map(result -> text(result.getKey(), result.getValue()))
                                .collect(Collectors.joining("; ", who + ": ", "")));
    }

    private static String text(String result, Histogram times) {
        return "%d × %s, median %d ms, p99 %d ms, longest %d ms"
                .formatted(
                        times.getTotalCount(),
                        result,
                        at(50, times).toMillis(),
                        at(99, times).toMillis(),
                        at(100, times).toMillis());
    }
}
