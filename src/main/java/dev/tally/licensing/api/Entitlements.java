package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;

import dev.tally.http.Json;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.events.LicenseType;
import dev.tally.runtime.NativeCrypto;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Signs entitlements, which a player or a DRM license proxy verifies without asking Tally. An
 * entitlement is a JWS (RFC 7515) with ES256 whose claims say which title plays on which device
 * until when.
 */
@ApplicationScoped
public class Entitlements {

    private static final JOSEObjectType TYPE = new JOSEObjectType("entitlement+jwt");

    /** File of a private JWK set (RFC 7517) of P-256 keys: the first signs, all are published. */
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
        // The call alone loads the keys: a service that cannot sign must not start.
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
                    encodedOnce(
                            new JWSHeader.Builder(JWSAlgorithm.ES256)
                                    .type(TYPE)
                                    .keyID(signing.getKeyID())
                                    .build());
            signer = signer(signing);
        } catch (IOException | ParseException | JOSEException e) {
            throw new IllegalStateException("the token keys in " + keyFile + " cannot be used", e);
        }
    }

    /**
     * Signer with the native provider where it runs on this machine, since each token is signed
     * anew.
     */
    private static JWSSigner signer(ECKey key) throws JOSEException {
        var signer = new ECDSASigner(key);
        NativeCrypto.provider().ifPresent(signer.getJCAContext()::setProvider);
        return signer;
    }

    /**
     * A header that keeps its encoded text, as one that was parsed does; else it would be encoded
     * for every token.
     */
    private static JWSHeader encodedOnce(JWSHeader header) throws ParseException {
        return JWSHeader.parse(header.toBase64URL());
    }

    /** The public keys, which verify and cannot sign. */
    Map<String, Object> publishedKeys() {
        return published.toJSONObject();
    }

    /** The signed entitlement of a license; null if the license is not active. */
    String token(CustomerId customer, License license, Instant at) {
        if (!license.isActiveAt(at)) {
            return null;
        }
        var token =
                new JWSObject(
                        header,
                        new Payload(
                                Json.MAPPER.writeValueAsBytes(
                                        Claims.of(issuer, customer, license, at))));
        try {
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException("the entitlement cannot be signed", e);
        }
    }

    /**
     * Claims of RFC 7519, and Tally's own.
     *
     * @param exp expiry in seconds since 1970, as iat is; null: never
     * @param playbackDuration time for which the license plays after first play; null: as long as
     *     it lives
     */
    @JsonInclude(Include.NON_NULL)
    private record Claims(
            String iss,
            String sub,
            String jti,
            long iat,
            Long exp,
            String title,
            String device,
            LicenseType type,
            Duration playbackDuration) {

        static Claims of(String issuer, CustomerId customer, License license, Instant at) {
            var expiresAt = license.expiresAt();
            return new Claims(
                    issuer,
                    customer.value(),
                    license.id().value(),
                    at.getEpochSecond(),
                    expiresAt == null ? null : expiresAt.getEpochSecond(),
                    license.title().value(),
                    license.device().value(),
                    license.type(),
                    license.playbackDuration());
        }
    }
}
