package dev.tally.bench.micro;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Runs the benchmarks of this package: {@code mvn -Pbench -Dbench=micro}, or some of them with
 * {@code -Dmicro=Decide}.
 */
public final class Micro {

    private static final Path RESULTS = Path.of("target/bench");

    private static final int FORKS = 1;
    private static final int WARMUPS = 6;
    private static final int ITERATIONS = 4;
    private static final TimeValue TIME = TimeValue.seconds(1);

    private Micro() {}

    /**
     * Runs some benchmarks and stores their results.
     *
     * @param name part of the names of the benchmarks to run, as a regular expression
     */
    public static void run(String name) throws RunnerException, IOException {
        Files.createDirectories(RESULTS);
        var options =
                new OptionsBuilder()
                        .include("\\.micro\\..*" + name)
                        .forks(FORKS)
                        .threads(1)
                        .warmupIterations(WARMUPS)
                        .warmupTime(TIME)
                        .measurementIterations(ITERATIONS)
                        .measurementTime(TIME)
                        .timeUnit(TimeUnit.SECONDS)
                        .addProfiler(GCProfiler.class)
                        .addProfiler(CpuTime.class)
                        .jvmArgsAppend("-Xms1g", "-Xmx1g", "--enable-native-access=ALL-UNNAMED")
                        .shouldFailOnError(true)
                        .build();
        var results = new Runner(options).run();
        write(results, ResultFormatType.TEXT, "micro.txt");
        write(results, ResultFormatType.JSON, "micro.json");
        Files.writeString(RESULTS.resolve("micro.md"), table(results));
    }

    private static void write(Collection<RunResult> results, ResultFormatType type, String file)
            throws IOException {
        try (var out = new PrintStream(RESULTS.resolve(file).toFile(), StandardCharsets.UTF_8)) {
            ResultFormatFactory.getInstance(type, out).writeOut(results);
        }
    }

    /** The results as a Markdown table, with the cost of one operation. */
    private static String table(Collection<RunResult> results) {
        var rows = results.stream().map(Micro::row).collect(Collectors.joining());
        return """
        | benchmark | operations/s | µs | µs of processor | bytes |
        | --- | ---: | ---: | ---: | ---: |
        """
                + rows;
    }

    private static String row(RunResult result) {
        var primary = result.getPrimaryResult();
        var parameters = result.getParams();
        var name = parameters.getBenchmark().replaceFirst(".*\\.micro\\.", "");
        var of =
                parameters.getParamsKeys().stream()
                        .map(parameters::getParam)
                        .collect(Collectors.joining(" "));
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f | %.3f | %.3f | %,.0f |%n",
                (name + " " + of).strip(),
                primary.getScore(),
                1e6 / primary.getScore(),
                secondary(result, CpuTime.MICROSECONDS),
                secondary(result, "gc.alloc.rate.norm"));
    }

    private static double secondary(RunResult result, String name) {
        return result.getSecondaryResults().get(name).getScore();
    }
}
