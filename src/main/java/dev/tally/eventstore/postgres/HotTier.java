package dev.tally.eventstore.postgres;

import jakarta.persistence.EntityManager;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The read of current states in the hot tier, as this node last looked where the tier starts. An
 * outdated start is safe, only slower: the oldest months leave the hot tier first, so an outdated
 * start lies before the present one.
 */
final class HotTier {

    /** Time for which an answer is used. */
    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    /** A customer's time may be ahead of this node's clock. It rarely is by more than this. */
    private static final Duration AHEAD = Duration.ofDays(1);

    private final InstantSource clock;
    private volatile Known known;

    private record Known(CurrentRead read, Instant since) {

        boolean isUsedAt(Instant now) {
            return !now.isBefore(since) && now.isBefore(since.plus(KNOWN_FOR));
        }
    }

    HotTier(InstantSource clock) {
        this.clock = clock;
    }

    /** The read of months from the start of the hot tier to now; looked up once a minute. */
    CurrentRead read(EntityManager em) {
        var last = known;
        var now = clock.instant();
        if (last != null && last.isUsedAt(now)) return last.read;
        var months = Months.of(start(em), now.plus(AHEAD));
        var isKnown = last != null && last.read.months().equals(months);
        var read = isKnown ? last.read : new CurrentRead(months);
        known = new Known(read, now);
        return read;
    }

    /** Reads the first time that belongs to the hot tier from the database. */
    static Instant start(EntityManager em) {
        var start =
                (Instant)
                        em.createNativeQuery(
                                        "select min(starts_at) from tally.partition where tier ="
                                                + " 'HOT'",
                                        Instant.class)
                                .getSingleResult();
        return start == null ? Instant.EPOCH : start;
    }
}
