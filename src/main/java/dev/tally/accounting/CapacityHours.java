package dev.tally.accounting;

import dev.tally.eventstore.FeedEvent;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts commands and events by kind and hour, for view {@code capacity_hour}. A command that was
 * denied stores no event: a count of denials would be another column of the view, read from where
 * denials are kept.
 */
final class CapacityHours implements Projection {

    private static final String ADD =
            """
            insert into tally.capacity_count as c (build, hour, event, commands, events)
            select ?, k.* from unnest(?::timestamptz[], ?::text[], ?::int4[], ?::int4[]) as k
            on conflict (build, hour, event) do update
            set commands = c.commands + excluded.commands, events = c.events + excluded.events
            """;

    /** Hour and name of an event without its version. */
    record Kind(Instant hour, String event) {}

    /** Numbers of commands that such an event was the first of, and of such events. */
    record Counts(int commands, int events) {

        private Counts plus(Counts more) {
            return new Counts(commands + more.commands, events + more.events);
        }
    }

    @Override
    public String name() {
        return "capacity";
    }

    /** Counts events by kind, in the order in which rows are written. */
    static SortedMap<Kind, Counts> counted(List<FeedEvent> events) {
        var counted =
                new TreeMap<Kind, Counts>(
                        Comparator.comparing(Kind::hour).thenComparing(Kind::event));
        for (var event : events) {
            var stored = event.event().recorded();
            var kind =
                    new Kind(
                            stored.at().truncatedTo(ChronoUnit.HOURS),
                            stored.event().getClass().getSimpleName());
            var begins = stored.command() == null ? 0 : 1;
            counted.merge(kind, new Counts(begins, 1), Counts::plus);
        }
        return counted;
    }

    @Override
    public void count(Connection connection, long build, boolean isServing, List<FeedEvent> events)
            throws SQLException {
        var rows = new Columns("timestamptz", "text", "int4", "int4");
        counted(events)
                .forEach(
                        (kind, counts) ->
                                rows.add(
                                        kind.hour(),
                                        kind.event(),
                                        counts.commands(),
                                        counts.events()));
        rows.write(connection, ADD, build);
    }

    @Override
    public boolean settle(Connection connection, long build, Instant countedUntil) {
        return false;
    }

    @Override
    public boolean forget(Connection connection, long build, int mostRows) throws SQLException {
        return Rows.delete(connection, "capacity_count", build, mostRows);
    }
}
