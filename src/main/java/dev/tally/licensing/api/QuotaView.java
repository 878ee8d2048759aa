package dev.tally.licensing.api;

import dev.tally.catalog.Scope;
import dev.tally.licensing.domain.Evaluation;

import java.time.Instant;
import java.util.List;

/**
 * Use of one limit.
 *
 * @param limit most that is allowed; null: no limit
 * @param used how much of the limit is used
 * @param nextAllowedAt time at which one more is allowed, if none is now; null: one is, or time
 *     alone does not help
 */
record QuotaView(String rule, String scope, Integer limit, Integer used, Instant nextAllowedAt) {

    static QuotaView of(Evaluation evaluation) {
        return new QuotaView(
                evaluation.rule().label(),
                label(evaluation.scope()),
                evaluation.limit(),
                evaluation.used(),
                evaluation.nextAllowedAt());
    }

    /** Only the quotas that have a limit. */
    static List<QuotaView> limited(List<Evaluation> quotas) {
        return quotas.stream().filter(q -> q.limit() != null).map(QuotaView::of).toList();
    }

    static String label(Scope scope) {
        return scope == null ? null : scope.label();
    }
}
