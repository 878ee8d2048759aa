package dev.tally.licensing.api;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import dev.tally.licensing.domain.License;
import dev.tally.licensing.events.CustomerId;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Map;

/**
 * Signs entitlements: what a player or a DRM license proxy verifies without asking us. A JWS (RFC
 * 7515) with ES256 whose claims say which title plays on which device until when.
 */
@ApplicationScoped
public class Entitlements {

    private static final JOSEObjectType TYPE = new JOSEObjectType("entitlement+jwt");

    /** A private JWK set (RFC 7517) of P-256 keys: the first signs, all are published. */
    @Inject
    @ConfigProperty(name = "tally.token.keys")
    String keyFile;

    @Inject
    @ConfigProperty(name = "tally.token.issuer", defaultValue = "urn:tally")
    String issuer;

    private JWKSet published;
    private JWSHeader header;
    private JWSSigner signer;

    void checkAtStart(@Observes Startup started) {
        // Being called is enough: a service that cannot sign must not start.
    }

    @PostConstruct
    void loadKeys() {
        try {
            var keys = JWKSet.load(Path.of(keyFile).toFile());
            if (keys.isEmpty() || !(keys.getKeys().getFirst() instanceof ECKey signing)) {
                throw new IllegalStateException(keyFile + " does not begin with an EC key");
            }
            published = keys.toPublicJWKSet();
            header =
                    new JWSHeader.Builder(JWSAlgorithm.ES256)
                            .type(TYPE)
                            .keyID(signing.getKeyID())
                            .build();
            signer = new ECDSASigner(signing);
        } catch (IOException | ParseException | JOSEException e) {
            throw new IllegalStateException("the token keys in " + keyFile + " cannot be used", e);
        }
    }

    /** The keys that verify, and nothing that signs. */
    Map<String, Object> publishedKeys() {
        return published.toJSONObject();
    }

    /** The license as a signed entitlement; null if it is not active. */
    String token(CustomerId customer, License license, Instant at) {
        if (!license.isActiveAt(at)) {
            return null;
        }
        var claims =
                new JWTClaimsSet.Builder()
                        .issuer(issuer)
                        .subject(customer.value())
                        .jwtID(license.id().value())
                        .issueTime(Date.from(at))
                        .claim("title", license.title().value())
                        .claim("device", license.device().value())
                        .claim("type", license.type().name());
        if (license.expiresAt() != null) {
            claims.expirationTime(Date.from(license.expiresAt()));
        }
        if (license.playbackDuration() != null) {
            claims.claim("playbackDuration", license.playbackDuration().toString());
        }
        try {
            var jwt = new SignedJWT(header, claims.build());
            jwt.sign(signer);
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException("the entitlement cannot be signed", e);
        }
    }
}
