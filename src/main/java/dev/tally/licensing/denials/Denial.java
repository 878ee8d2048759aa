package dev.tally.licensing.denials;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.Subject;

import java.time.Instant;
import java.util.List;

/**
 * A request that rules forbade.
 *
 * @param findings what each violated rule found, in order of precedence
 * @param at time of the decision
 */
public record Denial(
        CustomerId customer, Kind kind, Subject subject, List<Finding> findings, Instant at) {

    /** What was asked for. Names are stored: they are never changed or used again. */
    public enum Kind {
        ACQUIRE,
        CONFIRM,
        RENEW,
        START,
        DEACTIVATE
    }

    public static Denial of(CustomerId customer, Kind kind, Denied denied, Instant at) {
        return of(customer, kind, denied.subject(), denied.violations(), at);
    }

    /**
     * The denial of a request.
     *
     * @param violations all rules that forbid it
     */
    public static Denial of(
            CustomerId customer,
            Kind kind,
            Subject subject,
            List<Evaluation> violations,
            Instant at) {
        var findings = violations.stream().map(Finding::of).toList();
        return new Denial(customer, kind, subject, findings, at);
    }

    List<String> rules() {
        return findings.stream().map(Finding::rule).toList();
    }
}
