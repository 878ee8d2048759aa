package dev.tally.bench;

import java.time.Duration;
import java.util.List;

/**
 * How long and how much. The three differ in nothing else.
 *
 * @param warmUp of the server before anything is measured
 * @param phase each measurement
 * @param rounds of which the median counts; what is compared takes turns
 * @param customers of the load; each ceiling run takes as many of its own
 * @param sampleCustomers whose days are laid down to weigh an event
 * @param longest events of the longest history
 * @param databaseSizes events in the database at which an acquire is timed
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

    /** Every part once: shows that it works, and no figure that means anything. */
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
                            "-Dbench must be smoke, quick, full or move, not " + name);
        };
    }
}
