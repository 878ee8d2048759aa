package dev.tally.licensing.write;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.eventstore.StreamType;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.domain.Devices;
import dev.tally.licensing.domain.Download;
import dev.tally.licensing.domain.Downloads;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.domain.TitleDownloads;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a customer's streams become the account that licensing decides from. */
public final class LicensingFolds {

    public static final Fold<Licenses> LICENSES =
            new Fold<>(
                    StreamType.LICENSE,
                    Licenses.NONE,
                    (state, e) -> Licenses.evolve(state, e.id(), (LicenseEvent) e.event()),
                    Licenses::compact,
                    Licenses::isLive,
                    state -> texts(state.ids().map(LicenseId::value)),
                    LicenseIssued.class::isInstance,
                    List.of(
                            Licenses.class,
                            License.class,
                            License.Ending.class,
                            License.Renewal.class,
                            License.State.class,
                            LicenseType.class,
                            LicenseId.class,
                            TitleId.class,
                            StudioId.class,
                            DeviceId.class,
                            PlanId.class));

    public static final Fold<Downloads> DOWNLOADS =
            new Fold<>(
                    StreamType.DOWNLOAD,
                    Downloads.NONE,
                    (state, e) -> Downloads.evolve(state, e.id(), (DownloadEvent) e.event()),
                    Downloads::compact,
                    Downloads::isLive,
                    state -> texts(state.ids().map(DownloadId::value)),
                    DownloadCounted.class::isInstance,
                    List.of(
                            Downloads.class,
                            TitleDownloads.class,
                            Download.class,
                            DownloadId.class,
                            LicenseId.class,
                            TitleId.class));

    public static final Fold<Devices> DEVICES =
            new Fold<>(
                    StreamType.DEVICE,
                    Devices.NONE,
                    (state, e) -> Devices.evolve(state, e.id(), (DeviceEvent) e.event()),
                    Devices::compact,
                    Devices::isLive,
                    state -> texts(state.all().map(device -> device.id().value())),
                    DeviceActivated.class::isInstance,
                    List.of(
                            Devices.class,
                            Devices.Deactivation.class,
                            Device.class,
                            DeviceId.class));

    public static final Fold<Sessions> SESSIONS =
            new Fold<>(
                    StreamType.PLAYBACK,
                    Sessions.NONE,
                    (state, e) -> Sessions.evolve(state, e.id(), (SessionEvent) e.event()),
                    Sessions::compact,
                    Sessions::isLive,
                    state -> texts(state.ids().map(SessionId::value)),
                    SessionEvent.class::isInstance,
                    List.of(
                            Sessions.class,
                            Sessions.Playback.class,
                            Session.class,
                            Session.Start.class,
                            Session.Hold.class,
                            Session.Stop.class,
                            StopCause.class,
                            SessionId.class,
                            LicenseType.class,
                            LicenseId.class,
                            TitleId.class,
                            DeviceId.class));

    /** All that an account is made of: every command reads these, in one query. */
    public static final List<Fold<?>> ALL = List.of(LICENSES, DOWNLOADS, DEVICES, SESSIONS);

    private LicensingFolds() {}

    private static Set<String> texts(Stream<String> ids) {
        return ids.collect(Collectors.toUnmodifiableSet());
    }

    /** The account, of a history in which {@link #ALL} were read. */
    public static Account account(History history) {
        return Account.of(
                history.state(LICENSES),
                history.state(DOWNLOADS),
                history.state(DEVICES),
                history.state(SESSIONS));
    }
}
