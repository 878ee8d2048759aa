package dev.tally.licensing.events;

import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicyRemoved;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;

/** Example events: for each record one with all fields, and one with all nulls that it allows. */
public final class Examples {

    private static final LicenseId LICENSE = new LicenseId("01kahq5x6t8z9w3v7r2n4m5p6q");
    private static final DownloadId DOWNLOAD = new DownloadId("01kahq5x6t8z9w3v7r2n4m5p6r");
    private static final SessionId SESSION = new SessionId("01kahq5x6t8z9w3v7r2n4m5p6s");
    private static final TitleId TITLE = new TitleId("glow-s01e01");
    private static final StudioId STUDIO = new StudioId("ştüdio-ö");
    private static final DeviceId DEVICE = new DeviceId("pixel 9 \uD83D\uDCF1");
    private static final PlanId PLAN = new PlanId("premium");
    private static final Instant AT = Instant.parse("2026-11-21T08:15:30.123Z");
    private static final Instant LATER = Instant.parse("2026-12-21T08:15:30Z");
    private static final Instant EPOCH = Instant.EPOCH;

    public static final List<CustomerEvent> ALL =
            List.of(
                    new LicenseIssued(
                            LICENSE,
                            TITLE,
                            STUDIO,
                            DEVICE,
                            LicenseType.DOWNLOAD,
                            PLAN,
                            AT,
                            LATER,
                            Duration.ofDays(2),
                            AT.plusSeconds(3_600),
                            1),
                    new LicenseIssued(
                            LICENSE,
                            TITLE,
                            STUDIO,
                            DEVICE,
                            LicenseType.STREAMING,
                            PLAN,
                            EPOCH,
                            null,
                            null,
                            null,
                            2_000_000),
                    new LicenseIssued(
                            LICENSE,
                            TITLE,
                            STUDIO,
                            DEVICE,
                            LicenseType.DOWNLOAD,
                            PLAN,
                            AT,
                            Instant.parse("9999-12-31T23:59:59.999Z"),
                            Duration.ofMillis(5_430_250),
                            null,
                            128),
                    new LicenseConfirmed(LICENSE, AT, AT.minusMillis(1)),
                    new LicenseConfirmed(LICENSE, AT, null),
                    new LicenseFirstPlayed(LICENSE, AT, LATER),
                    new LicenseRenewed(LICENSE, AT, LATER, 3),
                    new LicenseRenewed(LICENSE, AT, null, 3),
                    new LicenseReleased(LICENSE, AT, ReleaseCause.MEMBER, AT),
                    new LicenseReleased(LICENSE, AT, ReleaseCause.DEVICE_DEACTIVATED, null),
                    new LicenseRevoked(LICENSE, AT, "account shared \"too far\""),
                    new LicenseRevoked(LICENSE, AT, null),
                    new ProvisionalLicenseReconciled(LICENSE, LATER, AT, List.of()),
                    new ProvisionalLicenseReconciled(
                            LICENSE, AT, LATER, List.of("maxDownloadDevices", "ünknown \"rule\"")),
                    new ProvisionalLicenseReconciled(
                            LICENSE, AT, LATER, Collections.nCopies(200, "")),
                    new DownloadCounted(
                            DOWNLOAD, TITLE, LICENSE, AT, CountCause.ACQUIRED, LATER, 1),
                    new DownloadCounted(DOWNLOAD, TITLE, LICENSE, AT, CountCause.RENEWED, null, 1),
                    new DownloadConfirmed(DOWNLOAD, TITLE, AT),
                    new DownloadWaived(
                            DOWNLOAD, TITLE, AT, "app 3.2 downloaded twice \uD83D\uDE2C"),
                    new CustomerPolicySet("{\"maxDownloadsPerTitlePerYear\":null}", LATER, AT),
                    new CustomerPolicyRemoved(AT),
                    new DeviceActivated(DEVICE, "Anna's phone", AT),
                    new DeviceActivated(DEVICE, null, AT),
                    new DeviceRenamed(DEVICE, "\u00c4nna's tablet", AT),
                    new DeviceDeactivated(DEVICE, AT, 7),
                    new SessionStarted(
                            SESSION,
                            LICENSE,
                            TITLE,
                            DEVICE,
                            LicenseType.DOWNLOAD,
                            AT,
                            LATER,
                            null,
                            Duration.ofMinutes(2),
                            "licenseActive",
                            7),
                    new SessionStarted(
                            SESSION,
                            LICENSE,
                            TITLE,
                            DEVICE,
                            LicenseType.STREAMING,
                            EPOCH,
                            EPOCH,
                            null,
                            null,
                            null,
                            0),
                    new SessionStarted(
                            SESSION,
                            LICENSE,
                            TITLE,
                            DEVICE,
                            LicenseType.DOWNLOAD,
                            EPOCH,
                            LATER,
                            LATER,
                            null,
                            null,
                            7),
                    new SessionPaused(SESSION, AT, LATER),
                    new SessionResumed(SESSION, AT, LATER),
                    new SessionKeptAlive(SESSION, AT, LATER),
                    new SessionStopped(SESSION, AT, LATER, StopCause.PLAYER),
                    new SessionStopped(SESSION, AT, LATER, StopCause.DEVICE_DEACTIVATED));

    private Examples() {}
}
