package dev.tally.timeline.simulation;

import java.time.Instant;
import java.util.List;

/**
 * A simulation as it is kept.
 *
 * @param asked what it was asked to find out
 * @param progress how far it is
 * @param examples requests that would have another outcome; null: they were not asked for
 */
public record Simulation(
        String id, Asked asked, Progress progress, Counts counts, List<Example> examples) {

    /** State of a simulation. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        CANCELLED,
        /** A fault of a node ended it. */
        FAILED
    }

    /**
     * What was asked, by whom.
     *
     * @param oneIn one customer in so many is looked at; 1: all are
     * @param from time from which on requests are decided again
     * @param to time before which they are
     */
    public record Asked(
            Proposal proposal, int oneIn, Instant from, Instant to, String by, Instant at) {}

    /**
     * How far it is.
     *
     * @param beganAt null: it waits, or was cancelled before it began
     * @param endedAt null: it has not ended
     * @param lookedAt customers that it has passed, whether or not they are in the sample
     * @param customers customers there were when it began, about; null: it has not begun
     */
    public record Progress(
            State state, Instant beganAt, Instant endedAt, long lookedAt, Long customers) {}
}
