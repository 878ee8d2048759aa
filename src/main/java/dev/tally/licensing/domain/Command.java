package dev.tally.licensing.domain;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;

/**
 * A command of a customer, or of the operator for a customer. Time and new ids are in it already;
 * instants have milliseconds.
 *
 * @param <C> the command itself
 */
public sealed interface Command<C extends Command<C>> {

    CustomerId customer();

    Instant at();

    /** This command at another time: a customer's time never runs backwards. */
    C at(Instant time);

    /**
     * Command to grant a license.
     *
     * @param wish the license that is wanted
     * @param ids new ids for what may come of the command
     */
    record AcquireLicense(CustomerId customer, Wish wish, NewIds ids, Instant at)
            implements Command<AcquireLicense>, Supposable {

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
     * Description of a license that is wanted.
     *
     * @param deviceName name of the device as the member sees it; null if not given
     */
    record Wish(LicenseType type, TitleId title, DeviceId device, String deviceName, PlanId plan) {}

    /**
     * Ids of a license and of the download that is counted for it.
     *
     * @param license id that follows from the idempotency key, where there is one
     * @param spare new id, in case that the account has a license with the first id already: a key
     *     may come again once it was forgotten
     * @param download new id
     */
    record NewIds(LicenseId license, LicenseId spare, DownloadId download) {}

    /** A command about one existing license. */
    sealed interface OnLicense<C extends OnLicense<C>> extends Command<C> {
        LicenseId license();
    }

    /** Command to record that the device has stored the license. */
    record ConfirmLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense<ConfirmLicense>, Supposable {

        @Override
        public ConfirmLicense at(Instant time) {
            return new ConfirmLicense(customer, license, occurredAt, time);
        }
    }

    /** Command to restart the license's rental clock. */
    record RenewLicense(CustomerId customer, LicenseId license, DownloadId newDownload, Instant at)
            implements OnLicense<RenewLicense>, Supposable {

        @Override
        public RenewLicense at(Instant time) {
            return new RenewLicense(customer, license, newDownload, time);
        }
    }

    /**
     * Command to record a license that a node granted while the store was away.
     *
     * @param studio studio of the title as the node knew it, in case that the title is unknown now
     * @param ids the license's id is the one that the node gave
     * @param until end of the token that the node gave
     */
    record ReconcileAcquire(
            CustomerId customer,
            Wish wish,
            StudioId studio,
            NewIds ids,
            Instant issuedAt,
            Instant until,
            Instant at)
            implements Command<ReconcileAcquire> {

        @Override
        public ReconcileAcquire at(Instant time) {
            return new ReconcileAcquire(customer, wish, studio, ids, issuedAt, until, time);
        }
    }

    /**
     * Command to record that a node gave a new token for a license while the store was away.
     *
     * @param until end of the token that the node gave
     */
    record ReconcileRenewal(
            CustomerId customer,
            LicenseId license,
            DownloadId newDownload,
            Instant renewedAt,
            Instant until,
            Instant at)
            implements OnLicense<ReconcileRenewal> {

        @Override
        public ReconcileRenewal at(Instant time) {
            return new ReconcileRenewal(customer, license, newDownload, renewedAt, until, time);
        }
    }

    /** Command by which the member gives the license back. */
    record ReleaseLicense(CustomerId customer, LicenseId license, Instant occurredAt, Instant at)
            implements OnLicense<ReleaseLicense>, Supposable {

        @Override
        public ReleaseLicense at(Instant time) {
            return new ReleaseLicense(customer, license, occurredAt, time);
        }
    }

    /** Command by which the operator takes the license away. */
    record RevokeLicense(CustomerId customer, LicenseId license, String reason, Instant at)
            implements OnLicense<RevokeLicense>, Supposable {

        @Override
        public RevokeLicense at(Instant time) {
            return new RevokeLicense(customer, license, reason, time);
        }
    }

    /**
     * Command by which the operator takes a counted download out of the limits.
     *
     * @param countedBy number of the event that counted it
     * @param reason reason in the operator's words
     */
    record WaiveDownload(CustomerId customer, int countedBy, String reason, Instant at)
            implements Command<WaiveDownload> {

        @Override
        public WaiveDownload at(Instant time) {
            return new WaiveDownload(customer, countedBy, reason, time);
        }
    }

    /**
     * Command by which the operator sets or removes the customer's own policy.
     *
     * @param supersedes number of the event that set the version which this one follows; 0: there
     *     is no policy
     * @param settings what the policy sets, as JSON; null: it is removed
     * @param validFrom time from which it is in force, if that is later than the command's
     */
    record SetPolicy(
            CustomerId customer, int supersedes, String settings, Instant validFrom, Instant at)
            implements Command<SetPolicy> {

        @Override
        public SetPolicy at(Instant time) {
            return new SetPolicy(customer, supersedes, settings, validFrom, time);
        }
    }

    /** Command by which the customer takes a device off; its licenses are released with it. */
    record DeactivateDevice(CustomerId customer, DeviceId device, Instant at)
            implements Command<DeactivateDevice>, Supposable {

        @Override
        public DeactivateDevice at(Instant time) {
            return new DeactivateDevice(customer, device, time);
        }
    }
}
