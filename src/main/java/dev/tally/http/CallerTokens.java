package dev.tally.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.Set;

/**
 * Verifies callers' tokens: JWTs of an OIDC identity provider, or any other that publishes a JWK
 * set. The signature is verified first, so that a reason is told only to who holds a token of the
 * provider.
 */
@ApplicationScoped
class CallerTokens {

    /** Algorithms with a public key. One with a shared secret would let each verifier sign. */
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.RS512,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.PS384,
                    JWSAlgorithm.PS512,
                    JWSAlgorithm.ES256,
                    JWSAlgorithm.ES384,
                    JWSAlgorithm.ES512);

    /** Longest token, in characters. */
    static final int MAX_CHARACTERS = 8_192;

    /** Most bytes of heap for the tokens that are remembered: some thirty thousand. */
    private static final long REMEMBERED_BYTES = 16L * 1024 * 1024;

    /** Longest time for which a token is not verified anew, although its key may be withdrawn. */
    private static final Duration REMEMBERED_FOR = Duration.ofMinutes(1);

    /** Bytes of heap that a token takes beside its texts: its digest, and the cache's own. */
    private static final int FIXED_BYTES = 400;

    /** Bytes of heap that a text takes beside its characters. */
    private static final int BYTES_OF_A_TEXT = 56;

    @Inject TokenSettings settings;
    @Inject InstantSource clock;

    private final TokenVerifiers verifiers = new TokenVerifiers();
    private JWKSource<SecurityContext> keys;
    private ClaimNames names;

    /** Callers by their token's digest. A token itself is four times as large, and a secret. */
    private Cache<String, TokenCaller> remembered;

    void checkAtStart(@Observes Startup started) {
        // The call alone reads the settings: a service that knows no identity provider must not
        // start.
    }

    @PostConstruct
    void prepare() {
        keys = IssuerKeys.at(settings.keys());
        names = settings.claimNames();
        remembered =
                Caffeine.newBuilder()
                        .maximumWeight(REMEMBERED_BYTES)
                        .weigher((String digest, TokenCaller caller) -> weight(caller))
                        .expireAfterWrite(REMEMBERED_FOR)
                        .executor(Runnable::run)
                        .build();
    }

    /**
     * The caller that a token names.
     *
     * @throws TokenRefused if the token is not valid
     * @throws IssuerKeys.Unavailable if the provider's keys cannot be read
     */
    public TokenCaller verify(String token) throws TokenRefused {
        var digest = digest(token);
        var known = remembered.getIfPresent(digest);
        if (known != null && clock.instant().isBefore(known.validUntil())) return known;
        var caller = caller(signed(parse(token)));
        remembered.put(digest, caller);
        return caller;
    }

    private static int weight(TokenCaller caller) {
        var bytes = FIXED_BYTES + 2 * caller.name().length();
        if (caller.customer() != null) bytes += BYTES_OF_A_TEXT + 2 * caller.customer().length();
        for (var role : caller.roles()) bytes += BYTES_OF_A_TEXT + 2 * role.length();
        return bytes;
    }

    /** The SHA-256 of a token, each octet a character. */
    private static String digest(String token) {
        try {
            var octets =
                    MessageDigest.getInstance("SHA-256")
                            .digest(token.getBytes(StandardCharsets.UTF_8));
            return new String(octets, StandardCharsets.ISO_8859_1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SignedJWT parse(String token) throws TokenRefused {
        if (token.length() > MAX_CHARACTERS) {
            throw new TokenRefused("The token has more than " + MAX_CHARACTERS + " characters.");
        }
        try {
            return SignedJWT.parse(token);
        } catch (ParseException | IllegalArgumentException e) {
            throw new TokenRefused("The token is no signed JWT.");
        }
    }

    private JWTClaimsSet signed(SignedJWT token) throws TokenRefused {
        if (!ALGORITHMS.contains(token.getHeader().getAlgorithm())) {
            throw new TokenRefused("The token is signed by an algorithm that is not taken.");
        }
        try {
            var found = keys.get(new JWKSelector(JWKMatcher.forJWSHeader(token.getHeader())), null);
            if (found.isEmpty()) {
                throw new TokenRefused("The token is signed with a key that is not known.");
            }
            for (var key : found) if (verifies(key, token)) return token.getJWTClaimsSet();
            throw new TokenRefused("The token's signature is not that of its key.");
        } catch (KeySourceException e) {
            throw new IssuerKeys.Unavailable(e);
        } catch (ParseException e) {
            throw new TokenRefused("The token's claims cannot be read.");
        }
    }

    private boolean verifies(JWK key, SignedJWT token) {
        try {
            return token.verify(verifiers.of(key, token.getHeader()));
        } catch (JOSEException e) {
            // The header asks for what the key cannot do, or for an extension that is not known.
            return false;
        }
    }

    private TokenCaller caller(JWTClaimsSet claims) throws TokenRefused {
        var now = clock.instant();
        var expiry = claims.getExpirationTime();
        if (expiry == null) throw new TokenRefused("The token has no expiry (exp).");
        var validUntil = expiry.toInstant().plus(settings.skew());
        if (!now.isBefore(validUntil)) {
            throw new TokenRefused("The token expired at " + expiry.toInstant() + ".");
        }
        if (isAfter(claims.getNotBeforeTime(), now)) {
            throw new TokenRefused("The token is not valid yet (nbf).");
        }
        if (!settings.issuer().equals(claims.getIssuer())) {
            throw new TokenRefused("The token is of another issuer (iss).");
        }
        if (claims.getAudience().stream().noneMatch(settings.audience()::contains)) {
            throw new TokenRefused("The token is not for this service (aud).");
        }
        return new TokenCaller(name(claims), groups(claims), customer(claims), validUntil);
    }

    private boolean isAfter(Date begin, Instant now) {
        return begin != null && begin.toInstant().isAfter(now.plus(settings.skew()));
    }

    private String name(JWTClaimsSet claims) throws TokenRefused {
        return names.name(claims.getClaims())
                .orElseThrow(() -> new TokenRefused("The token names no user (sub)."));
    }

    private Set<String> groups(JWTClaimsSet claims) throws TokenRefused {
        var groups = names.groups(claims.getClaims());
        if (groups.isEmpty()) {
            throw new TokenRefused("The token names no group (" + names.groups() + ").");
        }
        return groups;
    }

    /** The one customer that the token is good for; null: all. */
    private static String customer(JWTClaimsSet claims) throws TokenRefused {
        var customer = claims.getClaim(ClaimNames.CUSTOMER);
        if (customer == null || (customer instanceof String text && !text.isBlank())) {
            return (String) customer;
        }
        // A restriction that cannot be read must not become none.
        throw new TokenRefused("The token's customer is no text (customer).");
    }
}
