package dev.tally.bench;

import java.time.Duration;
import java.util.List;

/**
 * How long a benchmark takes and how much it does. The three settings differ in nothing else.
 *
 * @param warmUp how long the server is warmed up before the first measurement
 * @param phase how long each measurement takes
 * @param rounds number of rounds, of which the median counts
 * @param customers number of customers of the load; each run of a ceiling takes as many others
 * @param sampleCustomers number of customers whose days are stored to measure the size of an event
 * @param longest number of events of the longest history
 * @param databaseSizes numbers of events in the database at which an acquire is timed
 */
record Settings(
        String name,
        Duration warmUp,
        Duration phase,
        int rounds,
        int customers,
        int sampleCustomers,
        int longest,
        List<Long> databaseSizes) {

    /** Runs every part once, to show that it works. Its figures mean nothing. */
    static final Settings SMOKE =
            new Settings(
                    "smoke",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    1,
                    64,
                    20,
                    1_000,
                    List.of(10_000L));

    static final Settings QUICK =
            new Settings(
                    "quick",
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(4),
                    2,
                    3_000,
                    2_000,
                    100_000,
                    List.of(10_000L, 100_000L));

    static final Settings FULL =
            new Settings(
                    "full",
                    Duration.ofSeconds(90),
                    Duration.ofSeconds(15),
                    3,
                    16_000,
                    20_000,
                    100_000,
                    List.of(10_000L, 1_000_000L, 10_000_000L));

    static Settings named(String name) {
        return switch (name) {
            case "smoke" -> SMOKE;
            case "quick" -> QUICK;
            case "full" -> FULL;
            default ->
                    throw new IllegalArgumentException(
                            "-Dbench must be smoke, quick, full, move, promises or feed, not "
                                    + name);
        };
    }
}
