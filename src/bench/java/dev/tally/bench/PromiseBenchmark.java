package dev.tally.bench;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures how fast a node promises licenses while its database is stopped, over HTTP, each promise
 * on the disk before it is answered.
 */
final class PromiseBenchmark {

    static final Duration WARM_UP = Duration.ofSeconds(60);
    static final Duration PHASE = Duration.ofSeconds(10);

    /** Promises a second that a node is to make on two cores, and the time of 99 in 100 of them. */
    private static final int RATE = 1_000;

    private static final int MILLIS = 20;
    private static final int ROUNDS = 3;
    private static final int CONNECTIONS = SystemUnderTest.CONNECTIONS;
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 20);

    private final SystemUnderTest system;
    private final Report report = new Report();
    private final AtomicLong customers = new AtomicLong();

    private PromiseBenchmark(SystemUnderTest system) {
        this.system = system;
    }

    static Report run(Duration warmUp, Duration phase, Path folder)
            throws IOException, SQLException, InterruptedException {
        try (var home = TestFolder.in(folder);
                var system = new SystemUnderTest(home.path())) {
            var benchmark = new PromiseBenchmark(system);
            benchmark.run(warmUp, phase);
            benchmark.report.store(folder);
            home.passed();
            return benchmark.report;
        }
    }

    private void run(Duration warmUp, Duration phase)
            throws IOException, SQLException, InterruptedException {
        try (var owner = system.database().connect(Role.TALLY_OWNER)) {
            CATALOGUE.load(owner);
        }
        system.startServer();
        system.awaitCatalogueCopy();
        system.stopDatabase();
        report.title("Promises while the database is stopped");
        report.say(Machine.describe(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
        system.load("edge", SystemUnderTest.WARM_UP_CONNECTIONS).warmUp(warmUp, this::nextAcquire);

        var edge = system.load("edge", CONNECTIONS);
        var most = new Series("as fast as answers come");
        var even = new Series("%,d a second".formatted(RATE));
        var steadiness = new ArrayList<Steadiness>();
        var processor = Duration.ZERO;
        for (int round = 0; round < ROUNDS; round++) {
            var before = processor();
            most.add(edge.saturate(phase, this::nextAcquire));
            processor = processor.plus(processor().minus(before));
            try (var watch = Steadiness.watching()) {
                even.add(edge.atRate(RATE, phase, this::nextAcquire));
                steadiness.add(watch);
            }
        }
        report.section("Promised licenses, %d connections".formatted(CONNECTIONS));
        report.say(
                "Of customers whom the node does not know. Latency at a rate counts from when a"
                        + " request was due. Median of %d rounds of %d s."
                                .formatted(ROUNDS, phase.toSeconds()));
        report.table("promises", Series.HEAD, List.of(most.row(most), even.row(most)));
        report.say(
                "Processor time of the server for each promise: %,.0f µs."
                        .formatted(processor.toNanos() / 1e3 / most.count()));
        report.say(Steadiness.describe(steadiness));
        report.atLeast(RATE, "promises a second", most.perSecond());
        report.atMost(MILLIS, "p99 at %,d a second, ms".formatted(RATE), even.millisAt(99));
        whereTheTimeGoes(edge, phase);
    }

    private void whereTheTimeGoes(HttpLoad edge, Duration phase)
            throws IOException, InterruptedException {
        var profile = new Profile(system.jvm(), system.home());
        profile.start();
        edge.atRate(RATE, phase, this::nextAcquire);
        profile.stop().addTo(report);
    }

    private Duration processor() {
        return system.jvm().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private Call nextAcquire(long ignored) {
        var number = customers.incrementAndGet();
        return Benchmark.acquire(number, (int) (number % CATALOGUE.titles().size()));
    }
}
