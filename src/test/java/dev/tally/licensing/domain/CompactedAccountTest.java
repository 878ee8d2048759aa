package dev.tally.licensing.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;
import dev.tally.licensing.events.SessionEvent;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Random histories of a customer who downloads and streams, on devices that report late and in any
 * order, with idempotency keys that are used again. Every answer is the same from all events, from
 * any snapshots, and from the events that are left after a retirement.
 *
 * <p>The seed is fixed, so that a build fails because of a change and not by chance. To search for
 * more failures, remove the seed and raise the number of tries.
 */
class CompactedAccountTest {

    private static final String SEED = "20261125";
    private static final int TRIES = 400;
    private static final int MAX_STEPS = 60;

    private static final CustomerId CUSTOMER = new CustomerId("customer");

    /**
     * The histories start just before a 29 February, because a year from that day ends no later
     * than one from the day before.
     */
    private static final Instant START = Instant.parse("2024-02-28T12:00:00Z");

    /**
     * Events that are younger than this are never retired: a retention is some months, and longer
     * than any session.
     */
    private static final Duration NEVER_RETIRED = Duration.ofDays(90);

    private static final List<String> TITLES = List.of("Glow", "Dark");
    private static final List<String> DEVICES = List.of("phone", "tv");
    private static final StudioId STUDIO = new StudioId("Acme");
    private static final int KEYS = 4;
    private static final int SESSIONS = 5;

    /** An act after a wait. */
    record Step(Duration after, Deed deed) {}

    sealed interface Deed {}

    /** An acquire with a key that may have been used before. */
    record Acquire(LicenseType type, String title, String device, int key) implements Deed {}

    /**
     * An acquire that a node has granted.
     *
     * @param late how long ago it was granted
     * @param lasts how long its token plays
     */
    record Reconcile(Acquire acquire, Duration late, Duration lasts) implements Deed {}

    /** A renewal that a node has granted, of a license counted back from the latest. */
    record ReconcileRenewed(int back, Duration late, Duration lasts) implements Deed {}

    enum Act {
        CONFIRM,
        RENEW,
        RELEASE,
        REVOKE
    }

    /** An act on one of the existing licenses, counted back from the latest. */
    record OnLicense(Act act, int back) implements Deed {}

    record Deactivate(String device) implements Deed {}

    /** A waiver of one of the counted downloads, counted back from the latest. */
    record Waive(int back) implements Deed {}

    /**
     * A title's availability is set.
     *
     * @param in how long after now it ends, before now if negative; null: never
     */
    record Cut(String title, Duration in) implements Deed {}

    /**
     * A report of a player.
     *
     * @param back the license, counted back from the latest
     * @param late how long ago it occurred; null if the report does not say
     */
    record Say(Kind kind, int session, int back, Duration late) implements Deed {}

    @Property(tries = TRIES, seed = SEED, edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(onFailureOnly = true)
    void every_answer_is_the_same_from_any_snapshots_or_none(
            @ForAll boolean held,
            @ForAll boolean yearFromFirst,
            @ForAll boolean keptAlive,
            @ForAll("lives") List<Step> life) {
        var run = new Run(policy(held, yearFromFirst, keptAlive));
        life.forEach(run::step);

        for (var result :
                EnumSet.complementOf(EnumSet.of(Result.FULL, Result.TOO_MANY_UNSTARTED))) {
            seenOften("reported " + result, run.results.contains(result));
        }
        seenOften("a snapshot let go of something", !run.others.isEmpty());
        seenOften("a license was read from its events", run.readLicense);
        seenOften("a session was read from its events", run.readSession);
        seenOften("a license id came again", run.reissued);
        seenOften("a title cut a license short", run.cutShort);
        seenOften("a license was renewed while the store was away", run.renewedLate);
        seenOften("a device was deactivated before its license was known", run.releasedLate);
        seenOften("a license was over its limit", run.overLimit);
        seenOften("a device got a second license", run.second);
        seenOften("a download was waived that no account has any more", run.waivedLate);
    }

    /**
     * Checks that the random histories contain a case often enough, because otherwise they prove
     * nothing about it.
     */
    private static void seenOften(String what, boolean seen) {
        Statistics.label(what)
                .collect(seen)
                .coverage(check -> check.check(true).count(lives -> lives >= TRIES / 40));
    }

    /** An event as the store returns it. */
    private record Told(String id, Instant at, CustomerEvent event) {

        Object aggregate() {
            return switch (event) {
                case LicenseEvent e -> e.license();
                case DownloadEvent e -> e.download();
                case DeviceEvent e -> e.device();
                case SessionEvent e -> e.session();
                case PolicyEvent e -> PolicyEvent.ID;
            };
        }

        /**
         * Whether the event begins its aggregate. An aggregate whose beginning was retired is left
         * out of a replay.
         */
        boolean begins() {
            return switch (event) {
                case LicenseEvent e -> e instanceof LicenseIssued;
                case DownloadEvent e -> e instanceof DownloadCounted;
                case DeviceEvent e -> e instanceof DeviceActivated;
                case SessionEvent e -> true;
                case PolicyEvent e -> e instanceof CustomerPolicySet;
            };
        }
    }

    /** One customer: the account from all events, and the accounts from snapshots. */
    private static final class Run {

        private final Policy policy;
        private final List<LicenseId> licenses = new ArrayList<>();
        private final List<Told> told = new ArrayList<>();
        private final Set<Result> results = EnumSet.noneOf(Result.class);

        private Account whole = Account.EMPTY;

        /** Every account that results from some choice of snapshots and retirements. */
        private Set<Account> others = new LinkedHashSet<>();

        private final Map<TitleId, Instant> ends = new HashMap<>();
        private Instant now = START;
        private boolean cutShort;
        private boolean readLicense;
        private boolean readSession;
        private boolean reissued;
        private boolean renewedLate;
        private boolean releasedLate;
        private boolean overLimit;
        private boolean second;
        private boolean waivedLate;

        Run(Policy policy) {
            this.policy = policy;
        }

        void step(Step step) {
            var before = now;
            now = now.plus(step.after());
            everywhere(account -> account.changesByTime(before, now));
            snapshot();
            sameLists();
            switch (step.deed()) {
                case Acquire acquire -> acquire(acquire);
                case Reconcile reconcile -> reconcile(reconcile);
                case ReconcileRenewed renewed -> {
                    if (!licenses.isEmpty()) reconcile(renewed);
                }
                case Deactivate deactivate -> deactivate(new DeviceId(deactivate.device()));
                case Waive waive -> waive(waive.back());
                case Cut cut when cut.in() == null -> ends.remove(new TitleId(cut.title()));
                case Cut cut -> ends.put(new TitleId(cut.title()), now.plus(cut.in()));
                case OnLicense on -> {
                    if (!licenses.isEmpty()) act(on.act(), back(on.back()));
                }
                case Say say -> {
                    if (!licenses.isEmpty()) say(say);
                }
            }
        }

        private Title title(TitleId id) {
            return new Title(id, id.value(), STUDIO, null, ends.get(id));
        }

        private LicenseId back(int count) {
            return licenses.get(licenses.size() - 1 - count % licenses.size());
        }

        private void acquire(Acquire acquire) {
            var key = "key " + acquire.key();
            var command =
                    Asks.acquire(acquire.type(), acquire.title(), acquire.device(), null)
                            .named(key, "spare " + told.size(), "of " + told.size(), now);
            var title = title(command.title());
            decide(account -> Licensing.decide(account, title, policy, command));
        }

        private void reconcile(Reconcile reconcile) {
            var acquire = reconcile.acquire();
            var wish = Asks.acquire(acquire.type(), acquire.title(), acquire.device(), null).wish();
            var issuedAt = now.minus(reconcile.late());
            var ids =
                    new NewIds(
                            new LicenseId("key " + acquire.key()),
                            new LicenseId("spare " + told.size()),
                            new DownloadId("of " + told.size()));
            var command =
                    new ReconcileAcquire(
                            CUSTOMER,
                            wish,
                            STUDIO,
                            ids,
                            issuedAt,
                            issuedAt.plus(reconcile.lasts()),
                            now);
            var title = title(wish.title());
            reconciled(
                    account -> {
                        var known = known(account, ids.license()).orElse(null);
                        return Reconciling.decide(account, known, title, policy, command);
                    });
        }

        private void reconcile(ReconcileRenewed renewed) {
            var renewedAt = now.minus(renewed.late());
            var command =
                    new ReconcileRenewal(
                            CUSTOMER,
                            back(renewed.back()),
                            new DownloadId("renewed by " + told.size()),
                            renewedAt,
                            renewedAt.plus(renewed.lasts()),
                            now);
            reconciled(
                    account -> {
                        var license = find(account, command.license());
                        var title = title(license.title());
                        return Reconciling.decide(account, license, title, policy, command);
                    });
        }

        private void reconciled(Function<Account, Decision> decide) {
            for (var event : decide(decide)) {
                renewedLate |= event instanceof LicenseRenewed;
                releasedLate |= event instanceof LicenseReleased;
                if (event instanceof ProvisionalLicenseReconciled e) {
                    overLimit |= !e.overLimit().isEmpty();
                    second |= e.overLimit().contains(Rule.SECOND_LICENSE.label());
                }
            }
        }

        private void act(Act act, LicenseId id) {
            switch (act) {
                case CONFIRM -> {
                    var command = new ConfirmLicense(CUSTOMER, id, null, now);
                    decide(account -> Licensing.decide(account, find(account, id), command));
                }
                case RENEW -> {
                    var download = new DownloadId("renewed by " + told.size());
                    var command = new RenewLicense(CUSTOMER, id, download, now);
                    decide(
                            account -> {
                                var license = find(account, id);
                                var title = title(license.title());
                                return Licensing.decide(account, license, title, policy, command);
                            });
                }
                case RELEASE -> {
                    var command = new ReleaseLicense(CUSTOMER, id, null, now);
                    decide(account -> Licensing.decide(account, find(account, id), command));
                }
                case REVOKE -> {
                    var command = new RevokeLicense(CUSTOMER, id, null, now);
                    decide(account -> Licensing.decide(account, find(account, id), command));
                }
            }
        }

        private void deactivate(DeviceId id) {
            if (everywhere(account -> account.devices().find(id)).isEmpty()) return;
            var command = new DeactivateDevice(CUSTOMER, id, now);
            decide(
                    account ->
                            Licensing.decide(
                                    account,
                                    account.devices().find(id).orElseThrow(),
                                    policy,
                                    command));
        }

        private void waive(int back) {
            var counted =
                    told.stream()
                            .map(Told::event)
                            .filter(DownloadCounted.class::isInstance)
                            .map(DownloadCounted.class::cast)
                            .toList();
            if (counted.isEmpty()) return;
            var event = counted.get(counted.size() - 1 - back % counted.size());
            var id = event.download();
            waivedLate |= whole.compact(now).downloads().find(id).isEmpty();
            var read = fold(one -> one.aggregate().equals(id)).downloads().find(id).orElseThrow();
            var command = new WaiveDownload(CUSTOMER, 1, "tried", now);
            decide(account -> Licensing.decide(read, event.title(), command));
        }

        private void say(Say say) {
            var occurredAt = say.late() == null ? null : now.minus(say.late());
            var license = say.kind() == Kind.START ? back(say.back()) : null;
            var session = new SessionId("session " + say.session());
            var report = new Report(session, say.kind(), license, occurredAt);
            var reported = everywhere(account -> report(readAnew(account, session), report));
            results.add(reported.result());
            evolve(reported.events());
        }

        private Reported report(Account account, Report report) {
            if (report.kind() != Kind.START) return Playing.report(account, policy, report, now);
            var license = find(account, report.license());
            return Playing.start(account, license, title(license.title()), policy, report, now);
        }

        /**
         * Finds a license. If the account has dropped it, it is read from its events, as handlers
         * do.
         */
        private License find(Account account, LicenseId id) {
            return known(account, id).orElseThrow();
        }

        private Optional<License> known(Account account, LicenseId id) {
            return account.licenses()
                    .find(id, now)
                    .or(
                            () -> {
                                var read =
                                        fold(one -> one.aggregate().equals(id))
                                                .endingWith(ends)
                                                .licenses()
                                                .find(id);
                                readLicense |= read.isPresent();
                                return read;
                            });
        }

        private Account readAnew(Account account, SessionId id) {
            if (account.sessions().find(id, now).isPresent()) return account;
            var read = fold(one -> one.aggregate().equals(id)).sessions().find(id);
            readSession |= read.isPresent();
            return read.map(account::with).orElse(account);
        }

        private List<CustomerEvent> decide(Function<Account, Decision> decide) {
            if (!(everywhere(decide) instanceof Allowed allowed)) return List.of();
            evolve(allowed.events());
            return allowed.events();
        }

        private void sameLists() {
            everywhere(a -> a.licenses().listed(now).collect(Collectors.toSet()));
            everywhere(a -> a.sessions().listed(now).collect(Collectors.toSet()));
            everywhere(a -> a.licenses().plan());
            cutShort |= everywhere(a -> a.licenses().cutsShort(now)) != 0;
            for (var title : TITLES) {
                everywhere(
                        a ->
                                Licensing.quotas(
                                        a,
                                        title(new TitleId(title)),
                                        policy,
                                        new DeviceId("phone"),
                                        now));
            }
        }

        /** The answer from the whole history, which must be the same from every other account. */
        private <T> T everywhere(Function<Account, T> question) {
            var answer = question.apply(whole.endingWith(ends));
            for (var account : others) {
                assertThat(question.apply(account.endingWith(ends)))
                        .as("from a snapshot, as from the first event")
                        .isEqualTo(answer);
            }
            return answer;
        }

        private void snapshot() {
            others.add(retired());
            var snapshots =
                    Stream.concat(Stream.of(whole), others.stream())
                            .map(account -> account.compact(now))
                            .collect(Collectors.toSet());
            sameOf(snapshots, Account::licenses);
            sameOf(snapshots, Account::downloads);
            sameOf(snapshots, Account::devices);
            sameOf(snapshots, Account::sessions);
            assertThat(snapshots).hasSize(1);
            others.addAll(snapshots);
            others.remove(whole);
        }

        private static void sameOf(Set<Account> snapshots, Function<Account, ?> part) {
            assertThat(snapshots.stream().map(part).distinct())
                    .as("in snapshots of now, whatever they were made of")
                    .hasSize(1);
        }

        /**
         * The account that a replay gives if all events so far are retired now, except those that
         * are kept.
         */
        private Account retired() {
            var state = whole.compact(now);
            var stays =
                    Stream.of(
                                    state.licenses().ids(),
                                    state.downloads().ids(),
                                    state.devices().lastLicenses(),
                                    state.devices().all().map(Device::id),
                                    state.sessions().ids())
                            .flatMap(ids -> ids)
                            .collect(Collectors.<Object>toSet());
            var young = now.minus(NEVER_RETIRED);
            var begun = new HashSet<Object>();
            return fold(
                    one ->
                            (stays.contains(one.aggregate()) || one.at().isAfter(young))
                                    && (begun.contains(one.aggregate())
                                            || (one.begins() && begun.add(one.aggregate()))));
        }

        private Account fold(Predicate<Told> which) {
            var account = Account.EMPTY;
            for (var one : told) {
                if (which.test(one)) account = Account.evolve(account, one.id(), one.event());
            }
            return account;
        }

        private void evolve(List<CustomerEvent> happened) {
            for (var event : happened) {
                var id = Integer.toString(told.size() + 1);
                if (event instanceof LicenseIssued issued) {
                    reissued |= licenses.contains(issued.license());
                    licenses.add(issued.license());
                }
                told.add(new Told(id, now, event));
                whole = Account.evolve(whole, id, event);
                others =
                        others.stream()
                                .map(account -> Account.evolve(account, id, event))
                                .collect(Collectors.toCollection(LinkedHashSet::new));
            }
        }
    }

    private static Policy policy(boolean held, boolean yearFromFirst, boolean keptAlive) {
        var settings = ShippedPolicies.global();
        settings.put(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 3);
        settings.put(PolicyKey.MAX_CONCURRENT_STREAMS, 2);
        settings.put(PolicyKey.COUNT_RENEWALS, true);
        settings.put(PolicyKey.UNCONFIRMED_HOLD, held ? Duration.ofDays(1) : null);
        settings.put(
                PolicyKey.YEAR_WINDOW,
                yearFromFirst ? YearWindow.FROM_FIRST_DOWNLOAD : YearWindow.ROLLING);
        if (!keptAlive) settings.put(PolicyKey.KEEPALIVE_INTERVAL, null);
        return ShippedPolicies.policy(1, Scope.GLOBAL, settings);
    }

    @Provide
    Arbitrary<List<Step>> lives() {
        return Combinators.combine(waits(), deeds())
                .as(Step::new)
                .list()
                .ofMaxSize(MAX_STEPS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Duration> waits() {
        return Arbitraries.frequencyOf(
                Tuple.of(
                        8,
                        Arbitraries.of(
                                Duration.ZERO,
                                Duration.ofMillis(1),
                                Duration.ofSeconds(55),
                                Duration.ofMinutes(2),
                                Duration.ofHours(1))),
                Tuple.of(
                        4,
                        Arbitraries.of(
                                Duration.ofHours(23),
                                Duration.ofHours(24),
                                Duration.ofHours(25),
                                Duration.ofDays(2))),
                Tuple.of(
                        2,
                        Arbitraries.of(
                                Duration.ofDays(29),
                                Duration.ofDays(30),
                                Duration.ofDays(31),
                                Duration.ofDays(200),
                                Duration.ofDays(365))));
    }

    private static Arbitrary<Duration> lateness() {
        return Arbitraries.of(
                        Duration.ZERO,
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(10),
                        Duration.ofHours(2),
                        Duration.ofDays(2),
                        Duration.ofDays(29),
                        Duration.ofDays(32),
                        Duration.ofDays(400))
                .injectNull(0.5);
    }

    /** How long after it was granted a license is reconciled. */
    private static Arbitrary<Duration> outages() {
        return Arbitraries.of(
                Duration.ZERO,
                Duration.ofMinutes(1),
                Duration.ofHours(3),
                Duration.ofDays(2),
                Duration.ofDays(25),
                Duration.ofDays(33));
    }

    private static Arbitrary<Duration> tokens() {
        return Arbitraries.of(Duration.ofHours(1), Duration.ofHours(24), Duration.ofDays(7));
    }

    private static Arbitrary<Acquire> acquires() {
        return Combinators.combine(
                        Arbitraries.of(LicenseType.values()),
                        Arbitraries.of(TITLES),
                        Arbitraries.of(DEVICES),
                        Arbitraries.integers().between(1, KEYS))
                .as(Acquire::new);
    }

    private static Arbitrary<Deed> deeds() {
        var devices = Arbitraries.of(DEVICES);
        var backs = Arbitraries.of(0, 0, 0, 1, 2, 5);
        var starts =
                Combinators.combine(Arbitraries.integers().between(1, SESSIONS), backs, lateness())
                        .as((session, back, late) -> new Say(Kind.START, session, back, late));
        var says =
                Combinators.combine(
                                Arbitraries.of(Kind.PAUSE, Kind.RESUME, Kind.KEEPALIVE, Kind.STOP),
                                Arbitraries.integers().between(1, SESSIONS),
                                lateness())
                        .as((kind, session, late) -> new Say(kind, session, 0, late));
        return Arbitraries.frequencyOf(
                Tuple.of(6, acquires()),
                Tuple.of(
                        3, Combinators.combine(acquires(), outages(), tokens()).as(Reconcile::new)),
                Tuple.of(
                        2,
                        Combinators.combine(backs, outages(), tokens()).as(ReconcileRenewed::new)),
                Tuple.of(
                        4,
                        Combinators.combine(Arbitraries.of(Act.values()), backs)
                                .as(OnLicense::new)),
                Tuple.of(2, devices.map(Deactivate::new)),
                Tuple.of(2, Arbitraries.of(0, 0, 1, 2, 9).map(Waive::new)),
                Tuple.of(
                        1,
                        Combinators.combine(
                                        Arbitraries.of(TITLES),
                                        Arbitraries.of(
                                                        Duration.ofDays(-40),
                                                        Duration.ofDays(-1),
                                                        Duration.ofHours(1),
                                                        Duration.ofDays(20))
                                                .injectNull(0.3))
                                .as(Cut::new)),
                Tuple.of(6, starts),
                Tuple.of(8, says));
    }
}
