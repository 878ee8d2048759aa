package dev.tally.timeline.api;

import java.net.URI;
import java.util.List;
import java.util.Set;

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
     * @param origins of the provider, the issuer's among them, separated by spaces
     * @throws IllegalArgumentException if one of them makes no sense; it names the variable
     */
    static SignIn of(String issuer, String clientId, String scope, String origins) {
        var named = Set.copyOf(List.of(origins.strip().split("\\s+")));
        for (var one : named) {
            if (!one.equals(origin("TALLY_UI_ORIGINS", one))) {
                throw new IllegalArgumentException(
                        "TALLY_UI_ORIGINS has more than origins: " + one);
            }
        }
        var needed = origin("TALLY_JWT_ISSUER", issuer);
        if (!named.contains(needed)) {
            throw new IllegalArgumentException("TALLY_UI_ORIGINS lacks the issuer's: " + needed);
        }
        return new SignIn(issuer, clientId, scope, named);
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
