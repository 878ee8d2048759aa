package dev.tally.catalog;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Part of the catalogue that a policy applies to. The more specific scope wins: customer over title
 * over studio over plan over global.
 */
public enum Scope {
    /** One customer. Such policies are kept by {@link CustomerPolicies}, not in the catalogue. */
    CUSTOMER,
    TITLE,
    STUDIO,
    PLAN,
    GLOBAL;

    /** The id of the one policy of scope {@link #GLOBAL}. */
    public static final String GLOBAL_ID = "default";

    /** Name of the scope in URLs and answers: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The scope of a name; empty if only a newer release knows it. */
    public static Optional<Scope> of(String label) {
        return Arrays.stream(values()).filter(scope -> scope.label().equals(label)).findFirst();
    }
}
