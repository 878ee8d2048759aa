package dev.tally.http;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Settings that say which callers' tokens are valid, and what their claims are called. */
@ApplicationScoped
class TokenSettings {

    @Inject
    @ConfigProperty(name = "tally.jwt.issuer")
    Optional<String> issuer;

    @Inject
    @ConfigProperty(name = "tally.jwt.keys")
    Optional<String> keys;

    @Inject
    @ConfigProperty(name = "tally.jwt.audience")
    Optional<List<String>> audience;

    @Inject
    @ConfigProperty(name = "tally.jwt.user.claim")
    Optional<String> userClaim;

    @Inject
    @ConfigProperty(name = "tally.jwt.groups.claim", defaultValue = "groups")
    String groupsClaim;

    /** Difference between the provider's clock and this node's that is tolerated. */
    @Inject
    @ConfigProperty(name = "tally.jwt.skew", defaultValue = "PT30S")
    Duration skew;

    /** Issuer ({@code iss}) of callers' tokens. */
    String issuer() {
        return required(issuer, "TALLY_JWT_ISSUER", "issuer (iss) of callers' tokens");
    }

    /** Path or URL of the provider's JWK set. */
    String keys() {
        return required(keys, "TALLY_JWT_KEYS", "path or URL of the JWK set that verifies them");
    }

    /** Names of this service; a token's {@code aud} must have one of them. */
    Set<String> audience() {
        return Set.copyOf(
                required(audience, "TALLY_JWT_AUDIENCE", "audience (aud) of callers' tokens"));
    }

    Duration skew() {
        return skew;
    }

    ClaimNames claimNames() {
        return new ClaimNames(userClaim.map(List::of).orElse(ClaimNames.USUAL_USERS), groupsClaim);
    }

    private static <T> T required(Optional<T> value, String variable, String meaning) {
        return value.orElseThrow(
                () ->
                        new IllegalStateException(
                                "The environment variable %s is missing: the %s."
                                        .formatted(variable, meaning)));
    }
}
