package dev.tally.faults;

import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A plan says how long the history is, how much of it is retired, and which process is killed when.
 *
 * @param months number of months that the history goes back
 * @param batchRows number of rows in a batch: so few that every phase takes a while
 * @param retention how much of the history is kept
 */
record Plan(int months, int customers, int batchRows, Period retention, List<Kill> kills) {

    static final Period HOT_WINDOW = Period.ofMonths(3);

    enum Victim {
        SERVER,
        DATABASE
    }

    /** The phase of the job at the time of a kill. */
    enum Phase {
        ROLLING_FORWARD("state = 'HOT' and done_to is not null"),
        MARKED("state = 'MARKED'"),
        COPYING("state = 'COPYING'"),
        VERIFYING("state = 'VERIFYING'"),
        COPIED("state = 'COPIED'"),
        /**
         * The partition is archived and past retention, and is the next one to be sifted. A copy of
         * another may wait for its place: the job goes on without it.
         */
        ARCHIVED(
                """
                state = 'ARCHIVED' and ends_at <= '%s' and not exists (
                    select from tally.partition
                    where state not in ('HOT', 'COPIED', 'ARCHIVED', 'RETIRED')
                        or detached_at is not null)
                """),
        SIFTING("state = 'SIFTING'"),
        SIFTED("state = 'SIFTED'"),
        DETACHED("state = 'RETIRED' and detached_at is not null");

        private final String condition;

        Phase(String condition) {
            this.condition = condition;
        }

        /** The SQL condition for a partition of events that is in this phase. */
        String condition(Instant retainedFrom) {
            return condition.formatted(retainedFrom);
        }
    }

    /** One kill. */
    record Kill(Phase phase, Victim victim) {}

    /** The settings of the server that follow from the plan. */
    Map<String, String> settings() {
        return Map.of(
                "TALLY_ARCHIVE_HOT_WINDOW",
                HOT_WINDOW.toString(),
                "TALLY_ARCHIVE_RETENTION",
                retention.toString(),
                "TALLY_ARCHIVE_GRACE",
                "P0D",
                "TALLY_ARCHIVE_INTERVAL",
                "PT1S",
                "TALLY_ARCHIVE_BATCH_ROWS",
                Integer.toString(batchRows));
    }

    static Plan quick() {
        return new Plan(
                6,
                300,
                500,
                Period.ofMonths(4),
                List.of(
                        new Kill(Phase.COPYING, Victim.SERVER),
                        new Kill(Phase.SIFTING, Victim.DATABASE)));
    }

    /** The long plan, in which ten partitions go to the archive and five of them are retired. */
    static Plan full() {
        var kills = new ArrayList<Kill>();
        for (var phase : Phase.values()) {
            for (var victim : Victim.values()) {
                kills.add(new Kill(phase, victim));
            }
        }
        return new Plan(13, 1_000, 800, Period.ofMonths(8), List.copyOf(kills));
    }
}
