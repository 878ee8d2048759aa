package dev.tally.licensing.domain;

import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.events.SessionEvent;

import java.util.List;
import java.util.stream.Stream;

/** The answer to a command, with every rule that was evaluated for it. */
public sealed interface Decision {

    List<Evaluation> rules();

    /**
     * The command takes effect by these events.
     *
     * @param sessions what it means to playback sessions
     */
    record Allowed(List<LicensingEvent> events, List<SessionEvent> sessions, List<Evaluation> rules)
            implements Decision {

        public Allowed(List<LicensingEvent> events, List<Evaluation> rules) {
            this(events, List.of(), rules);
        }

        /** All that is to be stored, in the order in which it happens. */
        public List<Record> records() {
            return Stream.concat(events.stream(), sessions.stream())
                    .map(event -> (Record) event)
                    .toList();
        }
    }

    /** What the command asks for is so already: nothing happens, nothing is counted. */
    record Unchanged(List<Evaluation> rules) implements Decision {}

    /** An expected refusal: at least one rule is violated. */
    record Denied(List<Evaluation> rules) implements Decision {

        /** All the rules that failed, in order of precedence. */
        public List<Evaluation> violations() {
            return rules.stream().filter(rule -> !rule.satisfied()).toList();
        }
    }
}
