package dev.tally.licensing.domain;

import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.events.CustomerEvent;

import java.util.List;

/** The answer to a command, with every rule that was evaluated for it. */
public sealed interface Decision {

    List<Evaluation> rules();

    /** The command takes effect by these events, in the order in which they happen. */
    record Allowed(List<CustomerEvent> events, List<Evaluation> rules) implements Decision {

        public Allowed {
            events = List.copyOf(events);
        }
    }

    /**
     * Nothing happens and nothing is counted: what the command asks for is so already.
     *
     * @param cap cause that keeps a renewal from moving the expiry; null if the command is no
     *     renewal
     */
    record Unchanged(List<Evaluation> rules, Cap cap) implements Decision {

        public Unchanged(List<Evaluation> rules) {
            this(rules, null);
        }
    }

    /** An expected refusal: at least one rule is violated. */
    record Denied(List<Evaluation> rules, Subject subject) implements Decision {

        /** All the rules that failed, in order of precedence. */
        public List<Evaluation> violations() {
            return rules.stream().filter(rule -> !rule.satisfied()).toList();
        }
    }
}
