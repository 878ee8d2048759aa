package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.events.LicenseType;
import dev.tally.runtime.Ids;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import java.time.Instant;

/**
 * Request for a license.
 *
 * @param deviceName the member's name for the device; null: not said
 */
public record AcquireRequest(
        @NotNull @Identifier String titleId,
        @NotNull @Identifier String deviceId,
        @FreeText String deviceName,
        @NotNull @Identifier String plan,
        @NotNull @Pattern(regexp = "DOWNLOAD|STREAMING", message = "must be DOWNLOAD or STREAMING")
                String type) {

    /**
     * The command of this request.
     *
     * @param key the caller's idempotency key, from which the license's id follows on every node;
     *     null: none
     */
    AcquireLicense command(CustomerId customer, String key, Instant now) {
        var wish =
                new Wish(
                        LicenseType.valueOf(type),
                        new TitleId(titleId),
                        new DeviceId(deviceId),
                        deviceName,
                        new PlanId(plan));
        var spare = new LicenseId(Ids.next());
        var license = key == null ? spare : new LicenseId(Ids.of(customer.value(), key));
        var ids = new NewIds(license, spare, new DownloadId(Ids.next()));
        return new AcquireLicense(customer, wish, ids, now);
    }
}
