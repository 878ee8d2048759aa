package dev.tally.eventstore.partitions;

import dev.tally.availability.LostWrites;
import dev.tally.availability.LostWrites.Found;
import dev.tally.availability.LostWrites.Kind;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The legal holds, in the database and as this node has seen them last. When another server of the
 * database lacks one, the month is held again, since what is erased or dropped meanwhile does not
 * come back; a hold that is not wanted is ended by one request. The end of a hold that was lost is
 * only said, for the same reason.
 */
@ApplicationScoped
class Holds {

    /**
     * All holds and the server that knows them, in one statement, since the next one may be
     * answered by another server. Without any hold there is one row.
     */
    private static final String ALL =
            """
            select pg_postmaster_start_time() as server_started_at, h.*
            from (select) as always
            left join (
                select distinct on (starts_at) name, starts_at, legal_hold, held_by, held_at
                from tally.partition where legal_hold is not null
                order by starts_at, name) as h on true
            """;

    private static final String PUT =
            """
            update tally.partition set legal_hold = ?, held_by = ?, held_at = ?
            where starts_at = (select starts_at from tally.partition where name = ?)
            returning starts_at
            """;

    /** Holds a month again, unless somebody holds it by now. */
    private static final String HOLD_AGAIN =
            """
            update tally.partition set legal_hold = ?, held_by = ?, held_at = ?
            where starts_at = ? and legal_hold is null
            returning starts_at
            """;

    @Inject PartitionSql sql;
    @Inject InstantSource clock;
    @Inject LostWrites said;

    /** Start of the server that was asked last; null: none was. */
    Instant server;

    /** The holds as they were then, and as this node has changed them since, by month. */
    private Map<Instant, Hold> known = Map.of();

    /** The holds that this node has ended since, by month. */
    private final Map<Instant, Hold> ended = new TreeMap<>();

    /**
     * A hold of a month. The number of months limits that of holds.
     *
     * @param partition name of a partition of the month
     * @param at time of the request; null if somebody wrote it without one
     */
    private record Hold(String partition, Instant startsAt, String reason, String by, Instant at) {

        /** True if the database may have this one from before another. */
        boolean isFromBefore(Hold other) {
            return at == null || (other.at != null && at.isBefore(other.at));
        }
    }

    private record Seen(Instant server, Map<Instant, Hold> holds) {}

    /**
     * Puts the month of a partition under legal hold, or ends the hold. A look comes before or
     * after it, so none forgets it.
     *
     * @param reason reason of the hold; null ends it
     */
    synchronized void put(String partition, String reason, String by) {
        var hold = new Hold(partition, null, reason, by, clock.instant());
        for (var month : write(PUT, hold, partition)) {
            known = new HashMap<>(known);
            known.remove(month);
            ended.remove(month);
            var there = new Hold(partition, month, reason, by, hold.at);
            if (reason == null) ended.put(month, there);
            else known.put(month, there);
        }
    }

    private List<Instant> write(String statement, Hold hold, Object which) {
        var isEnd = hold.reason == null;
        return sql
                .call(
                        statement,
                        row -> PartitionSql.time(row, "starts_at"),
                        hold.reason,
                        isEnd ? null : hold.by,
                        isEnd || hold.at == null ? null : hold.at.atOffset(ZoneOffset.UTC),
                        which)
                .stream()
                .distinct()
                .toList();
    }

    /**
     * Looks which holds there are. If another server tells than before, those that it has lost are
     * said and put again.
     */
    synchronized void look() {
        var seen = seen();
        if (server != null && !server.equals(seen.server)) seen.holds.putAll(sayWhatIsLost(seen));
        server = seen.server;
        known = seen.holds;
        ended.clear();
    }

    private Seen seen() {
        var holds = new HashMap<Instant, Hold>();
        var servers =
                sql.query(
                        ALL,
                        row -> {
                            var hold = hold(row);
                            if (hold.startsAt != null) holds.put(hold.startsAt, hold);
                            return PartitionSql.time(row, "server_started_at");
                        });
        return new Seen(servers.getFirst(), holds);
    }

    private static Hold hold(ResultSet row) throws SQLException {
        return new Hold(
                row.getString("name"),
                PartitionSql.time(row, "starts_at"),
                row.getString("legal_hold"),
                row.getString("held_by"),
                PartitionSql.time(row, "held_at"));
    }

    /** Says what is lost, and gives the holds that were put again. */
    private Map<Instant, Hold> sayWhatIsLost(Seen seen) {
        var found = new Found();
        var again = new HashMap<Instant, Hold>();
        for (var hold : new TreeMap<>(known).values()) {
            var there = seen.holds.get(hold.startsAt);
            if (there == null) {
                var isHeld = !write(HOLD_AGAIN, hold, time(hold)).isEmpty();
                if (isHeld) again.put(hold.startsAt, hold);
                found.add(hold.partition + (isHeld ? " is held again" : " is not held as it was"));
            } else if (there.isFromBefore(hold)) {
                found.add(hold.partition + " is held as it was before");
            }
        }
        for (var end : ended.values()) {
            var there = seen.holds.get(end.startsAt);
            if (there != null && there.isFromBefore(end)) {
                found.add(end.partition + " is held, although the hold had ended");
            }
        }
        said.say(Kind.HOLD, found);
        return again;
    }

    private static Object time(Hold hold) {
        return hold.startsAt.atOffset(ZoneOffset.UTC);
    }
}
