package dev.tally.licensing.domain;

import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.SessionEvent;

import java.util.List;

/**
 * What became of a report.
 *
 * @param events what is to be stored: what it means to licenses and downloads, then to sessions
 * @param broken the rules that forbid a START, or that one that was reported late had broken
 */
public record Reported(Result result, List<CustomerEvent> events, List<Evaluation> broken) {

    /** In a word. */
    public enum Result {
        RECORDED,
        /** It is known already. */
        DUPLICATE,
        /** A keepalive that tells too little to be recorded. */
        ACKNOWLEDGED,
        /** The session had ended before: nothing follows it. */
        ENDED,
        /** A START that was asked for now and is not allowed. */
        DENIED,
        /** A START of a session that was started on another license. */
        ANOTHER_LICENSE,
        /** One more than a session may have. */
        FULL,
        /** About one session more than may wait for their START. */
        TOO_MANY_UNSTARTED
    }

    public static Reported without(Result result) {
        return new Reported(result, List.of(), List.of());
    }

    static Reported denied(List<Evaluation> broken) {
        return new Reported(Result.DENIED, List.of(), broken);
    }

    static Reported recorded(SessionEvent event) {
        return new Reported(Result.RECORDED, List.of(event), List.of());
    }
}
