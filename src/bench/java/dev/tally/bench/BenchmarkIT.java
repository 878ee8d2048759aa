package dev.tally.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The benchmark runs from its beginning to its end. This test does not check how fast anything is.
 */
class BenchmarkIT {

    @Test
    void partitions_are_moved_in_every_way() throws Exception {
        var folder = Path.of("target/bench-smoke/move");

        var report = MoveBenchmark.run(2_000, Duration.ofMillis(500), folder);

        assertThat(report.page())
                .contains("| the job: batches", "| one COPY with FREEZE", "| SET TABLESPACE");
    }

    @Test
    void promises_are_measured_without_a_database() throws Exception {
        var folder = Path.of("target/bench-smoke/promises");

        var report = PromiseBenchmark.run(Duration.ofSeconds(1), Duration.ofSeconds(1), folder);

        assertThat(report.page()).contains("| as fast as answers come", "p99 at 1,000 a second");
    }

    @Test
    void the_feed_is_measured() throws Exception {
        var folder = Path.of("target/bench-smoke/feed");

        var report = FeedBenchmark.run(5_000, Duration.ofSeconds(1), folder);

        assertThat(report.page()).contains("events a second to one reader");
    }

    @Test
    void looking_at_histories_is_measured() throws Exception {
        var folder = Path.of("target/bench-smoke/timeline");

        var report = TimelineBenchmark.run(TimelineBenchmark.Size.SMOKE, folder);

        assertThat(report.page())
                .contains("search of an id, p99", "lines a second", "acquires beside a simulation");
    }

    @Test
    void every_part_of_the_benchmark_runs() throws Exception {
        var folder = Path.of("target/bench-smoke");

        Benchmark.run(Settings.SMOKE, folder);

        assertThat(folder.resolve("report.md"))
                .content()
                .contains("fsync on", "full_page_writes on", "One hot customer");
        var figures = JsonMapper.shared().readTree(Files.readString(folder.resolve("report.json")));
        assertThat(figures.propertyNames())
                .contains(
                        "acquire",
                        "processes",
                        "acquire at half load",
                        "reads",
                        "running methods",
                        "store",
                        "bytes",
                        "reading again",
                        "growth of a customer",
                        "growth of the database");
        figures.get("acquire")
                .forEach(row -> assertThat(row.get("a second").doubleValue()).isPositive());
    }
}
