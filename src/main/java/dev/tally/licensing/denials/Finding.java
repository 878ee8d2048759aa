package dev.tally.licensing.denials;

import dev.tally.catalog.Scope;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;

import java.time.Instant;
import java.util.List;

/**
 * What a violated rule found, as it is stored. Texts and not constants, since a newer release may
 * have stored it. The events that were counted are left out: a query as of the time of the denial
 * tells them.
 *
 * @param scope scope of the policy that set the limit; null: no policy does
 * @param limit most that is allowed; null: no limit, or nothing is counted
 * @param current how much was counted; null: nothing is
 * @param nextAllowedAt time at which the rule allows it; null: time alone does not help
 * @param remedies what the member can do
 * @param ending end of the license; null: it is not what forbade the request
 */
public record Finding(
        String rule,
        String scope,
        Integer limit,
        Integer current,
        Instant nextAllowedAt,
        List<String> remedies,
        Ending ending) {

    /** The end of a license: how and when. */
    public record Ending(String state, Instant at) {

        static Ending of(License.Ending ending) {
            return ending == null ? null : new Ending(ending.state().name(), ending.at());
        }
    }

    static Finding of(Evaluation violated) {
        return new Finding(
                violated.rule().label(),
                label(violated.scope()),
                violated.limit(),
                violated.used(),
                violated.nextAllowedAt(),
                violated.remedies().stream().map(Enum::name).toList(),
                Ending.of(violated.ending()));
    }

    private static String label(Scope scope) {
        return scope == null ? null : scope.label();
    }
}
