package dev.tally.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/**
 * Replaces the identity provider: it signs callers' tokens with keys that are created once and
 * kept.
 */
public final class Tokens {

    public static final String ISSUER = "urn:tally:local";
    public static final String AUDIENCE = "tally";
    public static final List<String> ROLES = List.of("edge", "reader", "operator");

    private static final Duration LONG = Duration.ofDays(365);

    private final ECKey callers;

    /** A private JWK set: the keys that sign entitlement tokens ({@code TALLY_TOKEN_KEYS}). */
    public final Path entitlementKeys;

    /** A public JWK set: verifies callers' tokens ({@code TALLY_JWT_KEYS}). */
    public final Path callersPublicKeys;

    private Tokens(ECKey callers, Path entitlementKeys, Path callersPublicKeys) {
        this.callers = callers;
        this.entitlementKeys = entitlementKeys;
        this.callersPublicKeys = callersPublicKeys;
    }

    /** The keys in a folder, which are created if they are missing. */
    public static Tokens in(Path folder) throws IOException {
        Files.createDirectories(folder);
        var callers = key(folder.resolve("callers.jwks.json"));
        var publicKeys = folder.resolve("callers-public.jwks.json");
        Files.writeString(publicKeys, new JWKSet(callers).toString(true));
        var entitlement = folder.resolve("entitlement.jwks.json");
        key(entitlement);
        return new Tokens(callers, entitlement, publicKeys);
    }

    private static ECKey key(Path file) throws IOException {
        try {
            if (!Files.exists(file)) {
                var key =
                        new ECKeyGenerator(Curve.P_256)
                                .keyUse(KeyUse.SIGNATURE)
                                .algorithm(JWSAlgorithm.ES256)
                                .keyIDFromThumbprint(true)
                                .generate();
                Secret.write(file, new JWKSet(key).toString(false));
            }
            return JWKSet.parse(Files.readString(file)).getKeys().getFirst().toECKey();
        } catch (JOSEException | ParseException e) {
            throw new IOException("No usable key in " + file, e);
        }
    }

    /** A caller's token that stays valid for a year. */
    public String of(String role) {
        return of(role, LONG);
    }

    /** A caller's token, which has expired already if {@code life} is negative. */
    public String of(String role, Duration life) {
        return sign(claims(role, life).build());
    }

    /** A player's token, which is good for one customer alone. */
    public String ofPlayer(String customer) {
        return sign(claims("edge", LONG).claim("customer", customer).build());
    }

    private static JWTClaimsSet.Builder claims(String role, Duration life) {
        var now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject(role)
                .claim("upn", role)
                .claim("groups", List.of(role))
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(life.isNegative() ? now.plus(life.multipliedBy(2)) : now))
                .expirationTime(Date.from(now.plus(life)));
    }

    private String sign(JWTClaimsSet claims) {
        try {
            var header =
                    new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(callers.getKeyID()).build();
            var token = new SignedJWT(header, claims);
            token.sign(new ECDSASigner(callers));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
