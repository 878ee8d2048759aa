package dev.tally.http;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetParseException;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;

/**
 * Keys of the identity provider, from its JWK set (RFC 7517). They are kept in memory and read
 * again after a while, and at once when a token names a key that is not among them. So a provider
 * may change its keys at any time. While the set cannot be read, the last one counts.
 */
final class IssuerKeys {

    /** Longest time that keys are used without being read again. */
    private static final Duration LIFE = Duration.ofMinutes(5);

    /** Longest time that keys are used while they cannot be read again. */
    private static final Duration LIFE_IN_OUTAGE = Duration.ofHours(12);

    /** Shortest time between two reads, however many tokens name keys that are not known. */
    private static final Duration BETWEEN_READS = Duration.ofSeconds(10);

    /** Time limit of connecting, and of reading. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Largest JWK set, in bytes. */
    private static final int MAX_BYTES = 256 * 1024;

    private IssuerKeys() {}

    /**
     * The keys at a place.
     *
     * @param place path or URL (file, https, http) of a JWK set
     */
    static JWKSource<SecurityContext> at(String place) {
        return builder(place)
                .cache(LIFE.toMillis(), 2 * PATIENCE.toMillis())
                .rateLimited(BETWEEN_READS.toMillis())
                .outageTolerant(LIFE_IN_OUTAGE.toMillis())
                .build();
    }

    private static JWKSourceBuilder<SecurityContext> builder(String place) {
        if (!place.startsWith("http:") && !place.startsWith("https:")) {
            var file = place.startsWith("file:") ? Path.of(URI.create(place)) : Path.of(place);
            return JWKSourceBuilder.create(new InFile(file));
        }
        try {
            int patience = Math.toIntExact(PATIENCE.toMillis());
            return JWKSourceBuilder.create(
                    URI.create(place).toURL(),
                    new DefaultResourceRetriever(patience, patience, MAX_BYTES));
        } catch (MalformedURLException | IllegalArgumentException e) {
            throw new IllegalStateException("TALLY_JWT_KEYS is no URL: " + place, e);
        }
    }

    /** Says that keys cannot be read, so that nobody knows whether a token is valid. */
    static final class Unavailable extends RuntimeException {

        Unavailable(KeySourceException cause) {
            super("The identity provider's keys cannot be read: " + cause.getMessage(), cause);
        }
    }

    /** A JWK set in a file, which may be replaced at any time. */
    private record InFile(Path file) implements JWKSetSource<SecurityContext> {

        @Override
        public JWKSet getJWKSet(
                JWKSetCacheRefreshEvaluator refresh, long now, SecurityContext context)
                throws KeySourceException {
            try {
                return JWKSet.parse(Files.readString(file));
            } catch (IOException e) {
                throw new JWKSetRetrievalException(file + " cannot be read", e);
            } catch (ParseException e) {
                throw new JWKSetParseException(file + " is no JWK set", e);
            }
        }

        @Override
        public void close() {
            // Nothing is open between two reads.
        }
    }
}
