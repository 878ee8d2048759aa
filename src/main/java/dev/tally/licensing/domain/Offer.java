package dev.tally.licensing.domain;

import java.time.Instant;
import java.util.List;

/**
 * Everything that a device may do with a title, and the best of it.
 *
 * @param license active license that the device has for the title: the download if there is one;
 *     null: none
 * @param playsUntil time until which it plays if it is played now; null: it does not, or for ever
 * @param play whether the rules let it play; null: there is no license
 */
public record Offer(
        Best best,
        License license,
        Instant playsUntil,
        List<Evaluation> play,
        Grant stream,
        Grant download) {

    /** Ways to watch a title, the best for the member first. */
    public enum Best {
        /** The license that is there plays. */
        PLAY,
        /** A streaming license would be granted. */
        STREAM,
        /** A download license would be granted. */
        DOWNLOAD,
        /** A license would be granted after what {@link Grant#remedy} says. */
        AFTER_REMEDY,
        /** Only time helps, or nothing. */
        NONE
    }

    /**
     * Whether a license of one type would be granted.
     *
     * @param existing true if an active license would come back
     * @param forbidding what the rules found that forbid it; empty: it would be granted, or come
     *     back
     * @param remedy what the member can do; null: nothing, or nothing is needed
     */
    public record Grant(boolean existing, List<Evaluation> forbidding, Remedy remedy) {

        public Grant {
            forbidding = List.copyOf(forbidding);
        }

        public boolean isGranted() {
            return forbidding.isEmpty();
        }

        /** Time at which it is granted if nothing but time passes; null: it is now, or never. */
        public Instant nextAllowedAt() {
            return Evaluation.allAllowedAt(forbidding);
        }
    }
}
