package dev.tally.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.KeyTypeException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;

import dev.tally.runtime.NativeCrypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;

/**
 * Verifiers of signatures, one for each key and algorithm. The native provider verifies where it
 * runs on this machine, and each key is translated for that provider once: otherwise each token
 * that was not seen before would have it translated.
 */
final class TokenVerifiers {

    /** Most verifiers that are kept. A provider publishes a few keys, and each has a few uses. */
    private static final int KEPT = 256;

    private final DefaultJWSVerifierFactory factory = new DefaultJWSVerifierFactory();
    private final Cache<Use, JWSVerifier> verifiers =
            Caffeine.newBuilder().maximumSize(KEPT).executor(Runnable::run).build();

    /** A key, and the algorithm that a token names. */
    private record Use(JWK key, JWSAlgorithm algorithm) {}

    TokenVerifiers() {
        NativeCrypto.provider().ifPresent(factory.getJCAContext()::setProvider);
    }

    /**
     * The verifier of a token.
     *
     * @throws JOSEException if the key has no public half, or is not for the token's algorithm
     */
    JWSVerifier of(JWK key, JWSHeader header) throws JOSEException {
        var use = new Use(key, header.getAlgorithm());
        var known = verifiers.getIfPresent(use);
        if (known != null) return known;
        if (!(key instanceof AsymmetricJWK pair)) throw new KeyTypeException(PublicKey.class);
        var verifier = factory.createJWSVerifier(header, translated(pair.toPublicKey()));
        verifiers.put(use, verifier);
        return verifier;
    }

    private static Key translated(PublicKey key) throws JOSEException {
        var provider = NativeCrypto.provider();
        return provider.isEmpty() ? key : translated(key, provider.get());
    }

    private static Key translated(PublicKey key, Provider provider) throws JOSEException {
        try {
            return KeyFactory.getInstance(key.getAlgorithm(), provider).translateKey(key);
        } catch (GeneralSecurityException e) {
            throw new JOSEException("the native provider does not take the key", e);
        }
    }
}
