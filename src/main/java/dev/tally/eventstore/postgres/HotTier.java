package dev.tally.eventstore.postgres;

import jakarta.persistence.EntityManager;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Start of the hot tier, as this node last read it. An outdated start is safe, only slower: the
 * oldest months leave the hot tier first, so an outdated start lies before the present one.
 */
final class HotTier {

    /** Time for which an answer is used. */
    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    private final InstantSource clock;
    private volatile Known known;

    private record Known(Instant start, Instant since) {

        boolean isUsedAt(Instant now) {
            return !now.isBefore(since) && now.isBefore(since.plus(KNOWN_FOR));
        }
    }

    HotTier(InstantSource clock) {
        this.clock = clock;
    }

    /** The first time that belongs to the hot tier; read again once a minute. */
    Instant start(EntityManager em) {
        var last = known;
        var now = clock.instant();
        if (last != null && last.isUsedAt(now)) return last.start;
        var start = read(em);
        known = new Known(start, now);
        return start;
    }

    /** Reads the first time that belongs to the hot tier from the database. */
    static Instant read(EntityManager em) {
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
