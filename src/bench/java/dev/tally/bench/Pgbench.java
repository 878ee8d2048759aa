package dev.tally.bench;

import dev.tally.bench.Script.Constant;
import dev.tally.bench.Script.Counter;
import dev.tally.bench.Script.Counters;
import dev.tally.bench.Script.Customer;
import dev.tally.bench.Script.Statement;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Runs a script with PostgreSQL's own load generator, with prepared statements and pipelines as the
 * driver uses them. It needs pgbench 14 or newer, which has pipelines.
 */
final class Pgbench implements Ceiling {

    private static final int OLDEST = 14;
    private static final int THREADS = 2;
    private static final Path FOLDER = Path.of("target", "bench");
    private static final Pattern VERSION = Pattern.compile("pgbench \\(PostgreSQL\\) (\\d+).*");
    private static final long NANOS_PER_MICRO = 1_000;

    private final Database database;

    Pgbench(Database database) {
        this.database = database;
    }

    static boolean isInstalled() {
        try {
            var version = VERSION.matcher(run(List.of("pgbench", "--version"), Map.of()).strip());
            return version.matches() && Integer.parseInt(version.group(1)) >= OLDEST;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public String name() {
        return "pgbench";
    }

    @Override
    public Measured saturate(Script script, Customers customers, Duration duration)
            throws SQLException, InterruptedException {
        return measure(script, customers, duration, List.of());
    }

    /**
     * Runs the script at this rate on average; pgbench starts transactions at random times, as a
     * Poisson process does.
     */
    @Override
    public Measured atRate(Script script, Customers customers, Duration duration, double perSecond)
            throws SQLException, InterruptedException {
        return measure(script, customers, duration, List.of("--rate", Double.toString(perSecond)));
    }

    private Measured measure(
            Script script, Customers customers, Duration duration, List<String> more)
            throws SQLException, InterruptedException {
        var before = customers.revisions(database);
        try {
            var folder = Files.createTempDirectory(Files.createDirectories(FOLDER), "pgbench-");
            var text = Text.of(script, customers);
            var file = Files.writeString(folder.resolve("script.sql"), text.sql());
            var command =
                    new ArrayList<>(
                            List.of("pgbench --no-vacuum --protocol=prepared --log".split(" ")));
            command.add("--log-prefix=" + folder.resolve("latencies"));
            command.add("--file=" + file);
            command.add("--client=" + customers.clients());
            command.add("--jobs=" + Math.min(THREADS, customers.clients()));
            command.add("--time=" + duration.toSeconds());
            command.add("--host=" + database.host());
            command.add("--port=" + database.port());
            command.add("--username=" + Role.TALLY_APP.user());
            text.variables()
                    .forEach((name, value) -> command.add("--define=" + name + "=" + value));
            command.addAll(more);
            command.add("tally");
            run(command, Map.of("PGOPTIONS", options(script)));

            var latencies = latencies(folder);
            Ceiling.requireMoved(
                    script, latencies.getTotalCount(), before, customers.revisions(database));
            return new Measured(
                    latencies.getTotalCount() / (double) duration.toSeconds(), latencies, 0, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String options(Script script) {
        return script.settings().entrySet().stream()
                .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
    }

    /**
     * Reads the latencies from the third column, in microseconds. With a rate they count from when
     * the run was due.
     */
    private static Histogram latencies(Path folder) throws IOException {
        var latencies = new Histogram(Measured.DIGITS);
        try (var logs = Files.newDirectoryStream(folder, "latencies.*")) {
            for (var log : logs) {
                try (var lines = Files.lines(log)) {
                    lines.map(line -> line.split(" ", 4)[2])
                            .forEach(
                                    micros ->
                                            latencies.recordValue(
                                                    Long.parseLong(micros) * NANOS_PER_MICRO));
                }
            }
        }
        return latencies;
    }

    private static String run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("pgbench failed: " + output);
        }
        return output;
    }

    /**
     * A script in pgbench's own language.
     *
     * @param variables set at the start; {@code n} is the number of the client's last run
     */
    record Text(String sql, Map<String, String> variables) {

        static Text of(Script script, Customers customers) {
            var counters = new StringBuilder();
            var sql = new StringBuilder();
            var variables = new LinkedHashMap<String, String>();
            variables.put("n", "-1");
            for (var trip : script.trips()) {
                if (trip.size() > 1) sql.append("\\startpipeline\n");
                for (var statement : trip) {
                    sql.append(statement(statement, counters, variables)).append(";\n");
                }
                if (trip.size() > 1) sql.append("\\endpipeline\n");
            }
            var next =
                    """
                    \\set n :n + 1
                    \\set round :n / %d
                    \\set customer %d + (:n %% %d) * %d + :client_id
                    """
                            .formatted(
                                    customers.perClient(),
                                    customers.first(),
                                    customers.perClient(),
                                    customers.clients());
            return new Text(next + counters + sql, variables);
        }

        private static String statement(
                Statement statement, StringBuilder counters, Map<String, String> variables) {
            return statement.with(
                    index ->
                            switch (statement.values().get(index)) {
                                case Customer customer -> ":customer";
                                case Constant(String text) when text == null -> "null";
                                case Constant(String text) when text.isEmpty() -> "''";
                                case Constant(String text) -> constant(text, variables);
                                case Counter counter -> counter(counter, counters);
                                case Counters(List<Counter> elements) ->
                                        elements.stream()
                                                .map(element -> counter(element, counters))
                                                .collect(Collectors.joining(",", "array[", "]"));
                            });
        }

        private static String constant(String text, Map<String, String> variables) {
            var name =
                    variables.entrySet().stream()
                            .filter(known -> Objects.equals(known.getValue(), text))
                            .map(Map.Entry::getKey)
                            .findFirst()
                            .orElse("constant" + variables.size());
            variables.put(name, text);
            return ":" + name;
        }

        private static String counter(Counter counter, StringBuilder counters) {
            var name = "counter" + counter.first() + "by" + counter.step();
            var line =
                    "\\set %s %d + %d * :round%n".formatted(name, counter.first(), counter.step());
            if (counters.indexOf(line) < 0) counters.append(line);
            return ":" + name;
        }
    }
}
