package dev.tally.catalog;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a policy applies; the more specific wins: title over studio over plan over global. */
public enum Scope {
    TITLE,
    STUDIO,
    PLAN,
    GLOBAL;

    /** The id of the one policy of scope {@link #GLOBAL}. */
    public static final String GLOBAL_ID = "default";

    /** As it stands in URLs and answers: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for a scope that only a newer release knows. */
    public static Optional<Scope> of(String label) {
        return Arrays.stream(values()).filter(scope -> scope.label().equals(label)).findFirst();
    }
}
