package dev.tally.licensing.domain;

import dev.tally.licensing.events.LicensingEvent;

import java.util.List;

/** The answer to a command, with every rule that was evaluated for it. */
public sealed interface Decision {

    List<Evaluation> rules();

    /** The command takes effect by these events. */
    record Allowed(List<LicensingEvent> events, List<Evaluation> rules) implements Decision {}

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
