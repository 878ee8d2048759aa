package dev.tally.bench;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.local.TestFolder;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Measures how fast one reader gets the feed of all customers, as lines over HTTP. */
final class FeedBenchmark {

    static final long EVENTS = 600_000;
    static final Duration WARM_UP = Duration.ofSeconds(30);

    /** Events a second that one reader is to get on two cores. */
    private static final int RATE = 20_000;

    /** Licenses acquired a second while others read. */
    private static final int ACQUIRES = 200;

    private static final int ROUNDS = 3;
    private static final long SEED = 42;
    private static final long FIRST_CUSTOMER = 20_000_000;
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 40);

    private final SystemUnderTest system;
    private final Report report = new Report();
    private final AtomicLong customers = new AtomicLong();

    private FeedBenchmark(SystemUnderTest system) {
        this.system = system;
    }

    static Report run(long events, Duration warmUp, Path folder)
            throws IOException, SQLException, InterruptedException {
        try (var home = TestFolder.in(folder);
                var system = new SystemUnderTest(home.path())) {
            var benchmark = new FeedBenchmark(system);
            benchmark.run(events, warmUp);
            benchmark.report.store(folder);
            home.passed();
            return benchmark.report;
        }
    }

    private void run(long events, Duration warmUp)
            throws IOException, SQLException, InterruptedException {
        var history = new SampleHistory(system.database(), SEED);
        var day = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(1, ChronoUnit.DAYS);
        history.prepare(CATALOGUE, day, Instant.now());
        history.events(FIRST_CUSTOMER, events, new SampleDay(CATALOGUE, day));
        history.asIfStoredInTime();
        history.settle();
        system.startServer();
        report.title("The feed of all customers");
        report.say(Machine.describe(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
        system.load("edge", SystemUnderTest.WARM_UP_CONNECTIONS).warmUp(warmUp, this::nextAcquire);
        read();

        var rows = new ArrayList<List<Object>>();
        var alone = fastest("nothing else", rows);
        var load =
                CompletableFuture.supplyAsync(
                        () ->
                                system.load("edge", 4)
                                        .atRate(
                                                ACQUIRES,
                                                Duration.ofMinutes(1),
                                                this::nextAcquire));
        fastest("%d licenses acquired a second".formatted(ACQUIRES), rows);
        load.join();
        report.section("One reader, from the beginning to the end");
        report.say(
                "Lines over HTTP, each event in CloudEvents' envelope, of " + ROUNDS + " rounds.");
        report.table("feed", List.of("meanwhile", "events", "events a second"), rows);
        report.atLeast(RATE, "events a second to one reader", alone);
    }

    /** The middle of some rounds. */
    private double fastest(String meanwhile, List<List<Object>> rows)
            throws IOException, InterruptedException {
        var rates = new ArrayList<Double>();
        long events = 0;
        for (int round = 0; round < ROUNDS; round++) {
            var began = System.nanoTime();
            events = read();
            rates.add(events / ((System.nanoTime() - began) / 1e9));
        }
        rates.sort(null);
        var middle = rates.get(ROUNDS / 2);
        rows.add(List.of(meanwhile, events, middle));
        return middle;
    }

    /** Reads the feed to its end; returns the number of its events. */
    private long read() throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(system.url() + "/v1/events"))
                        .header("Accept", "application/x-ndjson")
                        .header("Authorization", "Bearer " + system.token("reader"))
                        .build();
        try (var client = HttpClient.newHttpClient();
                var lines = client.send(request, BodyHandlers.ofLines()).body()) {
            return lines.count() - 1;
        }
    }

    private Call nextAcquire(long ignored) {
        var number = customers.incrementAndGet();
        return Benchmark.acquire(number, (int) (number % CATALOGUE.titles().size()));
    }
}
