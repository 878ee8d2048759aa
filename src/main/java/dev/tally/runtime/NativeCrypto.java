package dev.tally.runtime;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;

import java.security.Provider;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds the native provider of signatures, which takes a seventh of the JDK's time. Its library
 * does not exist for every platform.
 */
public final class NativeCrypto {

    private static final Logger LOG = Logger.getLogger(NativeCrypto.class.getName());
    private static final Optional<Provider> PROVIDER = load();

    private NativeCrypto() {}

    /** The native provider; empty on a platform that it does not support. */
    public static Optional<Provider> provider() {
        return PROVIDER;
    }

    private static Optional<Provider> load() {
        var corretto = AmazonCorrettoCryptoProvider.INSTANCE;
        if (corretto.getLoadingError() == null) return Optional.of(corretto);
        LOG.log(
                Level.INFO,
                "The JDK signs and verifies, slower: {0}",
                corretto.getLoadingError().getMessage());
        return Optional.empty();
    }
}
