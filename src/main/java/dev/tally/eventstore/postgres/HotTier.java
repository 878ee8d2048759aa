package dev.tally.eventstore.postgres;

import jakarta.persistence.EntityManager;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Where the hot tier begins, as this node last heard. An answer of the past is safe, only slower:
 * months leave the hot tier from its beginning, so it names an earlier time than now holds.
 */
final class HotTier {

    /** How long an answer is used. */
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

    /** As the database has it at this moment. */
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
