package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Promising;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.provisional.LicenseAnswer;
import dev.tally.licensing.provisional.PromiseText;
import dev.tally.licensing.provisional.Shown;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;

/**
 * Claims of an entitlement: those of RFC 7519, and Tally's own.
 *
 * @param exp expiry in seconds since 1970, as iat is; null: never
 * @param offline true if the license may be kept on the device and plays without a connection
 * @param rentalDuration time that the rental lasts from its issue or last renewal; null: as long as
 *     nothing ends it
 * @param renewFrom time in seconds since 1970 from which the license should be renewed; null: there
 *     is nothing to renew
 * @param renewBy time in seconds since 1970 by which it has to be; null: there is nothing to renew
 * @param playbackDuration time for which the license plays after first play; null: as long as it
 *     lives
 * @param provisional true if the license was promised without the store; null: it was not
 * @param promise the promise, as the journal of the node keeps it; null: nothing was promised
 */
@JsonInclude(Include.NON_NULL)
record Claims(
        String iss,
        String sub,
        String jti,
        long iat,
        Long exp,
        String title,
        String studio,
        String device,
        LicenseType type,
        Boolean offline,
        String plan,
        Duration rentalDuration,
        Duration playbackDuration,
        Long renewFrom,
        Long renewBy,
        Integer policyVersion,
        Boolean provisional,
        JsonNode promise) {

    static Claims of(
            String issuer, CustomerId customer, License license, Instant at, LicenseAnswer answer) {
        var renewal = answer.outcome().renewal();
        return new Claims(
                issuer,
                customer.value(),
                license.id().value(),
                at.getEpochSecond(),
                seconds(license.expiresAt()),
                license.title().value(),
                license.studio().value(),
                license.device().value(),
                license.type(),
                license.type() == LicenseType.DOWNLOAD,
                license.plan().value(),
                license.rentalDuration(),
                license.playbackDuration(),
                seconds(RenewalWindow.beginOf(renewal)),
                seconds(RenewalWindow.endOf(renewal)),
                license.policyVersion(),
                answer.isProvisional() ? true : null,
                answer.promise() == null ? null : PromiseText.json(answer.promise()));
    }

    private static Long seconds(Instant time) {
        return time == null ? null : time.getEpochSecond();
    }

    Shown shown() {
        var terms =
                new LicenseIssued(
                        new LicenseId(jti),
                        new TitleId(title),
                        new StudioId(studio),
                        new DeviceId(device),
                        type,
                        new PlanId(plan),
                        Instant.ofEpochSecond(iat),
                        exp == null ? null : Instant.ofEpochSecond(exp),
                        playbackDuration,
                        null,
                        policyVersion);
        var given = promise == null ? null : PromiseText.promise(new CustomerId(sub), promise);
        return new Shown(Promising.shown(terms), given);
    }
}
