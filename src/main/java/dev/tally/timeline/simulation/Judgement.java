package dev.tally.timeline.simulation;

import dev.tally.catalog.Title;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;

import java.time.Instant;
import java.util.List;

/**
 * Outcome of a past request under the proposed policy, beside its real one. Pure.
 *
 * @param rules rules that would deny it, or did
 */
record Judgement(Verdict verdict, List<String> rules) {

    /** Change of a request's outcome. */
    enum Verdict {
        /** The outcome is as it was. */
        SAME,
        /** It was allowed, and would be denied. */
        NEWLY_DENIED,
        /** It was denied, and would be allowed. */
        NEWLY_ALLOWED,
        /** The real policies do not give the real outcome again. */
        NOT_REPRODUCED,
        /** Too little is known of the request to decide it again. */
        NOT_JUDGED
    }

    static final Judgement SAME = new Judgement(Verdict.SAME, List.of());
    static final Judgement NOT_REPRODUCED = new Judgement(Verdict.NOT_REPRODUCED, List.of());
    static final Judgement NOT_JUDGED = new Judgement(Verdict.NOT_JUDGED, List.of());

    /**
     * Decides a request that was allowed.
     *
     * @param account account just before it
     * @param title null if the request is about none
     */
    static Judgement ofAllowed(
            PastRequest request, Account account, Title title, Policies policies, Instant at) {
        if (!(really(request, account, title, policies, at) instanceof Allowed)) {
            return NOT_REPRODUCED;
        }
        return switch (proposed(request, account, title, policies, at)) {
            case Allowed allowed -> SAME;
            case Unchanged same -> SAME;
            case Denied denied -> new Judgement(Verdict.NEWLY_DENIED, rules(denied));
        };
    }

    /** Decides a request that was denied. */
    static Judgement ofDenied(
            PastRequest request, Account account, Title title, Policies policies, Instant at) {
        if (!(really(request, account, title, policies, at) instanceof Denied denied)) {
            return NOT_REPRODUCED;
        }
        return switch (proposed(request, account, title, policies, at)) {
            case Allowed allowed -> new Judgement(Verdict.NEWLY_ALLOWED, rules(denied));
            case Unchanged same -> new Judgement(Verdict.NEWLY_ALLOWED, rules(denied));
            case Denied again -> SAME;
        };
    }

    private static Decision really(
            PastRequest request, Account account, Title title, Policies policies, Instant at) {
        var policy = policies.real(account, title, request.plan(account), at);
        return request.decide(account, title, policy, at);
    }

    private static Decision proposed(
            PastRequest request, Account account, Title title, Policies policies, Instant at) {
        var policy = policies.proposed(account, title, request.plan(account), at);
        return request.decide(account, title, policy, at);
    }

    private static List<String> rules(Denied denied) {
        return denied.violations().stream().map(violated -> violated.rule().label()).toList();
    }
}
