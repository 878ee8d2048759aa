package dev.tally.bench.micro;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamType;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.write.LicensingFolds;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A member who downloads much: 30 active licenses and 10 released ones, 60 counted downloads of 40
 * titles, 2 devices. Each stream is {@value #EVENTS} events long.
 */
final class TypicalCustomer {

    static final int EVENTS = 100;

    static final Instant NOW = Instant.parse("2026-11-21T08:15:30.123Z");
    static final CustomerId CUSTOMER = new CustomerId("01kahq5x6t8z9w3v7r2n4m5p00");
    static final Title NEW_TITLE =
            new Title(
                    new TitleId("glow-s02e01"),
                    "Glow, the second season begins",
                    new StudioId("northlight"),
                    NOW.minus(Duration.ofDays(100)),
                    NOW.plus(Duration.ofDays(1_000)));
    static final Policy POLICY = policy(null);

    /** Allows as many active downloads as there are. */
    static final Policy USED_UP = policy(30);

    private static final int TITLES = 40;
    private static final int RELEASED = 10;
    private static final Duration RENTAL = Duration.ofDays(30);
    private static final PlanId PLAN = new PlanId("premium");

    private TypicalCustomer() {}

    static List<Recorded> licenses() {
        var issued = titles().mapToObj(TypicalCustomer::issued);
        var confirmed =
                titles().mapToObj(i -> new LicenseConfirmed(license(i), daysAgo(8), daysAgo(8)));
        var played =
                titles().limit(10)
                        .mapToObj(i -> new LicenseFirstPlayed(license(i), daysAgo(1), daysAgo(1)));
        var released =
                titles().skip(TITLES - RELEASED)
                        .mapToObj(
                                i ->
                                        new LicenseReleased(
                                                license(i),
                                                daysAgo(1),
                                                ReleaseCause.MEMBER,
                                                daysAgo(1)));
        return recorded(StreamType.LICENSE, issued, confirmed, played, released);
    }

    static List<Recorded> downloads() {
        var first = titles().mapToObj(i -> counted(i, daysAgo(200), CountCause.ACQUIRED));
        var again =
                titles().limit(20)
                        .mapToObj(i -> counted(TITLES + i, daysAgo(9), CountCause.RENEWED));
        var confirmed =
                titles().mapToObj(i -> new DownloadConfirmed(download(i), title(i), daysAgo(8)));
        return recorded(StreamType.DOWNLOAD, first, again, confirmed);
    }

    static List<Recorded> devices() {
        var activated =
                IntStream.range(0, 2)
                        .mapToObj(i -> new DeviceActivated(device(i), "first", daysAgo(300)));
        var renamed =
                IntStream.range(0, EVENTS - 2)
                        .mapToObj(i -> new DeviceRenamed(device(i), "name " + i, daysAgo(299)));
        return recorded(StreamType.DEVICE, activated, renamed);
    }

    static Account account() {
        return new Account(
                folded(LicensingFolds.LICENSES, licenses()),
                folded(LicensingFolds.DOWNLOADS, downloads()),
                folded(LicensingFolds.DEVICES, devices()),
                Sessions.NONE);
    }

    static <S> S folded(Fold<S> fold, List<Recorded> events) {
        var state = fold.empty();
        for (var event : events) {
            state = fold.step().apply(state, event);
        }
        return state;
    }

    /** What a snapshot keeps beside the state: the commands of one busy day. */
    static List<PastCommand> commands() {
        return IntStream.range(0, 10)
                .mapToObj(i -> new PastCommand(new CommandId(id("c", i), i), daysAgo(0)))
                .toList();
    }

    static License license(Account account) {
        return account.licenses().find(license(0)).orElseThrow();
    }

    static AcquireLicense acquire() {
        return new AcquireLicense(
                CUSTOMER,
                LicenseType.DOWNLOAD,
                NEW_TITLE.id(),
                device(0),
                null,
                PLAN,
                license(TITLES),
                download(2 * TITLES),
                NOW);
    }

    static RenewLicense renew() {
        return new RenewLicense(CUSTOMER, license(0), download(2 * TITLES), NOW);
    }

    static Recorded recorded(LicensingEvent event, StreamType stream, int seq) {
        return new Recorded(
                stream,
                3,
                seq,
                NOW,
                id("a", seq),
                new CommandId(id("c", seq), seq),
                (Record) event);
    }

    @SafeVarargs
    private static List<Recorded> recorded(
            StreamType stream, Stream<? extends LicensingEvent>... parts) {
        var events = new ArrayList<Recorded>();
        for (var part : parts) {
            part.forEach(event -> events.add(recorded(event, stream, events.size() + 1)));
        }
        if (events.size() != EVENTS) {
            throw new IllegalStateException(events.size() + " events of " + stream);
        }
        return List.copyOf(events);
    }

    private static LicenseIssued issued(int i) {
        return new LicenseIssued(
                license(i),
                title(i),
                new StudioId(i % 2 == 0 ? "northlight" : "harbour"),
                device(i),
                LicenseType.DOWNLOAD,
                PLAN,
                daysAgo(9),
                daysAgo(9).plus(RENTAL),
                Duration.ofDays(2),
                daysAgo(2),
                1);
    }

    private static DownloadCounted counted(int i, Instant at, CountCause cause) {
        return new DownloadCounted(
                download(i), title(i % TITLES), license(i % TITLES), at, cause, null, 1);
    }

    private static Policy policy(Integer activeDownloads) {
        var settings = ShippedPolicies.global();
        settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, activeDownloads);
        return ShippedPolicies.policy(1, Scope.GLOBAL, settings);
    }

    private static IntStream titles() {
        return IntStream.range(0, TITLES);
    }

    private static Instant daysAgo(int days) {
        return NOW.minus(Duration.ofDays(days));
    }

    private static LicenseId license(int i) {
        return new LicenseId(id("l", i));
    }

    private static DownloadId download(int i) {
        return new DownloadId(id("d", i));
    }

    private static DeviceId device(int i) {
        return new DeviceId(i % 2 == 0 ? "phone-9f31c2" : "tablet-77ab04");
    }

    private static TitleId title(int i) {
        return new TitleId("glow-s01e" + i);
    }

    /** As long as a real one. */
    private static String id(String kind, int i) {
        return "01kahq5x6t8z9w3v7r2n4m" + kind + "%03d".formatted(i);
    }
}
