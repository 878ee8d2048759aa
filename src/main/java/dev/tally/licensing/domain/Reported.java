package dev.tally.licensing.domain;

import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.SessionEvent;

import java.util.List;

/**
 * Outcome of a report.
 *
 * @param events events to store: what the report means to licenses and downloads, then to sessions
 * @param broken rules that forbid a START, or that a START reported late had broken
 * @param denied what was asked for by a START that is denied; null: it is not
 */
public record Reported(
        Result result, List<CustomerEvent> events, List<Evaluation> broken, Subject denied) {

    /** The outcome in a word. */
    public enum Result {
        RECORDED,
        /** The report is known already. */
        DUPLICATE,
        /** A keepalive that tells too little to be recorded. */
        ACKNOWLEDGED,
        /** The session had ended before, and nothing follows its end. */
        ENDED,
        /** A START that was asked for now and is not allowed. */
        DENIED,
        /** A START of a session that was started on another license. */
        ANOTHER_LICENSE,
        /** One report more than a session may have. */
        FULL,
        /** A report of one session more than may wait for their START. */
        TOO_MANY_UNSTARTED
    }

    public static Reported without(Result result) {
        return new Reported(result, List.of(), List.of(), null);
    }

    static Reported denied(List<Evaluation> broken, Subject subject) {
        return new Reported(Result.DENIED, List.of(), broken, subject);
    }

    static Reported recorded(List<CustomerEvent> events, List<Evaluation> broken) {
        return new Reported(Result.RECORDED, events, broken, null);
    }

    static Reported recorded(SessionEvent event) {
        return recorded(List.of(event), List.of());
    }
}
