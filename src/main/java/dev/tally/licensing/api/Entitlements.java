package dev.tally.licensing.api;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;

import dev.tally.http.Json;
import dev.tally.http.ProblemException;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.provisional.LicenseAnswer;
import dev.tally.licensing.provisional.Shown;
import dev.tally.runtime.NativeCrypto;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.text.ParseException;
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

    /** Most characters of a token: a device's name and a key may be long. */
    static final int MAX_TOKEN = 4_096;

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
     * anew. The key is translated for that provider once: otherwise each signature would do so,
     * which took 19 of 43 µs.
     */
    private static JWSSigner signer(ECKey key) throws JOSEException {
        var provider = NativeCrypto.provider();
        if (provider.isEmpty()) return new ECDSASigner(key);
        try {
            var translated =
                    KeyFactory.getInstance("EC", provider.get()).translateKey(key.toPrivateKey());
            var signer = new ECDSASigner((PrivateKey) translated, key.getCurve());
            signer.getJCAContext().setProvider(provider.get());
            return signer;
        } catch (GeneralSecurityException e) {
            throw new JOSEException("the native provider does not take the key", e);
        }
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
    String token(CustomerId customer, License license, Instant at, LicenseAnswer answer) {
        if (!license.isActiveAt(at)) {
            return null;
        }
        var token =
                new JWSObject(
                        header,
                        new Payload(
                                Json.MAPPER.writeValueAsBytes(
                                        Claims.of(issuer, customer, license, at, answer))));
        try {
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException("the entitlement cannot be signed", e);
        }
    }

    /**
     * What a token tells of a license, and of the promise that it was given with.
     *
     * @param token token that the caller sent along; null: none
     * @return null if there is none, or if it is of before tokens told enough
     * @throws ProblemException if it was not signed with a published key, or is another customer's
     */
    public Shown shown(CustomerId customer, String token) {
        if (token == null) return null;
        var claims = verified(token);
        if (!customer.value().equals(claims.sub())) throw notOurs("is of another customer");
        return claims.plan() == null ? null : claims.shown();
    }

    private Claims verified(String token) {
        try {
            var jws = JWSObject.parse(token);
            var key = published.getKeyByKeyId(jws.getHeader().getKeyID());
            var isOurs =
                    key instanceof ECKey ec
                            && TYPE.equals(jws.getHeader().getType())
                            && jws.verify(new ECDSAVerifier(ec));
            if (!isOurs) throw notOurs("is not signed by this service");
            return Json.MAPPER
                    .readerFor(Claims.class)
                    // A newer release may say more.
                    .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(jws.getPayload().toBytes());
        } catch (ParseException | JOSEException | JacksonException e) {
            throw notOurs("cannot be read");
        }
    }

    private static ProblemException notOurs(String why) {
        return ProblemException.invalid("Tally-Entitlement", why);
    }
}
