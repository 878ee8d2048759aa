package dev.tally.licensing.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation.Count;
import dev.tally.licensing.domain.PotentialState.Done;
import dev.tally.licensing.domain.PotentialState.Verdict;
import dev.tally.licensing.domain.PotentialState.Why;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Supposable.TakeReport;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseType;

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

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What would follow from commands is what follows from them once they are sent. */
class PotentialStateTest {

    private static final String SEED = "20260301";
    private static final int TRIES = 400;

    private static final CustomerId ANNA = new CustomerId("anna");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LOST_ENDS = NOW.plus(Duration.ofDays(40));
    private static final PlanId PLAN = new PlanId("standard");

    private final Map<PolicyKey, Object> settings = ShippedPolicies.global();
    private final Real anna = new Real(settings);

    @Test
    void a_release_makes_room_for_a_download() {
        settings.put(PolicyKey.MAX_DOWNLOAD_DEVICES, 1);
        anna.take(acquire("Glow", "phone"), "L1");

        assertThat(anna.decide("Dark", "tablet").rules())
                .filteredOn(rule -> !rule.satisfied())
                .extracting(Evaluation::rule)
                .containsExactly(Rule.MAX_DOWNLOAD_DEVICES);
        var then = anna.after(new ReleaseLicense(ANNA, new LicenseId("L1"), null, NOW));
        assertThat(only(then).verdict()).isEqualTo(Verdict.ALLOWED);
        assertThat(anna.decide(then.account(), "Dark", "tablet")).isInstanceOf(Allowed.class);
        assertThat(anna.decide("Dark", "tablet")).isInstanceOf(Denied.class);
    }

    @Test
    void a_license_is_named_by_the_command_that_makes_it() {
        var then =
                anna.after(
                        supposed(1, "Glow", "phone"),
                        new ConfirmLicense(ANNA, new LicenseId("#1"), null, NOW),
                        new RenewLicense(
                                ANNA,
                                new LicenseId("#1"),
                                new DownloadId("#3"),
                                NOW.plusSeconds(1)),
                        new RevokeLicense(ANNA, new LicenseId("#1"), null, NOW.plusSeconds(2)));
        assertThat(then.done())
                .extracting(done -> done.license().value())
                .containsExactly("#1", "#1", "#1", "#1");
        assertThat(then.done()).extracting(Done::verdict).containsOnly(Verdict.ALLOWED);
        assertThat(then.account().licenses().find(new LicenseId("#1")).orElseThrow().ending())
                .extracting(License.Ending::state)
                .isEqualTo(License.End.REVOKED);
    }

    @Test
    void the_name_of_an_acquire_that_gives_back_a_license_means_that_license() {
        anna.take(acquire("Glow", "phone"), "L1");
        var then =
                anna.after(
                        supposed(1, "Glow", "phone"),
                        new ReleaseLicense(ANNA, new LicenseId("#1"), null, NOW));
        assertThat(then.done().getFirst().verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(then.done())
                .extracting(done -> done.license().value())
                .containsExactly("L1", "L1");
        assertThat(then.account().licenses().activeDownloads(NOW)).isEmpty();
    }

    @Test
    void what_a_denied_acquire_would_have_made_is_unknown_to_later_commands() {
        settings.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 0);
        var then =
                anna.after(
                        supposed(1, "Glow", "phone"),
                        new ConfirmLicense(ANNA, new LicenseId("#1"), null, NOW),
                        new TakeReport(
                                new Report(
                                        new SessionId("s"), Kind.START, new LicenseId("#1"), null),
                                NOW),
                        new DeactivateDevice(ANNA, new DeviceId("phone"), NOW),
                        new ConfirmLicense(ANNA, new LicenseId("#9"), null, NOW));
        assertThat(then.done())
                .extracting(Done::verdict)
                .containsExactly(
                        Verdict.DENIED,
                        Verdict.REFUSED,
                        Verdict.REFUSED,
                        Verdict.REFUSED,
                        Verdict.REFUSED);
        assertThat(then.done())
                .extracting(Done::why)
                .containsExactly(
                        null,
                        Why.UNKNOWN_LICENSE,
                        Why.UNKNOWN_LICENSE,
                        Why.UNKNOWN_DEVICE,
                        Why.UNKNOWN_LICENSE);
        assertThat(then.account()).isEqualTo(Account.EMPTY);
    }

    @Test
    void what_is_counted_is_named_by_the_command_that_made_it() {
        settings.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2);
        anna.take(acquire("Glow", "phone"), "L1");
        var then = anna.after(supposed(1, "Glow", "tablet"));
        var denied = (Denied) anna.decide(then.account(), "Glow", "tv");
        assertThat(denied.violations()).hasSize(1);
        assertThat(denied.violations().getFirst().countedEvents())
                .containsExactlyInAnyOrder("2", "#1");
    }

    @Test
    void a_time_too_far_ahead_is_refused_and_said() {
        var far = NOW.plus(Duration.ofHours(1));
        var session = new SessionId("s");
        var then =
                anna.after(
                        supposed(1, "Glow", "phone"),
                        new ConfirmLicense(ANNA, new LicenseId("#1"), far, NOW),
                        new ReleaseLicense(ANNA, new LicenseId("#1"), far, NOW),
                        new TakeReport(
                                new Report(session, Kind.START, new LicenseId("#1"), far), NOW),
                        new TakeReport(new Report(session, Kind.STOP, null, far), NOW));
        assertThat(then.done().stream().skip(1)).extracting(Done::why).containsOnly(Why.CLOCK_SKEW);
    }

    @Test
    void a_renewal_that_moves_nothing_says_what_caps_it() {
        var then =
                anna.after(
                        supposed(1, "Glow", "phone"),
                        new RenewLicense(ANNA, new LicenseId("#1"), new DownloadId("#2"), NOW));
        assertThat(then.done().getLast().verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(then.done().getLast().why()).isEqualTo(Why.RENTAL_DURATION);
    }

    @Test
    void a_report_that_is_known_changes_nothing_and_one_after_the_end_is_refused() {
        var start = new Report(new SessionId("s"), Kind.START, new LicenseId("#1"), null);
        var stop = new Report(new SessionId("s"), Kind.STOP, null, null);
        var stream =
                new AcquireLicense(
                        ANNA,
                        new Wish(
                                LicenseType.STREAMING,
                                new TitleId("Glow"),
                                new DeviceId("tv"),
                                null,
                                PLAN),
                        PotentialState.ids(1),
                        NOW);
        var then =
                anna.after(
                        stream,
                        new TakeReport(start, NOW),
                        new TakeReport(start, NOW),
                        new TakeReport(stop, NOW),
                        new TakeReport(new Report(new SessionId("s"), Kind.PAUSE, null, null), NOW),
                        new TakeReport(
                                new Report(
                                        new SessionId("t"), Kind.START, new LicenseId("#1"), null),
                                NOW));
        assertThat(then.done())
                .extracting(Done::verdict)
                .containsExactly(
                        Verdict.ALLOWED,
                        Verdict.ALLOWED,
                        Verdict.UNCHANGED,
                        Verdict.ALLOWED,
                        Verdict.REFUSED,
                        Verdict.DENIED);
        assertThat(then.done().get(2).why()).isEqualTo(Why.DUPLICATE);
        assertThat(then.done().get(4).why()).isEqualTo(Why.ENDED);
        assertThat(then.account().licenses().activeStreams(NOW)).isEmpty();
    }

    @Test
    void every_cap_and_every_outcome_of_a_report_has_its_reason() {
        var reasons = Stream.of(Why.values()).map(Enum::name).toList();
        assertThat(Stream.of(License.Cap.values()).map(Enum::name)).isSubsetOf(reasons);
        var withoutOne = Set.of(Reported.Result.RECORDED, Reported.Result.DENIED);
        assertThat(
                        Stream.of(Reported.Result.values())
                                .filter(result -> !withoutOne.contains(result))
                                .map(Enum::name))
                .isSubsetOf(reasons);
    }

    @Test
    void only_rules_that_find_something_else_are_differences() {
        var now = anna.decide("Glow", "phone").rules();
        assertThat(RuleChange.between(now, now)).isEmpty();
        settings.put(PolicyKey.MAX_DOWNLOAD_DEVICES, 0);
        var then = anna.decide("Glow", "phone").rules();
        assertThat(RuleChange.between(now, then))
                .extracting(RuleChange::rule)
                .containsExactly(Rule.MAX_DOWNLOAD_DEVICES);
        assertThat(RuleChange.between(now, List.of()))
                .hasSize(now.size())
                .allMatch(change -> change.then() == null);
    }

    private static Done only(PotentialState state) {
        assertThat(state.done()).hasSize(1);
        return state.done().getFirst();
    }

    private static Wish acquire(String title, String device) {
        return wish(LicenseType.DOWNLOAD, title, device);
    }

    private static Wish wish(LicenseType type, String title, String device) {
        return new Wish(type, new TitleId(title), new DeviceId(device), null, PLAN);
    }

    private static AcquireLicense supposed(int place, String title, String device) {
        return new AcquireLicense(ANNA, acquire(title, device), PotentialState.ids(place), NOW);
    }

    /** Something that is done to a customer, now or after a wait. */
    record Step(Duration after, Deed deed) {}

    sealed interface Deed {}

    record Acquire(LicenseType type, String title, String device) implements Deed {}

    enum Act {
        CONFIRM,
        RENEW,
        RELEASE,
        REVOKE
    }

    /** An act on one of the licenses, counted back from the latest. */
    record OnLicense(Act act, int back) implements Deed {}

    record Deactivate(String device) implements Deed {}

    record Say(Kind kind, String session, int back, Duration ago) implements Deed {}

    @Property(tries = TRIES, seed = SEED, edgeCases = EdgeCasesMode.NONE)
    void nothing_done_changes_nothing(
            @ForAll("policies") Map<PolicyKey, Object> policy, @ForAll("lives") List<Step> life) {
        var real = new Real(policy);
        for (var step : life) real.really(step);
        var then = real.after();
        assertThat(then.account()).isEqualTo(real.whole);
        assertThat(real.decide(then.account(), "Glow", "phone"))
                .isEqualTo(real.decide("Glow", "phone"));
    }

    @Property(tries = TRIES, seed = SEED, edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(onFailureOnly = true)
    void what_would_follow_is_what_follows(
            @ForAll("policies") Map<PolicyKey, Object> policy,
            @ForAll("lives") List<Step> life,
            @ForAll("suppositions") List<Step> supposed) {
        var real = new Real(policy);
        for (var step : life) real.really(step);
        var before = real.compacted;
        var from = real.now;
        var named = new ArrayList<>(real.licenses);
        var commands = new ArrayList<Supposable>();
        var at = from;
        for (var step : supposed) {
            at = at.plus(step.after);
            var place = commands.size() + 1;
            commands.add(real.command(step.deed, at, named, PotentialState.ids(place)));
            if (step.deed instanceof Acquire) named.add(PotentialState.license(place));
        }

        var then = PotentialState.of(before).after(commands, real);
        for (int i = 0; i < supposed.size(); i++) {
            var verdict = real.reallyNamed(supposed.get(i), i + 1);
            assertThat(then.done().get(i).verdict()).isEqualTo(verdict);
            seenOften(verdict.name(), true);
        }
        real.now = at;
        for (var title : List.of("Glow", "Dark", "Lost")) {
            for (var device : List.of("phone", "tablet")) {
                assertThat(findings(real.decide(then.account(), title, device, at)))
                        .isEqualTo(findings(real.decide(real.compacted, title, device, at)));
            }
        }
    }

    private static void seenOften(String what, boolean seen) {
        Statistics.label(what)
                .collect(seen)
                .coverage(check -> check.check(true).count(times -> times >= TRIES / 20));
    }

    /** The findings without the names of events, which differ. */
    private static List<Evaluation> findings(Decision decision) {
        return decision.rules().stream()
                .map(
                        e ->
                                new Evaluation(
                                        e.rule(),
                                        e.scope(),
                                        e.satisfied(),
                                        new Count(e.limit(), e.used(), List.of()),
                                        e.nextAllowedAt(),
                                        e.remedies(),
                                        e.ending()))
                .toList();
    }

    @Provide
    Arbitrary<List<Step>> lives() {
        return steps().list().ofMaxSize(25).withSizeDistribution(RandomDistribution.uniform());
    }

    @Provide
    Arbitrary<List<Step>> suppositions() {
        return steps().list().ofMinSize(1).ofMaxSize(20);
    }

    @Provide
    Arbitrary<Map<PolicyKey, Object>> policies() {
        return Arbitraries.of(1, 1, 2, 3)
                .injectNull(0.3)
                .list()
                .ofSize(6)
                .map(
                        limits -> {
                            var policy = ShippedPolicies.global();
                            policy.put(PolicyKey.MAX_DOWNLOAD_DEVICES, limits.get(0));
                            policy.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, limits.get(1));
                            policy.put(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, limits.get(2));
                            policy.put(PolicyKey.MAX_CONCURRENT_STREAMS, limits.get(3));
                            policy.put(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, limits.get(4));
                            policy.put(PolicyKey.COUNT_RENEWALS, limits.get(5) == null);
                            policy.put(
                                    PolicyKey.UNCONFIRMED_HOLD,
                                    limits.get(5) == null ? null : Duration.ofDays(limits.get(5)));
                            return policy;
                        });
    }

    private static Arbitrary<Step> steps() {
        var waits =
                Arbitraries.of(
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(50),
                        Duration.ofMinutes(10),
                        Duration.ofDays(1),
                        Duration.ofDays(31),
                        Duration.ofDays(200));
        return Combinators.combine(waits, deeds()).as(Step::new);
    }

    private static Arbitrary<Deed> deeds() {
        var devices = Arbitraries.of("phone", "tablet", "tv");
        var back = Arbitraries.of(0, 0, 1, 2);
        return Arbitraries.frequencyOf(
                Tuple.of(
                        6,
                        Combinators.combine(
                                        Arbitraries.of(LicenseType.class),
                                        Arbitraries.of("Glow", "Dark", "Lost"),
                                        devices)
                                .as(Acquire::new)),
                Tuple.of(
                        5, Combinators.combine(Arbitraries.of(Act.class), back).as(OnLicense::new)),
                Tuple.of(1, devices.map(Deactivate::new)),
                Tuple.of(
                        6,
                        Combinators.combine(
                                        Arbitraries.of(Kind.class),
                                        Arbitraries.of("a", "b"),
                                        back,
                                        Arbitraries.of(
                                                Duration.ZERO,
                                                Duration.ofHours(3),
                                                Duration.ofHours(-3)))
                                .as(Say::new)));
    }

    /** A customer whose commands are stored, as handlers do it, and what decisions read. */
    private static final class Real implements Circumstances {

        private final Map<PolicyKey, Object> settings;
        private final List<LicenseId> licenses = new ArrayList<>();
        private final Map<LicenseId, LicenseId> byName = new HashMap<>();
        private Account whole = Account.EMPTY;

        /** The account as snapshots leave it. */
        private Account compacted = Account.EMPTY;

        private Instant now = NOW;
        private int events;
        private int made;

        Real(Map<PolicyKey, Object> settings) {
            this.settings = settings;
        }

        PotentialState after(Supposable... commands) {
            return PotentialState.of(whole).after(List.of(commands), this);
        }

        Decision decide(String title, String device) {
            return decide(whole, title, device);
        }

        Decision decide(Account account, String title, String device) {
            return decide(account, title, device, now);
        }

        Decision decide(Account account, String title, String device, Instant at) {
            var command =
                    new AcquireLicense(ANNA, acquire(title, device), PotentialState.ids(99), at);
            return Licensing.decide(seen(account), title(command.title()), policy(), command);
        }

        void take(Wish wish, String license) {
            var id = new LicenseId(license);
            var ids = new NewIds(id, id, new DownloadId(license));
            var command = new AcquireLicense(ANNA, wish, ids, now);
            apply(Licensing.decide(seen(whole), title(wish.title()), policy(), command));
        }

        void really(Step step) {
            now = now.plus(step.after);
            var id = new LicenseId("L" + ++made);
            var ids = new NewIds(id, id, new DownloadId("L" + made));
            var command = command(step.deed, now, licenses, ids);
            var unused = perform(command, id);
        }

        /** Does what was supposed at a place, and remembers the license that the name means. */
        Verdict reallyNamed(Step step, int place) {
            now = now.plus(step.after);
            var id = new LicenseId("L" + ++made);
            var ids = new NewIds(id, id, new DownloadId("L" + made));
            var known = new ArrayList<>(licenses);
            var command = command(step.deed, now, known, ids);
            if (step.deed instanceof Acquire) licenses.add(null);
            var verdict = perform(command, id);
            if (step.deed instanceof Acquire) {
                if (licenses.getLast() != null) licenses.remove(licenses.size() - 2);
                var ofPlace = PotentialState.license(place);
                byName.put(ofPlace, licenses.getLast());
            }
            return verdict;
        }

        /** The command of a deed; one about a license that there is not names nothing. */
        Supposable command(Deed deed, Instant at, List<LicenseId> known, NewIds ids) {
            return switch (deed) {
                case Acquire a ->
                        new AcquireLicense(ANNA, wish(a.type, a.title, a.device), ids, at);
                case OnLicense on -> {
                    var license = of(known, on.back);
                    yield switch (on.act) {
                        case CONFIRM -> new ConfirmLicense(ANNA, license, null, at);
                        case RENEW -> new RenewLicense(ANNA, license, ids.download(), at);
                        case RELEASE -> new ReleaseLicense(ANNA, license, null, at);
                        case REVOKE -> new RevokeLicense(ANNA, license, null, at);
                    };
                }
                case Deactivate d -> new DeactivateDevice(ANNA, new DeviceId(d.device), at);
                case Say say -> {
                    var license = say.kind == Kind.START ? of(known, say.back) : null;
                    var occurred = say.ago.isZero() ? null : at.minus(say.ago);
                    var session = new SessionId(say.session);
                    yield new TakeReport(new Report(session, say.kind, license, occurred), at);
                }
            };
        }

        private static LicenseId of(List<LicenseId> known, int back) {
            var place = known.size() - 1 - back;
            var id = place < 0 ? null : known.get(place);
            return id == null ? new LicenseId("none") : id;
        }

        /** Decides as handlers do, and stores what follows. */
        private Verdict perform(Supposable command, LicenseId next) {
            var at = command.at();
            compacted = compacted.compact(at);
            var account = seen(compacted);
            switch (command) {
                case AcquireLicense c -> {
                    var existing = Licensing.existing(account, c);
                    var decision = Licensing.decide(account, title(c.title()), policy(), c);
                    if (decision instanceof Allowed) licenses.add(next);
                    existing.ifPresent(license -> licenses.add(license.id()));
                    return apply(decision);
                }
                case ConfirmLicense c -> {
                    var license = find(c.license(), at);
                    if (license.isEmpty()) return Verdict.REFUSED;
                    return apply(Licensing.decide(account, license.get(), c));
                }
                case RenewLicense c -> {
                    var license = find(c.license(), at);
                    if (license.isEmpty()) return Verdict.REFUSED;
                    var title = title(license.get().title());
                    return apply(Licensing.decide(account, license.get(), title, policy(), c));
                }
                case ReleaseLicense c -> {
                    var license = find(c.license(), at);
                    if (license.isEmpty()) return Verdict.REFUSED;
                    return apply(Licensing.decide(account, license.get(), c));
                }
                case RevokeLicense c -> {
                    var license = find(c.license(), at);
                    if (license.isEmpty()) return Verdict.REFUSED;
                    return apply(Licensing.decide(account, license.get(), c));
                }
                case DeactivateDevice c -> {
                    var device = account.devices().find(c.device());
                    if (device.isEmpty()) return Verdict.REFUSED;
                    return apply(Licensing.decide(account, device.get(), policy(), c));
                }
                case TakeReport c -> {
                    return report(c, at);
                }
            }
        }

        private Verdict report(TakeReport command, Instant at) {
            var report = command.report();
            if (Playing.isTooFarAhead(report, policy(), at)) return Verdict.REFUSED;
            if (compacted.sessions().find(report.session(), at).isEmpty()) {
                session(report.session()).ifPresent(session -> compacted = compacted.with(session));
            }
            Reported reported;
            if (report.kind() == Kind.START) {
                var license = find(report.license(), at);
                if (license.isEmpty()) return Verdict.REFUSED;
                reported =
                        Playing.start(
                                seen(compacted),
                                license.get(),
                                title(license.get().title()),
                                policy(),
                                report,
                                at);
            } else {
                reported = Playing.report(seen(compacted), policy(), report, at);
            }
            apply(reported.events());
            return switch (reported.result()) {
                case RECORDED -> Verdict.ALLOWED;
                case DENIED -> Verdict.DENIED;
                case DUPLICATE, ACKNOWLEDGED -> Verdict.UNCHANGED;
                case ENDED, ANOTHER_LICENSE, FULL, TOO_MANY_UNSTARTED -> Verdict.REFUSED;
            };
        }

        private Optional<License> find(LicenseId id, Instant at) {
            return seen(compacted).licenses().find(id, at).or(() -> license(id));
        }

        private Verdict apply(Decision decision) {
            return switch (decision) {
                case Allowed allowed -> {
                    apply(allowed.events());
                    yield Verdict.ALLOWED;
                }
                case Denied denied -> Verdict.DENIED;
                case Decision.Unchanged same -> Verdict.UNCHANGED;
            };
        }

        private void apply(List<CustomerEvent> stored) {
            for (var event : stored) {
                var id = Integer.toString(++events);
                whole = Account.evolve(whole, id, event);
                compacted = Account.evolve(compacted, id, event);
            }
        }

        private Policy policy() {
            return ShippedPolicies.policy(7, Scope.GLOBAL, settings);
        }

        @Override
        public Title title(TitleId id) {
            var end = id.value().equals("Lost") ? LOST_ENDS : null;
            return new Title(id, id.value(), new StudioId("Acme"), null, end);
        }

        @Override
        public Policy policy(Title title, PlanId plan, Instant at) {
            return policy();
        }

        @Override
        public Policy policyInForce(Title title, PlanId plan, Instant at) {
            return policy();
        }

        @Override
        public Optional<License> license(LicenseId id) {
            return seen(whole).licenses().find(id);
        }

        @Override
        public Optional<Session> session(SessionId id) {
            return whole.sessions().find(id);
        }

        @Override
        public Account seen(Account account) {
            return account.endingWith(Map.of(new TitleId("Lost"), LOST_ENDS));
        }
    }
}
