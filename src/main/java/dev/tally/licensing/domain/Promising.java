package dev.tally.licensing.domain;

import dev.tally.ids.DownloadId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a promise of a license means to an account that the store has not seen it in. Pure: no
 * clock, no ids made here, no I/O.
 */
public final class Promising {

    private Promising() {}

    /** The license as it was granted, but for an earlier end, and without a time to confirm it. */
    public static LicenseIssued endingBy(LicenseIssued granted, Instant end) {
        return new LicenseIssued(
                granted.license(),
                granted.title(),
                granted.studio(),
                granted.device(),
                granted.type(),
                granted.plan(),
                granted.issuedAt(),
                Times.earliest(granted.expiresAt(), end),
                granted.playbackDuration(),
                null,
                granted.policyVersion());
    }

    /** The license with an earlier end, if that is earlier. */
    public static License endingBy(License license, Instant end) {
        return license.endingWith(end);
    }

    /**
     * The end of a renewal that may be promised: never after the renewal's own, never before the
     * license's present one.
     */
    public static Instant endOfRenewal(License license, Instant renewed, Instant promised) {
        return Times.earliest(renewed, Times.latest(license.expiresAt(), promised));
    }

    /** The license that a token tells of. */
    public static License shown(LicenseIssued terms) {
        return License.issued("", terms).confirm();
    }

    /** The account with a license that it may not have. */
    public static Account knowing(Account account, License shown) {
        return account.licenses().find(shown.id()).isPresent()
                ? account
                : account.with(account.licenses().with(shown));
    }

    /**
     * The account as the promise of a license leaves it, so that what follows is decided with it.
     *
     * @param promise id of the promise, by which denials name it
     */
    public static Account promised(
            Account account, LicenseIssued license, DownloadId download, String promise) {
        if (account.licenses().find(license.license()).isPresent()) return account;
        var after = account;
        for (var event : events(account, license, download)) {
            after = Account.evolve(after, promise, event);
        }
        return after;
    }

    private static List<CustomerEvent> events(
            Account account, LicenseIssued license, DownloadId download) {
        var events = new ArrayList<CustomerEvent>();
        events.add(license);
        if (license.type() == LicenseType.STREAMING) return events;
        events.add(
                new DownloadCounted(
                        download,
                        license.title(),
                        license.license(),
                        license.issuedAt(),
                        CountCause.ACQUIRED,
                        null,
                        license.policyVersion()));
        var known = account.devices().find(license.device());
        if (known.filter(Device::isActive).isEmpty()) {
            var name = known.map(Device::name).orElse(null);
            events.add(new DeviceActivated(license.device(), name, license.issuedAt()));
        }
        return events;
    }
}
