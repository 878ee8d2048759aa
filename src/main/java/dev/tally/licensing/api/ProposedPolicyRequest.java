package dev.tally.licensing.api;

import dev.tally.catalog.Scope;
import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.licensing.write.Supposition.Proposed;

import jakarta.validation.constraints.NotNull;

import java.util.Map;

/**
 * A policy that nobody has written, as a request would write it.
 *
 * @param settings value of each policy key that it sets; null means "no limit"
 */
record ProposedPolicyRequest(
        @NotNull String scope,
        @NotNull @Identifier String id,
        @NotNull Map<String, Object> settings) {

    /**
     * The policy.
     *
     * @param field name of this part of the request
     */
    Proposed proposed(String field) {
        var known =
                Scope.of(scope)
                        .orElseThrow(
                                () ->
                                        ProblemException.invalid(
                                                field + ".scope",
                                                "must be customer, title, studio, plan or global"));
        if (known == Scope.GLOBAL && !id.equals(Scope.GLOBAL_ID)) {
            throw ProblemException.invalid(
                    field + ".id", "must be " + Scope.GLOBAL_ID + " for scope global");
        }
        return new Proposed(known, id, settings);
    }
}
