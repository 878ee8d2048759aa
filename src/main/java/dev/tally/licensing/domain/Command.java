package dev.tally.licensing.domain;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;

/**
 * What a customer, or the operator for them, asks for. Time and new ids are in it already; instants
 * have milliseconds.
 */
public sealed interface Command {

    CustomerId customer();

    Instant at();

    /**
     * Grant a license.
     *
     * @param deviceName null: not said
     */
    record AcquireLicense(
            CustomerId customer,
            LicenseType type,
            TitleId title,
            DeviceId device,
            String deviceName,
            PlanId plan,
            LicenseId newLicense,
            DownloadId newDownload,
            Instant at)
            implements Command {}

    /** A command about one license that there is. */
    sealed interface OnLicense extends Command {
        LicenseId license();
    }

    /** The device has stored the license. */
    record ConfirmLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense {}

    record RenewLicense(CustomerId customer, LicenseId license, DownloadId newDownload, Instant at)
            implements OnLicense {}

    /** The member gives the license back. */
    record ReleaseLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense {}

    /** The operator takes the license away. */
    record RevokeLicense(CustomerId customer, LicenseId license, String reason, Instant at)
            implements OnLicense {}

    /** The customer takes a device off; its licenses are released with it. */
    record DeactivateDevice(CustomerId customer, DeviceId device, Instant at) implements Command {}
}
