package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;
import java.util.function.Function;

/**
 * The commands of tests. A command is asked now and for a phone, unless a test gives another time
 * or device.
 */
final class Asks {

    static final LicenseId NEW_LICENSE = new LicenseId("new");
    static final LicenseId SPARE = new LicenseId("spare");
    static final DownloadId NEW_DOWNLOAD = new DownloadId("new");

    private static final CustomerId CUSTOMER = new CustomerId("customer");

    private Asks() {}

    /** The input of a decision beside the command, as a handler loads it. */
    record World(Account account, Policy policy, Function<TitleId, Title> titles) {

        License license(String id) {
            return account.licenses().find(new LicenseId(id)).orElseThrow();
        }
    }

    /** One command and its time, which can be changed. */
    record Ask(Instant time, AskedAt command) {

        Decision of(World world) {
            return command.of(world, time);
        }

        Ask at(Instant otherTime) {
            return new Ask(otherTime, command);
        }
    }

    interface AskedAt {
        Decision of(World world, Instant at);
    }

    /** The one place where tests build an acquire. */
    static Acquiring acquire(LicenseType type, String title, String device, String deviceName) {
        return new Acquiring(
                new Wish(
                        type,
                        new TitleId(title),
                        new DeviceId(device),
                        deviceName,
                        new PlanId("standard")));
    }

    /** An acquire that still needs ids and a time. */
    record Acquiring(Wish wish) {

        AcquireLicense named(String license, String download, Instant at) {
            return named(license, license, download, at);
        }

        /**
         * The acquire with given ids, as an idempotency key makes them. The ids may have been used
         * before.
         */
        AcquireLicense named(String license, String spare, String download, Instant at) {
            var ids =
                    new NewIds(
                            new LicenseId(license), new LicenseId(spare), new DownloadId(download));
            return new AcquireLicense(CUSTOMER, wish, ids, at);
        }
    }

    static Ask acquire(String title) {
        return acquire(title, "phone");
    }

    static Ask acquire(String title, String device) {
        return acquire(title, device, device);
    }

    static Ask acquire(String title, String device, String deviceName) {
        return now(
                (world, at) -> {
                    var command =
                            acquire(LicenseType.DOWNLOAD, title, device, deviceName)
                                    .named(NEW_LICENSE.value(), NEW_DOWNLOAD.value(), at);
                    return Licensing.decide(
                            world.account(),
                            world.titles().apply(command.title()),
                            world.policy(),
                            command);
                });
    }

    static Ask confirm(String license) {
        return confirm(license, null);
    }

    static Ask confirm(String license, Instant occurredAt) {
        return now(
                (world, at) ->
                        Licensing.decide(
                                world.account(),
                                world.license(license),
                                new ConfirmLicense(
                                        CUSTOMER, new LicenseId(license), occurredAt, at)));
    }

    static Ask renew(String license) {
        return now(
                (world, at) -> {
                    var found = world.license(license);
                    return Licensing.decide(
                            world.account(),
                            found,
                            world.titles().apply(found.title()),
                            world.policy(),
                            new RenewLicense(CUSTOMER, found.id(), NEW_DOWNLOAD, at));
                });
    }

    /**
     * A download license for the phone that a node has granted.
     *
     * @param until end of the token that the node gave
     */
    static Ask reconcile(String title, Instant issuedAt, Instant until) {
        return reconcile(LicenseType.DOWNLOAD, title, issuedAt, until);
    }

    static Ask reconcile(LicenseType type, String title, Instant issuedAt, Instant until) {
        return now(
                (world, at) -> {
                    var wished = acquire(type, title, "phone", "phone");
                    var command =
                            new ReconcileAcquire(
                                    CUSTOMER,
                                    wished.wish(),
                                    Facts.studioOf(title),
                                    new NewIds(NEW_LICENSE, SPARE, NEW_DOWNLOAD),
                                    issuedAt,
                                    until,
                                    at);
                    return Reconciling.decide(
                            world.account(),
                            world.account().licenses().find(NEW_LICENSE).orElse(null),
                            world.titles().apply(wished.wish().title()),
                            world.policy(),
                            command);
                });
    }

    /** A renewal that a node has granted. */
    static Ask reconcileRenewal(String license, Instant renewedAt, Instant until) {
        return now(
                (world, at) -> {
                    var found = world.license(license);
                    return Reconciling.decide(
                            world.account(),
                            found,
                            world.titles().apply(found.title()),
                            world.policy(),
                            new ReconcileRenewal(
                                    CUSTOMER, found.id(), NEW_DOWNLOAD, renewedAt, until, at));
                });
    }

    static Ask release(String license) {
        return release(license, null);
    }

    static Ask release(String license, Instant occurredAt) {
        return now(
                (world, at) ->
                        Licensing.decide(
                                world.account(),
                                world.license(license),
                                new ReleaseLicense(
                                        CUSTOMER, new LicenseId(license), occurredAt, at)));
    }

    static Ask revoke(String license) {
        return now(
                (world, at) ->
                        Licensing.decide(
                                world.account(),
                                world.license(license),
                                new RevokeLicense(CUSTOMER, new LicenseId(license), "fraud", at)));
    }

    static Ask deactivate(String device) {
        return now(
                (world, at) -> {
                    var id = new DeviceId(device);
                    return Licensing.decide(
                            world.account(),
                            world.account().devices().find(id).orElseThrow(),
                            world.policy(),
                            new DeactivateDevice(CUSTOMER, id, at));
                });
    }

    private static Ask now(AskedAt command) {
        return new Ask(Facts.NOW, command);
    }
}
