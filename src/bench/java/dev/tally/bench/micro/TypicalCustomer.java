package dev.tally.bench.micro;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.StoredEvents;
import dev.tally.licensing.write.AccountModel;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A member who downloads much. They have 30 active licenses and 10 released ones, 60 counted
 * downloads of 40 titles, and 2 devices, which takes {@value #EVENTS} events.
 */
final class TypicalCustomer {

    static final int EVENTS = 202;

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

    /** A policy that allows as many active downloads as there are, and no more. */
    static final Policy USED_UP = policy(30);

    private static final EventMappers MAPPERS = new EventMappers(StoredEvents.MAPPERS);
    private static final int TITLES = 40;
    private static final int RELEASED = 10;
    private static final Duration RENTAL = Duration.ofDays(30);
    private static final PlanId PLAN = new PlanId("premium");

    private TypicalCustomer() {}

    /** The customer's events, in the order of their time. */
    static List<Recorded> events() {
        var devices =
                IntStream.range(0, 2)
                        .mapToObj(i -> new DeviceActivated(device(i), "first", daysAgo(300)));
        var first = titles().mapToObj(i -> counted(i, daysAgo(200), CountCause.ACQUIRED));
        var issued = titles().mapToObj(TypicalCustomer::issued);
        var again =
                titles().limit(20)
                        .mapToObj(i -> counted(TITLES + i, daysAgo(9), CountCause.RENEWED));
        var confirmed =
                titles().mapToObj(i -> new LicenseConfirmed(license(i), daysAgo(8), daysAgo(8)));
        var counting =
                titles().mapToObj(i -> new DownloadConfirmed(download(i), title(i), daysAgo(8)));
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
        return recorded(devices, first, issued, again, confirmed, counting, played, released);
    }

    static Account account() {
        return folded(Account.EMPTY, events());
    }

    static Account folded(Account account, List<Recorded> events) {
        for (var event : events) account = AccountModel.FOLD.evolve().apply(account, event);
        return account;
    }

    /** The commands of one busy day, which a snapshot keeps beside the state. */
    static List<PastCommand> commands() {
        return IntStream.range(0, 10)
                .mapToObj(i -> new PastCommand(new CommandId(id("c", i), i), daysAgo(0), false))
                .toList();
    }

    static License license(Account account) {
        return account.licenses().find(license(0), NOW).orElseThrow();
    }

    static AcquireLicense acquire() {
        var wish = new Wish(LicenseType.DOWNLOAD, NEW_TITLE.id(), device(0), null, PLAN);
        var ids = new NewIds(license(TITLES), license(TITLES), download(2 * TITLES));
        return new AcquireLicense(CUSTOMER, wish, ids, NOW);
    }

    static RenewLicense renew() {
        return new RenewLicense(CUSTOMER, license(0), download(2 * TITLES), NOW);
    }

    /** An event as it is read from the store; each third one is the first of a command. */
    static Recorded recorded(CustomerEvent event, int seq) {
        var command = seq % 3 == 0 ? new CommandId(id("c", seq), seq) : null;
        var aggregate = MAPPERS.of((Record) event).aggregate((Record) event);
        return new Recorded(seq, 3, NOW, aggregate, command, (Record) event);
    }

    @SafeVarargs
    private static List<Recorded> recorded(Stream<? extends CustomerEvent>... parts) {
        var events = new ArrayList<Recorded>();
        for (var part : parts) {
            part.forEach(event -> events.add(recorded(event, events.size() + 1)));
        }
        if (events.size() != EVENTS) throw new IllegalStateException(events.size() + " events");
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

    /** An id that is as long as a real one. */
    private static String id(String kind, int i) {
        return "01kahq5x6t8z9w3v7r2n4m" + kind + "%03d".formatted(i);
    }
}
