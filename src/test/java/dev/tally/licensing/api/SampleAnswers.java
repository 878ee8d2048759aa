package dev.tally.licensing.api;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.provisional.LicenseAnswer;
import dev.tally.licensing.write.LicenseOutcome;
import dev.tally.local.Tokens;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Makes answers, so that this can be measured without a server. */
public final class SampleAnswers {

    private SampleAnswers() {}

    /** Signs the tokens of answers. */
    public interface Signer {
        String token(CustomerId customer, License license, Instant at);
    }

    /**
     * A signer that signs as the application does.
     *
     * @param folder the folder of its key, which is created if it is missing
     */
    @SuppressWarnings("UnnecessaryAssignment") // no container is here to inject
    public static Signer signer(Path folder) throws IOException {
        var entitlements = new Entitlements();
        entitlements.keyFile = Tokens.in(folder).entitlementKeys.toString();
        entitlements.issuer = "urn:tally";
        entitlements.loadKeys();
        return (customer, license, at) ->
                entitlements.token(
                        customer,
                        license,
                        at,
                        LicenseAnswer.of(LicenseOutcome.withoutStore(null, license, at)));
    }

    /** The answer to an acquire; its token is as long as a real one. */
    public static Object granted(
            CustomerId customer, License license, Instant at, List<Evaluation> quotas) {
        var token = "eyJ0".repeat(120);
        var granted = new LicenseView.Granted(token, QuotaView.limited(quotas), null, null);
        return LicenseView.of(customer, license, null, at, granted);
    }
}
