package dev.tally.http;

import java.security.Principal;
import java.time.Instant;
import java.util.Set;

/**
 * Caller that a valid token names.
 *
 * @param name user or client, as the identity provider calls it
 * @param roles groups of the token
 * @param customer id of the only customer that the token is good for; null: all
 * @param validUntil time at which the token stops being valid, the tolerated skew included
 */
record TokenCaller(String name, Set<String> roles, String customer, Instant validUntil)
        implements Principal {

    TokenCaller {
        roles = Set.copyOf(roles);
    }

    @Override
    public String getName() {
        return name;
    }
}
