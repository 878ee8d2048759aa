package dev.tally.licensing.write;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.codec.EventModel;
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
import dev.tally.licensing.domain.OwnPolicy;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.domain.TitleDownloads;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;
import dev.tally.licensing.events.StoredEvents;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells the event store what licensing stores, and how a customer's events make an account. */
@ApplicationScoped
public class AccountModel {

    public static final Fold<Account> FOLD =
            new Fold<>(
                    Account.SCHEMA_VERSION,
                    Account.EMPTY,
                    (account, e) -> Account.evolve(account, e.id(), (CustomerEvent) e.event()),
                    Account::compact,
                    Account::isLive,
                    AccountModel::aggregates,
                    AccountModel::begins,
                    AccountModel::isReport,
                    List.of(
                            Account.class,
                            Licenses.class,
                            Licenses.Latest.class,
                            License.class,
                            LicenseIssued.class,
                            License.Progress.class,
                            License.Renewal.class,
                            License.Reconciled.class,
                            License.Ending.class,
                            License.End.class,
                            LicenseType.class,
                            Downloads.class,
                            TitleDownloads.class,
                            Download.class,
                            Devices.class,
                            Devices.Deactivation.class,
                            Devices.LastDownload.class,
                            Device.class,
                            Sessions.class,
                            Sessions.Playback.class,
                            Session.class,
                            Session.Start.class,
                            Session.Hold.class,
                            Session.Stop.class,
                            StopCause.class,
                            OwnPolicy.class,
                            OwnPolicy.Version.class,
                            LicenseId.class,
                            DownloadId.class,
                            DeviceId.class,
                            SessionId.class,
                            TitleId.class,
                            StudioId.class,
                            PlanId.class));

    public static final EventModel<Account> MODEL =
            new EventModel<>(StoredEvents.AGGREGATES, StoredEvents.MAPPERS, FOLD);

    @Produces
    @Singleton
    EventModel<Account> model() {
        return MODEL;
    }

    private static Set<Aggregate> aggregates(Account account) {
        return Stream.of(
                        named(
                                LicenseEvent.AGGREGATE,
                                Stream.concat(
                                                account.licenses().ids(),
                                                account.devices().lastLicenses())
                                        .map(LicenseId::value)),
                        named(
                                DownloadEvent.AGGREGATE,
                                account.downloads().ids().map(DownloadId::value)),
                        named(
                                DeviceEvent.AGGREGATE,
                                account.devices().all().map(device -> device.id().value())),
                        named(
                                SessionEvent.AGGREGATE,
                                account.sessions().ids().map(SessionId::value)),
                        named(
                                PolicyEvent.AGGREGATE,
                                account.policy().newest().map(newest -> PolicyEvent.ID).stream()))
                .flatMap(aggregates -> aggregates)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Stream<Aggregate> named(AggregateType type, Stream<String> ids) {
        return ids.map(id -> new Aggregate(type, id));
    }

    /** True if an event can be the first of its aggregate. */
    private static boolean begins(Record event) {
        return switch ((CustomerEvent) event) {
            case LicenseEvent e -> e instanceof LicenseIssued;
            case DownloadEvent e -> e instanceof DownloadCounted;
            case DeviceEvent e -> e instanceof DeviceActivated;
            // Reports come in any order.
            case SessionEvent e -> true;
            case PolicyEvent e -> e instanceof CustomerPolicySet;
        };
    }

    /** True if a player reported an event, so that no command caused it. */
    private static boolean isReport(Record event) {
        return switch ((CustomerEvent) event) {
            case SessionStopped e ->
                    switch (e.cause()) {
                        case PLAYER, DISPLACED -> true;
                        case LICENSE_RELEASED, LICENSE_REVOKED, DEVICE_DEACTIVATED -> false;
                    };
            case SessionEvent e -> true;
            case LicenseEvent e -> e instanceof LicenseFirstPlayed;
            case DownloadEvent e -> false;
            case DeviceEvent e -> false;
            case PolicyEvent e -> false;
        };
    }
}
