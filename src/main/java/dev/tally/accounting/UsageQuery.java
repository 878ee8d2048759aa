package dev.tally.accounting;

import dev.tally.availability.Guarded;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

/** Reads the usage of a studio's titles as the application's role, in one statement. */
@Guarded
@ApplicationScoped
public class UsageQuery {

    /** Most rows that one question reads. */
    static final int MAX_ROWS = 50_000;

    @Resource(lookup = "jdbc/tally")
    DataSource source;

    /**
     * Rows of whole months of a studio.
     *
     * @param countedUntil time before which everything is counted
     * @param openFrom first day that is not closed
     * @param rows the rows, by day; {@link #MAX_ROWS} and one more if there are too many
     */
    record Found(Instant countedUntil, LocalDate openFrom, List<UsageRow> rows) {}

    /** The text of a question; the parameters stand where they are used. */
    private static final String FIND =
            """
            with head as materialized (
                select p.build, p.counted_until,
                       coalesce(
                           cast((select max(m.month) from tally.studio_usage_month m)
                               + interval '1 month' as date),
                           date '2000-01-01') as open_from
                from tally.projection p
                where p.name = 'studio-usage' and p.state = 'SERVING'
            ),
            found as (
                select c.day, c.title_id, c.license_type, c.acquired, c.active, c.renewed,
                       c.released, c.revoked, c.plays, c.over_limit
                from tally.studio_usage_closed c
                where c.studio_id = ? and c.day >= ? and c.day <= ?
                  and (?::text is null or c.title_id = ?)
                union all
                select d.day, d.title_id, d.license_type, d.acquired, d.active, d.renewed,
                       d.released, d.revoked, d.plays, d.over_limit
                from (%s) as d
            )
            select h.counted_until, h.open_from, f.*
            from head h
            left join found f on true
            order by f.day, f.title_id, f.license_type
            limit ?
            """
                    .formatted(
                            days(
                                    "(select build from head)",
                                    "u.studio_id = ? and (?::text is null or u.title_id = ?)",
                                    "greatest(?::date, (select open_from from head))",
                                    "?::date"));

    /**
     * The text of a query for the figures of days that are counted in a build. What was active
     * before the first day is in the rows of that day.
     *
     * @param condition condition on rows {@code u} of {@code studio_usage}
     * @param first the first day
     */
    static String days(String build, String condition, String first, String last) {
        return """
        select s.studio_id, s.day, s.title_id, s.license_type,
               sum(s.acquired)::integer as acquired,
               (sum(sum(s.changed)) over (
                   partition by s.studio_id, s.title_id, s.license_type
                   order by s.day))::integer as active,
               sum(s.renewed)::integer as renewed, sum(s.released)::integer as released,
               sum(s.revoked)::integer as revoked, sum(s.plays)::integer as plays,
               sum(s.over_limit)::integer as over_limit,
               sum(s.changed) as changed
        from (
            select u.studio_id, u.title_id, u.license_type,
                   greatest(u.day, f.first) as day, u.acquired - u.ended as changed,
                   case when u.day >= f.first then u.acquired else 0 end as acquired,
                   case when u.day >= f.first then u.renewed else 0 end as renewed,
                   case when u.day >= f.first then u.released else 0 end as released,
                   case when u.day >= f.first then u.revoked else 0 end as revoked,
                   case when u.day >= f.first then u.plays else 0 end as plays,
                   case when u.day >= f.first then u.over_limit else 0 end as over_limit
            from (select %s as first, %s as last) as f
            join tally.studio_usage u
                on u.build = %s and u.day <= f.last and f.first <= f.last and %s
        ) as s
        group by s.studio_id, s.day, s.title_id, s.license_type
        """
                .formatted(first, last, build, condition);
    }

    /**
     * Reads a studio's usage.
     *
     * @param title title that is asked for; null: all
     * @return nothing if no build is served yet
     * @throws TooManyRows if more rows would be read than one question may
     */
    public Optional<Usage> find(String studio, String title, LocalDate from, LocalDate to) {
        try (var connection = source.getConnection()) {
            return find(connection, studio, title, from, to);
        } catch (SQLException e) {
            throw new IllegalStateException("The usage could not be read", e);
        }
    }

    static Optional<Usage> find(
            Connection connection, String studio, String title, LocalDate from, LocalDate to)
            throws SQLException {
        try (var query = connection.prepareStatement(FIND)) {
            // A row says what is active until the next one, so the month of the first day is read.
            setAll(query, studio, title, from.withDayOfMonth(1), to);
            try (var rows = query.executeQuery()) {
                return read(rows)
                        .map(
                                found ->
                                        Usage.of(
                                                found.rows(),
                                                studio,
                                                from,
                                                to,
                                                found.openFrom(),
                                                found.countedUntil()));
            }
        }
    }

    private static void setAll(
            PreparedStatement query, String studio, String title, LocalDate first, LocalDate last)
            throws SQLException {
        query.setString(1, studio);
        query.setObject(2, first);
        query.setObject(3, last);
        query.setString(4, title);
        query.setString(5, title);
        query.setObject(6, first);
        query.setObject(7, last);
        query.setString(8, studio);
        query.setString(9, title);
        query.setString(10, title);
        query.setInt(11, MAX_ROWS + 1);
    }

    private static Optional<Found> read(ResultSet rows) throws SQLException {
        var found = new ArrayList<UsageRow>();
        Instant until = null;
        LocalDate openFrom = null;
        while (rows.next()) {
            until = Build.time(rows, 1);
            openFrom = rows.getObject(2, LocalDate.class);
            if (rows.getObject(3) == null) break;
            found.add(
                    new UsageRow(
                            rows.getObject(3, LocalDate.class),
                            rows.getString(4),
                            rows.getString(5),
                            rows.getInt(6),
                            rows.getInt(7),
                            rows.getInt(8),
                            rows.getInt(9),
                            rows.getInt(10),
                            rows.getInt(11),
                            rows.getInt(12)));
        }
        if (until == null) return Optional.empty();
        if (found.size() > MAX_ROWS) throw new TooManyRows();
        return Optional.of(new Found(until, openFrom, found));
    }
}
