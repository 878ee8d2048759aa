package dev.tally.eventstore.postgres;

import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedPlace;

import jakarta.persistence.EntityManager;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One read of the feed, in a transaction of its own.
 *
 * <p>There is no index by which the feed could be read in its order. So a read asks for spans of
 * positions, each small enough to be sorted: the coarse index of a hot month, or the index of a
 * month's copy, finds the rows of a span. A month of the archive that has none of these positions
 * is left out by a bound of time, which stands in the text.
 *
 * <p>Each statement sees what was committed when it began. First comes how far the feed may be
 * read, then the rows: all transactions below that edge had ended before. Then come the heads, so
 * that nobody is shown who has been erased meanwhile, and at last whether rows were retired, so
 * that no row was dropped unnoticed.
 */
final class FeedRead {

    /** Positions that are looked at without asking first how many events they have. */
    static final long SPAN = 1_024;

    /** Most events of a longer span. */
    static final int MOST_IN_SPAN = 10_000;

    /** Factor by which a span grows that had few events, and shrinks that has too many. */
    private static final int STEP = 4;

    /** Most spans of one read. */
    private static final int MOST_SPANS = 32;

    private final EntityManager em;
    private final Edge edge;
    private final FeedCluster cluster;
    private final String bound;
    private final FeedPlace first;

    private final List<FeedRow> rows = new ArrayList<>();
    private FeedPlace end;
    private boolean caughtUp;

    /**
     * Where the feed stands.
     *
     * @param actualIdentifier identifier of the cluster that answers
     * @param droppedTo largest position of an event that was retired
     * @param since first moment of the months that have events behind the place in question
     * @param hotFrom first moment of the hot tier
     */
    record Edge(
            long systemIdentifier,
            long actualIdentifier,
            int timeline,
            long offset,
            long safeBelow,
            long nextPosition,
            long droppedTo,
            Instant since,
            Instant hotFrom) {}

    /**
     * What a read has found.
     *
     * @param firsts first event of each command, by customer and time
     * @param firstSeqs first number of each customer's present life
     */
    record Found(
            List<FeedRow> rows,
            Map<Command, EventRow> firsts,
            Map<String, Integer> firstSeqs,
            FeedCursor end,
            boolean isCaughtUp,
            Instant hotFrom) {

        /** False if the customer's erasure has been asked for since the event. */
        boolean isKept(FeedRow row) {
            var firstSeq = firstSeqs.get(row.customerId());
            return firstSeq != null && firstSeq <= row.seq();
        }

        EventRow firstOf(FeedRow row) {
            return firsts.get(Command.of(row));
        }
    }

    /** What names a command: all its events have the same time, which no other command has. */
    record Command(String customerId, Instant at) {

        static Command of(FeedRow row) {
            return new Command(row.customerId(), row.eventTime());
        }
    }

    private FeedRead(EntityManager em, Edge edge, FeedPlace first) {
        this.em = em;
        this.edge = edge;
        this.cluster = new FeedCluster(edge.systemIdentifier, edge.timeline, edge.offset);
        this.bound =
                "e.event_time >= timestamptz '%s'"
                        .formatted(Months.startOf(edge.since == null ? edge.hotFrom : edge.since));
        this.first = first;
        this.end = first;
    }

    /**
     * Reads the events behind a place.
     *
     * @param after place that the reader has got to; null: the oldest that is kept
     * @throws FeedCut if rows would be skipped
     */
    static Found read(EntityManager em, FeedCursor after, int limit) {
        var asked = after == null ? FeedPlace.START : after.place();
        var edge = edge(em, asked.position());
        requireRegistered(edge);
        if (after != null) requireSame(after, edge);
        var begin = after == null ? FeedPlace.behind(edge.droppedTo) : asked;
        return new FeedRead(em, edge, begin).found(limit);
    }

    /** The place behind everything that may be read now. */
    static FeedCursor newest(EntityManager em) {
        var edge = edge(em, 0);
        requireRegistered(edge);
        return new FeedCursor(
                new FeedCluster(edge.systemIdentifier, edge.timeline, edge.offset),
                FeedPlace.behind(edge.safeBelow - 1));
    }

    /** Where the feed stands, for a reader who has got to a position. */
    static Edge edge(EntityManager em, long position) {
        var row =
                (Object[])
                        em.createNativeQuery(
                                        """
                                        select f.system_identifier,
                                               (select system_identifier from pg_control_system()),
                                               cast(cast('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
                                                   as bit(32)) as integer),
                                               f.position_offset, f.safe_below, f.next_position,
                                               (select coalesce(max(p.dropped_to), 0)
                                                from tally.partition p where p.sifts > 0),
                                               (select min(p.starts_at) from tally.partition p
                                                where p.parent_table = 'event'
                                                  and (p.closed_below is null
                                                       or p.closed_below > :position)),
                                               (select min(p.starts_at) from tally.partition p
                                                where p.parent_table = 'event' and p.tier = 'HOT'),
                                               set_config('enable_bitmapscan', 'on', true),
                                               set_config('plan_cache_mode', 'force_custom_plan', true),
                                               set_config('max_parallel_workers_per_gather', '0', true)
                                        from tally.feed_edge f
                                        """)
                                .setParameter("position", position)
                                .getSingleResult();
        return new Edge(
                (Long) row[0],
                (Long) row[1],
                (Integer) row[2],
                (Long) row[3],
                (Long) row[4],
                (Long) row[5],
                (Long) row[6],
                (Instant) row[7],
                row[8] == null ? Instant.EPOCH : (Instant) row[8]);
    }

    private static void requireRegistered(Edge edge) {
        if (edge.systemIdentifier != edge.actualIdentifier) {
            throw new FeedCut(FeedCut.Why.NOT_COUNTED_YET);
        }
    }

    private static void requireSame(FeedCursor after, Edge edge) {
        var its = after.cluster();
        if (its.systemIdentifier() != edge.systemIdentifier || its.offset() != edge.offset) {
            throw new FeedCut(FeedCut.Why.OTHER_CLUSTER);
        }
        if (its.timeline() != edge.timeline) throw new FeedCut(FeedCut.Why.OTHER_TIMELINE);
        if (after.place().position() >= edge.nextPosition) {
            throw new FeedCut(FeedCut.Why.AHEAD);
        }
    }

    private Found found(int limit) {
        walk(limit);
        var firsts = firsts();
        var firstSeqs = firstSeqs();
        if (lacks(edge(em, first.position()).droppedTo)) throw new FeedCut(FeedCut.Why.RETIRED);
        return new Found(
                rows, firsts, firstSeqs, new FeedCursor(cluster, end), caughtUp, edge.hotFrom);
    }

    /** True if events behind the first place were dropped, up to a position. */
    private boolean lacks(long droppedTo) {
        return droppedTo > first.position()
                || (droppedTo == first.position() && !first.isBehindPosition());
    }

    private void walk(int limit) {
        var last = edge.safeBelow - 1;
        var span = SPAN;
        var longest = Long.MAX_VALUE;
        for (int spans = 0; spans < MOST_SPANS && rows.size() < limit; spans++) {
            if (end.isBehindPosition() && end.position() >= last) {
                caughtUp = true;
                return;
            }
            var to = span > last - end.position() ? last : end.position() + span;
            if (to - end.position() > SPAN && hasTooMany(to)) {
                longest = Math.max(SPAN, span / STEP);
                span = longest;
                continue;
            }
            var found = rows(to, limit - rows.size());
            rows.addAll(found);
            if (rows.size() == limit) {
                var row = rows.getLast();
                end = new FeedPlace(row.position(), row.customerId(), row.seq());
                return;
            }
            end = FeedPlace.behind(Math.max(to, end.position()));
            if (found.size() < limit / STEP) span = Math.min(longest, span * STEP);
        }
    }

    private boolean hasTooMany(long to) {
        var counted =
                (Long)
                        em.createNativeQuery(
                                        """
                                        select count(*) from (
                                            select 1 from tally.event e
                                            where %s and e.position > :after and e.position <= :to
                                            limit :limit) as few
                                        """
                                                .formatted(bound),
                                        Long.class)
                                .setParameter("after", end.position())
                                .setParameter("to", to)
                                .setParameter("limit", MOST_IN_SPAN + 1)
                                .getSingleResult();
        return counted > MOST_IN_SPAN;
    }

    @SuppressWarnings("unchecked") // the query names the class of its rows
    private List<FeedRow> rows(long to, int limit) {
        var query =
                em.createNativeQuery(text(bound, end), FeedRow.class)
                        .setParameter("after", end.position())
                        .setParameter("to", to)
                        .setParameter("limit", limit);
        if (!end.isBehindPosition()) {
            query.setParameter("customer", end.customerId()).setParameter("seq", end.seq());
        }
        return query.getResultList();
    }

    /** The query of a span, for the plan that a test looks at too. */
    static String text(String bound, FeedPlace after) {
        var begin =
                after.isBehindPosition()
                        ? "e.position > :after"
                        : "e.position >= :after and (e.position, e.customer_id, e.seq)"
                                + " > (:after, :customer, :seq)";
        return """
        select %s from tally.event e
        where %s and %s and e.position <= :to
        order by e.position, e.customer_id, e.seq
        limit :limit
        """
                .formatted(FeedRow.COLUMNS, bound, begin);
    }

    /**
     * The first event of each command. A command's events follow each other, so only that of the
     * first row may lie before the rows; where any other has none, it was retired.
     */
    private Map<Command, EventRow> firsts() {
        var firsts = new HashMap<Command, EventRow>();
        for (var row : rows) {
            if (row.commandId() != null) firsts.put(Command.of(row), row.event());
        }
        if (rows.isEmpty()) return firsts;
        var command = Command.of(rows.getFirst());
        if (!firsts.containsKey(command)) {
            LookBack.commandsAt(em, command.customerId, List.of(command.at))
                    .forEach(row -> firsts.put(command, row));
        }
        return firsts;
    }

    private record Life(String customerId, int firstSeq) {}

    @SuppressWarnings("unchecked") // the query names the class of its rows
    private Map<String, Integer> firstSeqs() {
        var customers = rows.stream().map(FeedRow::customerId).collect(Collectors.toSet());
        if (customers.isEmpty()) return Map.of();
        List<Life> lives =
                em.createNativeQuery(
                                """
                                select customer_id, first_seq from tally.customer
                                where customer_id = any(cast(:customers as text[]))
                                """,
                                Life.class)
                        .setParameter("customers", customers.toArray(String[]::new))
                        .getResultList();
        return lives.stream().collect(Collectors.toMap(Life::customerId, Life::firstSeq));
    }
}
