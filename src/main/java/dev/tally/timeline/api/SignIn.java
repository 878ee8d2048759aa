package dev.tally.timeline.api;

import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How people sign in on the page at an OpenID provider: with the code flow of a public client
 * (OAuth 2.0, RFC 6749) and PKCE (RFC 7636).
 *
 * @param issuer the provider's issuer; below its address is what OpenID Connect Discovery describes
 * @param clientId what the provider calls the page
 * @param scope what is asked for, separated by spaces
 * @param origins of what the page asks the provider for
 */
record SignIn(String issuer, String clientId, String scope, Set<String> origins) {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    /**
     * Reads settings.
     *
     * @param tokenAt any address of the token endpoint's origin, if that is not the issuer's
     * @throws IllegalArgumentException if one of them makes no sense; it names the variable
     */
    static SignIn of(String issuer, String clientId, String scope, Optional<String> tokenAt) {
        var origins =
                Stream.concat(
                                Stream.of(origin("TALLY_JWT_ISSUER", issuer)),
                                tokenAt.stream().map(at -> origin("TALLY_UI_TOKEN_ORIGIN", at)))
                        .collect(Collectors.toUnmodifiableSet());
        return new SignIn(issuer, clientId, scope, origins);
    }

    /** Scheme, host and port of an address to which a secret may be sent. */
    private static String origin(String variable, String address) {
        try {
            var url = URI.create(address);
            var host = url.getHost();
            var isSafe = "https".equals(url.getScheme());
            var isHere = "http".equals(url.getScheme()) && host != null && LOOPBACK.contains(host);
            if (host != null && (isSafe || isHere)) {
                return url.getScheme()
                        + "://"
                        + host
                        + (url.getPort() == -1 ? "" : ":" + url.getPort());
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(variable + " is no URL: " + address, e);
        }
        throw new IllegalArgumentException(
                "%s must begin with https:// for people to sign in on the page: %s"
                        .formatted(variable, address));
    }
}
