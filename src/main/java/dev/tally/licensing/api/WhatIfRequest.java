package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.Parameters;
import dev.tally.http.ProblemException;
import dev.tally.ids.CustomerId;
import dev.tally.ids.PlanId;
import dev.tally.licensing.domain.Supposable;
import dev.tally.licensing.write.Accounts;
import dev.tally.licensing.write.Supposition;
import dev.tally.licensing.write.Supposition.Proposed;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is supposed before a dry run. Every part may be absent.
 *
 * @param policies policies that are in force instead of those that are
 * @param policyVersion newest version of any policy that is known
 * @param plan plan of the acquire
 * @param commands commands that are done first, in order
 * @param at time of the acquire; null: that of the last command
 */
record WhatIfRequest(
        @Valid @Size(max = WhatIfRequest.MAX_POLICIES, message = "must be at most {max} policies")
                List<ProposedPolicyRequest> policies,
        @Min(1) Integer policyVersion,
        @Identifier String plan,
        @Valid @Size(max = WhatIfRequest.MAX_COMMANDS, message = "must be at most {max} commands")
                List<SupposedRequest> commands,
        Instant at) {

    /** Most policies of one request. */
    static final int MAX_POLICIES = 20;

    /** Most commands of one request. */
    static final int MAX_COMMANDS = 20;

    /** Longest time ahead that is supposed: as long as the longest duration of a policy. */
    static final Duration MAX_AHEAD = Duration.ofDays(3_660);

    /**
     * The supposition of this request.
     *
     * @param now time that the account is answered for, from which times go on
     * @param usual plan of commands that name none, unless this request names one
     */
    Supposition supposition(CustomerId customer, PlanId usual, Instant now) {
        var other = plan == null ? null : new PlanId(plan);
        var done = commands(customer, other == null ? usual : other, now);
        var last = done.isEmpty() ? now : done.getLast().at();
        return new Supposition(
                proposed(), policyVersion, other, done, time("whatIf.at", at, last, now));
    }

    private List<Proposed> proposed() {
        var proposed = new ArrayList<Proposed>();
        if (policies == null) return proposed;
        for (int i = 0; i < policies.size(); i++) {
            var field = "whatIf.policies[" + i + "]";
            if (policies.get(i) == null) throw ProblemException.invalid(field, "must not be null");
            proposed.add(policies.get(i).proposed(field));
        }
        return proposed;
    }

    private List<Supposable> commands(CustomerId customer, PlanId usual, Instant now) {
        var done = new ArrayList<Supposable>();
        if (commands == null) return done;
        var last = now;
        for (int i = 0; i < commands.size(); i++) {
            var command = commands.get(i);
            var field = "whatIf.commands[" + i + "]";
            if (command == null) throw ProblemException.invalid(field, "must not be null");
            last = time(field + ".at", command.at(), last, now);
            done.add(command.in(field, i + 1).command(customer, usual, last));
        }
        return done;
    }

    /**
     * The time that is said, in milliseconds.
     *
     * @param earliest time before which it must not lie, and which it is if none is said
     */
    private static Instant time(String field, Instant said, Instant earliest, Instant now) {
        if (said == null) return earliest;
        var at = Accounts.milliseconds(Parameters.from(said, now));
        if (at.isBefore(earliest)) {
            throw ProblemException.invalid(
                    field, "must not lie in the past or before an earlier command");
        }
        if (at.isAfter(now.plus(MAX_AHEAD))) {
            throw ProblemException.invalid(
                    field, "must lie at most " + MAX_AHEAD.toDays() + " days ahead");
        }
        return at;
    }
}
