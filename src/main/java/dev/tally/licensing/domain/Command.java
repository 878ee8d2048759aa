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
 *
 * @param <C> the command itself
 */
public sealed interface Command<C extends Command<C>> {

    CustomerId customer();

    Instant at();

    /** The same command at another time: a customer's time never runs backwards. */
    C at(Instant time);

    /**
     * Grant a license.
     *
     * @param ids of what may come of it
     */
    record AcquireLicense(CustomerId customer, Wish wish, NewIds ids, Instant at)
            implements Command<AcquireLicense> {

        @Override
        public AcquireLicense at(Instant time) {
            return new AcquireLicense(customer, wish, ids, time);
        }

        public LicenseType type() {
            return wish.type();
        }

        public TitleId title() {
            return wish.title();
        }

        public DeviceId device() {
            return wish.device();
        }

        public PlanId plan() {
            return wish.plan();
        }
    }

    /**
     * The license that is wanted.
     *
     * @param deviceName null: not said
     */
    record Wish(LicenseType type, TitleId title, DeviceId device, String deviceName, PlanId plan) {}

    /**
     * Ids of a license and of the download that is counted for it.
     *
     * @param license follows from the idempotency key, where there is one
     * @param spare new, in case that the account knows such a license already: a key may come again
     *     once it was forgotten
     * @param download new
     */
    record NewIds(LicenseId license, LicenseId spare, DownloadId download) {}

    /** A command about one license that there is. */
    sealed interface OnLicense<C extends OnLicense<C>> extends Command<C> {
        LicenseId license();
    }

    /** The device has stored the license. */
    record ConfirmLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense<ConfirmLicense> {

        @Override
        public ConfirmLicense at(Instant time) {
            return new ConfirmLicense(customer, license, occurredAt, time);
        }
    }

    /** Set the license's rental clock anew. */
    record RenewLicense(CustomerId customer, LicenseId license, DownloadId newDownload, Instant at)
            implements OnLicense<RenewLicense> {

        @Override
        public RenewLicense at(Instant time) {
            return new RenewLicense(customer, license, newDownload, time);
        }
    }

    /** The member gives the license back. */
    record ReleaseLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense<ReleaseLicense> {

        @Override
        public ReleaseLicense at(Instant time) {
            return new ReleaseLicense(customer, license, occurredAt, time);
        }
    }

    /** The operator takes the license away. */
    record RevokeLicense(CustomerId customer, LicenseId license, String reason, Instant at)
            implements OnLicense<RevokeLicense> {

        @Override
        public RevokeLicense at(Instant time) {
            return new RevokeLicense(customer, license, reason, time);
        }
    }

    /** The customer takes a device off; its licenses are released with it. */
    record DeactivateDevice(CustomerId customer, DeviceId device, Instant at)
            implements Command<DeactivateDevice> {

        @Override
        public DeactivateDevice at(Instant time) {
            return new DeactivateDevice(customer, device, time);
        }
    }
}
