package dev.tally.licensing.denials;

import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.availability.Guarded;
import dev.tally.http.Json;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.KeptDenial.Place;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/** Reads and writes table {@code denial}. */
@Guarded
@ApplicationScoped
class DenialTable {

    private static final Logger LOG = Logger.getLogger(DenialTable.class.getName());

    /**
     * Lock that lets the stores of all nodes run side by side, and an erasure end those under way.
     * It is a statement of its own, so that the next one sees every erasure that came before it.
     */
    private static final String LOCK =
            "select pg_advisory_xact_lock_shared(hashtext('tally.denial'))";

    /**
     * Statement that adds rows, in the same order on every node. Rows whose month has no table are
     * left out, and so are those of a customer whose erasure was requested after their first denial
     * was decided. The time of that is told as an age, because clocks differ; ten seconds cover the
     * longest command and the way here.
     */
    private static final String KEEP =
            """
            with month as materialized (
                select starts_at, ends_at from tally.denial_month where is_attached
            ),
            said as materialized (
                select b.*,
                    exists (
                        select from month m where m.starts_at <= b.hour and b.hour < m.ends_at) as has_place,
                    exists (
                        select from tally.erasure e
                        where e.customer_digest = sha256(convert_to(b.customer, 'UTF8'))
                          and e.requested_at >= now() - make_interval(secs => b.age + 10)) as is_erased
                from jsonb_to_recordset(?::jsonb) as b (
                    hour timestamptz, "firstAt" timestamptz, "lastAt" timestamptz, denials integer,
                    "policyVersion" integer, customer text, kind text, device text, title text, rules text[],
                    studio text, plan text, id text, findings jsonb, age float8)
            ),
            kept as (
                insert into tally.denial as d
                    (hour, first_at, last_at, denials, policy_version, customer_id, kind, device_id, title_id,
                     rules, studio_id, plan_id, denial_id, findings)
                select
                    hour, "firstAt", "lastAt", denials, "policyVersion", customer, kind, device, title, rules,
                    studio, plan, id, findings
                from said
                where has_place and not is_erased
                order by hour, customer, kind, device, title, rules
                on conflict (customer_id, hour, kind, device_id, title_id, rules) do update set
                    denials = least(d.denials::bigint + excluded.denials, 2147483647)::integer,
                    first_at = least(d.first_at, excluded.first_at),
                    last_at = greatest(d.last_at, excluded.last_at),
                    (policy_version, plan_id, studio_id, findings) = (
                        select l.policy_version, l.plan_id, l.studio_id, l.findings
                        from (values
                            (d.last_at, 0, d.policy_version, d.plan_id, d.studio_id, d.findings),
                            (excluded.last_at, 1, excluded.policy_version, excluded.plan_id, excluded.studio_id,
                             excluded.findings)
                        ) as l (at, which, policy_version, plan_id, studio_id, findings)
                        order by l.at desc, l.which desc limit 1)
                returning 1
            )
            select
                coalesce(sum(denials) filter (where has_place and not is_erased), 0) as kept,
                coalesce(sum(denials) filter (where not has_place and not is_erased), 0) as without_place,
                pg_current_xact_id()::text as transaction
            from said
            """;

    private static final String STATUS = "select pg_xact_status(?::xid8)";

    /** State of a transaction number that the server has not given yet: it is another server. */
    private static final String NOT_YET = "22023";

    private static final String PAGE =
            """
            select denial_id, hour, first_at, last_at, denials, policy_version, kind, device_id, title_id,
                studio_id, plan_id, findings::text
            from tally.denial
            where customer_id = ?
              and hour > coalesce(?::timestamptz - interval '1 hour', '-infinity')
              and last_at >= coalesce(?::timestamptz, '-infinity')
              and hour < coalesce(?::timestamptz, 'infinity')
              and first_at < coalesce(?::timestamptz, 'infinity')
              and (?::text is null or device_id = ?)
              and (?::text is null or title_id = ?)
              and (?::text is null or ? = any (rules))
            """;

    private static final String OLDER =
            """
              and (hour, denial_id) < (coalesce(?::timestamptz, 'infinity'), coalesce(?::text, ''))
            order by hour desc, denial_id desc limit ?
            """;

    private static final String NEWER =
            """
              and (hour, denial_id) > (?, ?)
            order by hour, denial_id limit ?
            """;

    /** Writes without what is null, and reads what a newer release has added. */
    private static final JsonMapper STORED =
            Json.MAPPER
                    .rebuild()
                    .changeDefaultPropertyInclusion(
                            inclusion -> inclusion.withValueInclusion(Include.NON_NULL))
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    @Resource(lookup = "jdbc/tally")
    DataSource database;

    /**
     * Outcome of a store.
     *
     * @param kept denials that the table has
     * @param withoutPlace denials of months that have no table
     */
    record Kept(long kept, long withoutPlace) {}

    /** What became of a transaction. */
    enum Fate {
        COMMITTED,
        ABORTED,
        UNDER_WAY,
        /** It was long ago. */
        FORGOTTEN
    }

    /** A row as the statement takes it. The age is in seconds. */
    private record Row(
            Instant hour,
            Instant firstAt,
            Instant lastAt,
            int denials,
            Integer policyVersion,
            String customer,
            String kind,
            String device,
            String title,
            List<String> rules,
            String studio,
            String plan,
            String id,
            List<Finding> findings,
            double age) {

        private static final double NANOS_OF_A_SECOND = 1e9;

        static Row of(Waiting row, long ticks) {
            var key = row.key();
            var subject = row.last().subject();
            return new Row(
                    key.hour(),
                    row.firstAt(),
                    row.last().at(),
                    row.count(),
                    subject.policyVersion(),
                    key.customer().value(),
                    key.kind().name(),
                    key.device().value(),
                    key.title() == null ? null : key.title().value(),
                    key.rules(),
                    subject.studio() == null ? null : subject.studio().value(),
                    subject.plan() == null ? null : subject.plan().value(),
                    row.id(),
                    row.last().findings(),
                    (ticks - row.since()) / NANOS_OF_A_SECOND);
        }
    }

    /**
     * Adds rows to the table, all or none.
     *
     * @param ticks this moment
     * @param committing takes the number of the transaction before it is committed: after a failure
     *     {@link #fate} tells what became of it
     */
    public Kept keep(List<Waiting> rows, long ticks, Consumer<String> committing) {
        var json = STORED.writeValueAsString(rows.stream().map(row -> Row.of(row, ticks)).toList());
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                return keep(connection, json, committing);
            } catch (SQLException e) {
                rollBack(connection);
                throw e;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("Denials could not be stored", e);
        }
    }

    private static Kept keep(Connection connection, String json, Consumer<String> committing)
            throws SQLException {
        try (var lock = connection.prepareStatement(LOCK);
                var keep = prepare(connection, KEEP, json)) {
            lock.execute();
            try (var row = keep.executeQuery()) {
                row.next();
                var kept = new Kept(row.getLong("kept"), row.getLong("without_place"));
                committing.accept(row.getString("transaction"));
                connection.commit();
                return kept;
            }
        }
    }

    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // The connection is lost, and its transaction with it.
            LOG.log(Level.FINE, "Not rolled back", e);
        }
    }

    public Fate fate(String transaction) {
        try (var connection = database.getConnection();
                var status = prepare(connection, STATUS, transaction);
                var row = status.executeQuery()) {
            row.next();
            return switch (row.getString(1)) {
                case null -> Fate.FORGOTTEN;
                case "committed" -> Fate.COMMITTED;
                case "aborted" -> Fate.ABORTED;
                default -> Fate.UNDER_WAY;
            };
        } catch (SQLException e) {
            if (NOT_YET.equals(e.getSQLState())) return Fate.ABORTED;
            throw new IllegalStateException("The fate of denials could not be read", e);
        }
    }

    /**
     * The denials that are older than a place, newest first.
     *
     * @param place null: the newest are asked for
     */
    public List<KeptDenial> older(CustomerId customer, DenialFilter filter, Place place, int most) {
        return page(PAGE + OLDER, customer, filter, place, most);
    }

    /** The denials that are next newer than a place, newest first. */
    public List<KeptDenial> newer(CustomerId customer, DenialFilter filter, Place place, int most) {
        return page(PAGE + NEWER, customer, filter, place, most).reversed();
    }

    private List<KeptDenial> page(
            String sql, CustomerId customer, DenialFilter filter, Place place, int most) {
        var from = time(filter.from());
        var to = time(filter.to());
        try (var connection = database.getConnection();
                var query =
                        prepare(
                                connection,
                                sql,
                                customer.value(),
                                from,
                                from,
                                to,
                                to,
                                filter.deviceId(),
                                filter.deviceId(),
                                filter.titleId(),
                                filter.titleId(),
                                filter.rule(),
                                filter.rule(),
                                place == null ? null : time(place.hour()),
                                place == null ? null : place.id(),
                                most);
                var rows = query.executeQuery()) {
            var page = new ArrayList<KeptDenial>();
            while (rows.next()) page.add(kept(rows));
            return page;
        } catch (SQLException e) {
            throw new IllegalStateException("Denials could not be read", e);
        }
    }

    private static KeptDenial kept(ResultSet row) throws SQLException {
        return new KeptDenial(
                new Place(instant(row, "hour"), row.getString("denial_id")),
                instant(row, "first_at"),
                instant(row, "last_at"),
                row.getInt("denials"),
                row.getString("kind"),
                new KeptDenial.About(
                        row.getString("device_id"),
                        row.getString("title_id"),
                        row.getString("studio_id"),
                        row.getString("plan_id"),
                        row.getObject("policy_version", Integer.class)),
                List.of(STORED.readValue(row.getString("findings"), Finding[].class)));
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... values)
            throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
        return statement;
    }

    private static OffsetDateTime time(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
