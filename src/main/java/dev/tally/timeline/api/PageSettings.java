package dev.tally.timeline.api;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import java.util.Optional;
import java.util.logging.Logger;

/** Settings that say how people sign in on the page. */
@ApplicationScoped
class PageSettings {

    private static final Logger LOG = Logger.getLogger(PageSettings.class.getName());

    /** The issuer of callers' tokens: those that people get there are verified like all others. */
    @Inject
    @ConfigProperty(name = "tally.jwt.issuer")
    Optional<String> issuer;

    @Inject
    @ConfigProperty(name = "tally.ui.client.id")
    Optional<String> clientId;

    @Inject
    @ConfigProperty(name = "tally.ui.scope", defaultValue = "openid")
    String scope;

    /** Origins of the provider. server.xml lets the page ask them, too. */
    @Inject
    @ConfigProperty(name = "tally.ui.origins", defaultValue = "none")
    String origins;

    /**
     * The provider at which people sign in. Empty if none is named, or if the settings make no
     * sense, which is logged: members are served all the same, and a token can be pasted.
     */
    Optional<SignIn> signIn() {
        if (clientId.isEmpty()) return Optional.empty();
        try {
            return Optional.of(SignIn.of(issuer.orElse(""), clientId.get(), scope, origins));
        } catch (IllegalArgumentException e) {
            LOG.severe(() -> "Nobody can sign in on the page, tokens aside: " + e.getMessage());
            return Optional.empty();
        }
    }
}
