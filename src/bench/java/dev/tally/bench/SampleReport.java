package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Loads samples into a database of its own and prints what they cost: the rate of loading, the
 * bytes of an event, and the rates of replaying. It is started by hand, and its first argument is
 * the number of customers.
 */
final class SampleReport {

    private static final Instant FROM = Instant.parse("2024-11-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant DAY = Instant.parse("2026-11-03T00:00:00Z");
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 20);
    private static final int MANY = 100_000;

    private SampleReport() {}

    @SuppressWarnings("SystemOut") // a report for whoever started it
    public static void main(String[] arguments) throws Exception {
        var customers = Integer.parseInt(arguments[0]);
        try (var home = TestFolder.in(Path.of("target/bench"))) {
            report(customers, home.path());
            home.passed();
        }
    }

    @SuppressWarnings("SystemOut") // a report for whoever started it
    private static void report(int customers, Path home) throws Exception {
        try (var day = Database.embedded(Files.createDirectory(home.resolve("day")), 0)) {
            var sample = new SampleHistory(day.migrated(), 1);
            sample.prepare(CATALOGUE, DAY, DAY);
            System.out.println(
                    sample.customers(1_000_000, customers, new SampleDay(CATALOGUE, DAY)));
            try (var superuser = day.connect(Role.POSTGRES)) {
                System.out.println("A sample day: " + Cost.ofEventsInOrderOfTime(superuser));
            }
        }
        try (var years = Database.embedded(Files.createDirectory(home.resolve("years")), 0);
                var stores = SampleHistory.coldNode(years.migrated());
                var superuser = years.connect(Role.POSTGRES)) {
            var sample = new SampleHistory(years, 1);
            sample.prepare(CATALOGUE, FROM, TO);
            var loaded =
                    sample.customers(1_000_000, customers, new UsualStory(CATALOGUE, FROM, TO));
            System.out.printf("%s: %,.0f events a second%n", loaded, loaded.eventsPerSecond());
            System.out.println("Two years: " + Cost.ofEventsInOrderOfTime(superuser));
            System.out.printf(
                    "Decoding: %,.0f events a second%n", Replay.fromMemory(superuser, MANY));
            System.out.println(
                    sample.customers(9_000_000, 1, new LongStory(CATALOGUE, FROM, TO, MANY)));
            sample.settle();
            System.out.printf(
                    "Replay: %,.0f events a second%n", Replay.fromTheStore(stores, "9000000"));
        }
    }
}
