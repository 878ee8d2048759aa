package dev.tally.accounting;

import dev.tally.eventstore.FeedEvent;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts how the titles of studios are used, by day. A month is closed once everything that was
 * stored until {@link #CLOSES_AFTER} past its end has been counted; its figures then never change.
 */
final class StudioUsage implements Projection {

    /** Name of the projection. */
    static final String NAME = "studio-usage";

    /**
     * Time past a month's end after which it is closed. A command is stored seconds after its time
     * at most, and clocks of nodes differ by less than minutes.
     */
    static final Duration CLOSES_AFTER = Duration.ofHours(1);

    /** Days for which an ended download is known, so that a play that is reported late counts. */
    static final int DOWNLOAD_KNOWN_DAYS = 400;

    /** Days for which an ended stream is known. */
    static final int STREAM_KNOWN_DAYS = 8;

    /** Ended licenses that one transaction deletes. */
    static final int MOST_ENDED = 5_000;

    /** Day that nothing was stored before. */
    private static final LocalDate BEGINNING = LocalDate.of(2000, 1, 1);

    private static final String KNOWN =
            """
            select l.customer_id, l.license_id, l.seq, l.studio_id, l.title_id, l.license_type,
                   l.rental_ends_at, l.playback_millis, l.confirm_by, l.first_played_at, l.acted_at,
                   l.ends_on
            from unnest(?::text[], ?::text[]) as named (customer_id, license_id)
            join tally.usage_license l
                on l.build = ? and l.customer_id = named.customer_id
                and l.license_id = named.license_id
            """;

    private static final String KEEP =
            """
            insert into tally.usage_license
                (build, customer_id, license_id, seq, studio_id, title_id, license_type,
                 rental_ends_at, playback_millis, confirm_by, first_played_at, acted_at, ends_on)
            select ?, l.* from unnest(
                ?::text[], ?::text[], ?::int4[], ?::text[], ?::text[], ?::text[],
                ?::timestamptz[], ?::int8[], ?::timestamptz[], ?::timestamptz[],
                ?::timestamptz[], ?::date[]) as l
            on conflict (build, customer_id, license_id) do update set
                seq = excluded.seq, studio_id = excluded.studio_id, title_id = excluded.title_id,
                license_type = excluded.license_type, rental_ends_at = excluded.rental_ends_at,
                playback_millis = excluded.playback_millis, confirm_by = excluded.confirm_by,
                first_played_at = excluded.first_played_at, acted_at = excluded.acted_at,
                ends_on = excluded.ends_on
            """;

    private static final String ADD =
            """
            insert into tally.studio_usage as u
                (build, studio_id, day, title_id, license_type, acquired, ended, renewed, released,
                 revoked, plays, over_limit)
            select ?, d.* from unnest(
                ?::text[], ?::date[], ?::text[], ?::text[], ?::int4[], ?::int4[], ?::int4[],
                ?::int4[], ?::int4[], ?::int4[], ?::int4[]) as d
            on conflict (build, studio_id, day, title_id, license_type) do update set
                acquired = u.acquired + excluded.acquired, ended = u.ended + excluded.ended,
                renewed = u.renewed + excluded.renewed, released = u.released + excluded.released,
                revoked = u.revoked + excluded.revoked, plays = u.plays + excluded.plays,
                over_limit = u.over_limit + excluded.over_limit
            """;

    private static final String CLOSE =
            """
            insert into tally.studio_usage_closed
                (studio_id, day, title_id, license_type, acquired, active, renewed, released,
                 revoked, plays, over_limit)
            select d.studio_id, d.day, d.title_id, d.license_type, d.acquired, d.active, d.renewed,
                   d.released, d.revoked, d.plays, d.over_limit
            from (%s) as d
            where (d.acquired, d.active, d.renewed, d.released, d.revoked, d.plays, d.over_limit)
                    <> (0, 0, 0, 0, 0, 0, 0)
                or d.changed <> 0
            """
                    .formatted(UsageQuery.days("?::bigint", "true", "?::date", "?::date"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void count(Connection connection, long build, boolean isServing, List<FeedEvent> events)
            throws SQLException {
        if (events.isEmpty()) return;
        // A new build reads what closed months were counted from, and only sums it up.
        var openFrom = isServing ? openFrom(connection) : BEGINNING;
        var fold = new UsageFold(openFrom, known(connection, build, UsageFold.named(events)));
        for (var event : events) fold.add(event);
        keep(connection, build, fold.changed());
        add(connection, build, fold.counts());
    }

    /** First day that is not closed. */
    private static LocalDate openFrom(Connection connection) throws SQLException {
        try (var query =
                        connection.prepareStatement(
                                "select max(month) from tally.studio_usage_month");
                var row = query.executeQuery()) {
            row.next();
            var last = row.getObject(1, LocalDate.class);
            return last == null ? BEGINNING : last.plusMonths(1);
        }
    }

    private static Map<LicenseKey, UsedLicense> known(
            Connection connection, long build, Set<LicenseKey> named) throws SQLException {
        if (named.isEmpty()) return Map.of();
        var keys = new Columns("text", "text");
        for (var key : named) keys.add(key.customer(), key.license());
        try (var query = connection.prepareStatement(KNOWN)) {
            keys.set(query, 1);
            query.setLong(3, build);
            try (var rows = query.executeQuery()) {
                var known = new HashMap<LicenseKey, UsedLicense>();
                while (rows.next()) {
                    known.put(new LicenseKey(rows.getString(1), rows.getString(2)), license(rows));
                }
                return known;
            }
        }
    }

    private static UsedLicense license(ResultSet row) throws SQLException {
        var playback = row.getObject(8, Long.class);
        return new UsedLicense(
                row.getInt(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                Build.time(row, 7),
                playback == null ? null : Duration.ofMillis(playback),
                Build.time(row, 9),
                Build.time(row, 10),
                Build.time(row, 11),
                row.getObject(12, LocalDate.class));
    }

    private static void keep(
            Connection connection, long build, Map<LicenseKey, UsedLicense> licenses)
            throws SQLException {
        var rows =
                new Columns(
                        "text",
                        "text",
                        "int4",
                        "text",
                        "text",
                        "text",
                        "timestamptz",
                        "int8",
                        "timestamptz",
                        "timestamptz",
                        "timestamptz",
                        "date");
        licenses.forEach(
                (key, license) ->
                        rows.add(
                                key.customer(),
                                key.license(),
                                license.seq(),
                                license.studio(),
                                license.title(),
                                license.type(),
                                license.rentalEndsAt(),
                                license.playback() == null ? null : license.playback().toMillis(),
                                license.confirmBy(),
                                license.firstPlayedAt(),
                                license.actedAt(),
                                license.endsOn()));
        rows.write(connection, KEEP, build);
    }

    private static void add(Connection connection, long build, Map<UsageDay, UsageCounts> counts)
            throws SQLException {
        var rows =
                new Columns(
                        "text", "date", "text", "text", "int4", "int4", "int4", "int4", "int4",
                        "int4", "int4");
        counts.forEach(
                (day, count) ->
                        rows.add(
                                day.studio(),
                                day.day(),
                                day.title(),
                                day.type(),
                                count.acquired(),
                                count.ended(),
                                count.renewed(),
                                count.released(),
                                count.revoked(),
                                count.plays(),
                                count.overLimit()));
        rows.write(connection, ADD, build);
    }

    /** Closes the next month that is over, or forgets licenses that ended long ago. */
    @Override
    public boolean settle(Connection connection, long build, Instant countedUntil)
            throws SQLException {
        var over =
                countedUntil
                        .minus(CLOSES_AFTER)
                        .atZone(ZoneOffset.UTC)
                        .toLocalDate()
                        .withDayOfMonth(1);
        var next = nextToClose(connection, build, over);
        if (next.isBefore(over)) {
            close(connection, build, next);
            return true;
        }
        return forgetEnded(connection, build, over);
    }

    /** The month after the last that is closed; without one, that of the oldest counts. */
    private static LocalDate nextToClose(Connection connection, long build, LocalDate over)
            throws SQLException {
        var openFrom = openFrom(connection);
        if (!openFrom.equals(BEGINNING)) return openFrom;
        try (var query =
                connection.prepareStatement(
                        "select min(day) from tally.studio_usage where build = ?")) {
            query.setLong(1, build);
            try (var row = query.executeQuery()) {
                row.next();
                var first = row.getObject(1, LocalDate.class);
                var last = over.minusMonths(1);
                return first == null || first.isAfter(last) ? last : first.withDayOfMonth(1);
            }
        }
    }

    private static void close(Connection connection, long build, LocalDate month)
            throws SQLException {
        try (var close = connection.prepareStatement(CLOSE);
                var note =
                        connection.prepareStatement(
                                "insert into tally.studio_usage_month (month) values (?)")) {
            close.setObject(1, month);
            close.setObject(2, month.plusMonths(1).minusDays(1));
            close.setLong(3, build);
            close.executeUpdate();
            note.setObject(1, month);
            note.executeUpdate();
        }
    }

    private static boolean forgetEnded(Connection connection, long build, LocalDate over)
            throws SQLException {
        return forgetEnded(connection, build, "DOWNLOAD", over.minusDays(DOWNLOAD_KNOWN_DAYS))
                || forgetEnded(connection, build, "STREAMING", over.minusDays(STREAM_KNOWN_DAYS));
    }

    private static boolean forgetEnded(
            Connection connection, long build, String type, LocalDate endedBefore)
            throws SQLException {
        try (var delete =
                connection.prepareStatement(
                        """
                        delete from tally.usage_license where ctid = any (array(
                            select ctid from tally.usage_license
                            where build = ? and license_type = ? and ends_on < ?
                            limit ?))
                        """)) {
            delete.setLong(1, build);
            delete.setString(2, type);
            delete.setObject(3, endedBefore);
            delete.setInt(4, MOST_ENDED);
            return delete.executeUpdate() == MOST_ENDED;
        }
    }

    @Override
    public boolean forget(Connection connection, long build, int mostRows) throws SQLException {
        return Rows.delete(connection, "studio_usage", build, mostRows)
                || Rows.delete(connection, "usage_license", build, mostRows);
    }
}
