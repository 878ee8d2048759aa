package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.events.LicenseType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A license as answers show it.
 *
 * @param renewFrom time from which the license should be renewed; null: there is nothing to renew
 * @param renewBy time by which it has to be renewed, since it then ends; null: there is nothing to
 *     renew
 * @param provisional true if a node promised the license while the store did not answer
 * @param provisionalDuration time for which such a promise lasts
 * @param overLimit names of the rules that forbade what a node granted while the store was away;
 *     only where any did
 * @param token signed entitlement; only where a command gives an active license to its device
 * @param quotas what is left of each limit; only where a command used some of it up
 * @param cappedBy cause that kept a renewal from moving the expiry; only where one did nothing
 */
record LicenseView(
        String licenseId,
        String customerId,
        String titleId,
        String studioId,
        String deviceId,
        LicenseType type,
        String plan,
        State state,
        Instant issuedAt,
        Instant expiresAt,
        Instant renewFrom,
        Instant renewBy,
        Instant firstPlayedAt,
        int renewals,
        int policyVersion,
        boolean provisional,
        @JsonInclude(Include.NON_NULL) Duration provisionalDuration,
        @JsonInclude(Include.NON_EMPTY) List<String> overLimit,
        @JsonInclude(Include.NON_NULL) String token,
        @JsonInclude(Include.NON_NULL) List<QuotaView> quotas,
        @JsonInclude(Include.NON_NULL) Cap cappedBy) {

    /** True within the time in which the license should be renewed. */
    boolean isToBeRenewed(Instant at) {
        return renewFrom != null && !at.isBefore(renewFrom);
    }

    /** Parts that a command's answer has beside the license. */
    record Granted(String token, List<QuotaView> quotas, Cap cappedBy, Duration promisedFor) {

        static final Granted NOTHING = new Granted(null, null, null, null);
    }

    /**
     * @param renewal null: there is nothing to renew
     */
    static LicenseView of(CustomerId customer, License license, RenewalWindow renewal, Instant at) {
        return of(customer, license, renewal, at, Granted.NOTHING);
    }

    static LicenseView of(
            CustomerId customer,
            License license,
            RenewalWindow renewal,
            Instant at,
            Granted granted) {
        return new LicenseView(
                license.id().value(),
                customer.value(),
                license.title().value(),
                license.studio().value(),
                license.device().value(),
                license.type(),
                license.plan().value(),
                license.stateAt(at),
                license.issuedAt(),
                license.expiresAt(),
                RenewalWindow.beginOf(renewal),
                RenewalWindow.endOf(renewal),
                license.firstPlayedAt(),
                license.renewals(),
                license.policyVersion(),
                granted.promisedFor() != null,
                granted.promisedFor(),
                license.overLimit(),
                granted.token(),
                granted.quotas(),
                granted.cappedBy());
    }
}
