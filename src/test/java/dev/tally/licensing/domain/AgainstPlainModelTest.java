package dev.tally.licensing.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.PlainModel.Finding;
import dev.tally.licensing.domain.PlainModel.Shelf;
import dev.tally.licensing.domain.PlainModel.Terms;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PolicyEvent;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Random histories of a customer. At every step the domain decides and counts as {@link PlainModel}
 * does. The results are also the same whether or not snapshots were taken meanwhile, and whether or
 * not events that no state needs were retired.
 *
 * <p>The seed is fixed, so that a build fails because of a change and not by chance. To search for
 * more failures, remove the seed and raise the number of tries.
 */
class AgainstPlainModelTest {

    private static final String SEED = "20260301";
    private static final int TRIES = 300;
    private static final int MAX_STEPS = 60;

    /**
     * The rules that do not matter here, because nothing is streamed, no session is reported and
     * the store is never away.
     */
    private static final EnumSet<Rule> NOT_ASKED =
            EnumSet.of(
                    Rule.LICENSE_OVER_LIMIT,
                    Rule.SECOND_LICENSE,
                    Rule.DOWNLOAD_LICENSE,
                    Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                    Rule.MAX_CONCURRENT_STREAMS);

    private static final CustomerId CUSTOMER = new CustomerId("customer");

    /**
     * The histories start just before a 29 February, because a year from that day ends no later
     * than one from the day before.
     */
    private static final Instant START = Instant.parse("2024-02-28T12:00:00Z");

    private static final Map<String, Shelf> TITLES =
            Map.of(
                    "Glow",
                    new Shelf("Acme", null, null),
                    "Dark",
                    new Shelf("Acme", START.plus(Duration.ofDays(2)), null),
                    "Lost",
                    new Shelf("Zeta", null, START.plus(Duration.ofDays(400))));

    private static final List<String> DEVICES = List.of("phone", "tablet", "laptop");

    /** An act after a wait. */
    record Step(Duration after, Deed deed) {}

    sealed interface Deed {}

    record Acquire(String title, String device) implements Deed {}

    enum Act {
        CONFIRM,
        RENEW,
        RELEASE,
        REVOKE,
        PLAY
    }

    /** An act on one of the existing licenses, counted back from the latest. */
    record OnLicense(Act act, int back) implements Deed {}

    record Deactivate(String device) implements Deed {}

    /** A waiver of one of the counted downloads, counted back from the latest. */
    record Waive(int back) implements Deed {}

    record Change(Terms terms) implements Deed {}

    @Property(tries = TRIES, seed = SEED, edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(onFailureOnly = true)
    void it_decides_as_the_plain_model_with_any_snapshots_or_none(
            @ForAll("terms") Terms terms, @ForAll("lives") List<Step> life) {
        var run = new Run(terms);
        life.forEach(run::step);

        for (var rule : EnumSet.complementOf(NOT_ASKED)) {
            seenOften("violated " + rule, run.violated.contains(rule));
        }
        seenOften("a snapshot let go of something", !run.compacted.isEmpty());
        seenOften("a renewal moved nothing", run.renewalsCapped);
        seenOften("a download was waived again", run.waived);
    }

    /**
     * Checks that the random histories contain a case often enough, because otherwise they prove
     * nothing about it.
     */
    private static void seenOften(String what, boolean seen) {
        Statistics.label(what)
                .collect(seen)
                .coverage(check -> check.check(true).count(lives -> lives >= TRIES / 20));
    }

    /** An event as the store returns it. */
    private record Told(String id, CustomerEvent event) {

        Object aggregate() {
            return switch (event) {
                case LicenseEvent e -> e.license();
                case DownloadEvent e -> e.download();
                case DeviceEvent e -> e.device();
                case SessionEvent e -> e.session();
                case PolicyEvent e -> PolicyEvent.ID;
            };
        }
    }

    /** One customer: the model's log, the state from all events, and the states from snapshots. */
    private static final class Run {

        private final PlainModel model = new PlainModel(TITLES);
        private final List<String> licenses = new ArrayList<>();

        /** The state from all events, with which all others are compared. */
        private Account whole = Account.EMPTY;

        /** All events so far, in order. */
        private final List<Told> told = new ArrayList<>();

        /** Every state that results from some choice of snapshots and retirements. */
        private Set<Account> compacted = new LinkedHashSet<>();

        /** Whether there was a renewal that did not move the expiry. */
        private boolean renewalsCapped;

        /** Whether a download was waived twice. */
        private boolean waived;

        /** The rules that were violated at some step. */
        private final Set<Rule> violated = EnumSet.noneOf(Rule.class);

        private Terms terms;
        private Instant now = START;
        private int events;
        private int steps;

        Run(Terms terms) {
            this.terms = terms;
        }

        void step(Step step) {
            now = now.plus(step.after());
            snapshot();
            sameBudgets();
            sameLicenses();
            switch (step.deed()) {
                case Acquire acquire -> acquire(acquire);
                case OnLicense on -> {
                    if (!licenses.isEmpty()) {
                        act(
                                on.act(),
                                licenses.get(licenses.size() - 1 - on.back() % licenses.size()));
                    }
                }
                case Deactivate deactivate -> deactivate(deactivate.device());
                case Waive waive -> waive(waive.back());
                case Change change -> terms = change.terms();
            }
        }

        private void acquire(Acquire acquire) {
            var id = "L" + licenses.size();
            var command =
                    Asks.acquire(LicenseType.DOWNLOAD, acquire.title(), acquire.device(), null)
                            .named(id, id, now);
            var existing = model.existing(acquire.title(), acquire.device(), now);
            var violated = model.acquire(acquire.title(), acquire.device(), terms, now);
            var title = title(acquire.title());
            if (decide(
                    account -> Licensing.decide(account, title, policy(), command),
                    existing != null,
                    violated)) {
                licenses.add(id);
                model.issue(id, acquire.title(), acquire.device(), terms, now);
            }
        }

        private void act(Act act, String id) {
            var license = new LicenseId(id);
            var active = model.isActive(id, now);
            switch (act) {
                case CONFIRM -> {
                    var command = new ConfirmLicense(CUSTOMER, license, null, now);
                    if (decide(
                            account -> Licensing.decide(account, find(account, license), command),
                            active && model.isConfirmed(id),
                            model.confirm(id, now))) {
                        model.confirmed(id, now);
                    }
                }
                case RENEW -> {
                    var download = new DownloadId("R" + events);
                    var command = new RenewLicense(CUSTOMER, license, download, now);
                    var title = title(model.titleOf(id));
                    var violated = model.renew(id, terms, now);
                    var capped = violated.isEmpty() && !model.renewalMoves(id, terms, now);
                    renewalsCapped |= capped;
                    if (decide(
                            account ->
                                    Licensing.decide(
                                            account,
                                            find(account, license),
                                            title,
                                            policy(),
                                            command),
                            capped,
                            violated)) {
                        model.renewed(id, terms, now);
                    }
                }
                case RELEASE -> {
                    var command = new ReleaseLicense(CUSTOMER, license, null, now);
                    if (decide(
                            account -> Licensing.decide(account, find(account, license), command),
                            !active,
                            Map.of())) {
                        model.ended(id, now);
                    }
                }
                case REVOKE -> {
                    var command = new RevokeLicense(CUSTOMER, license, null, now);
                    if (decide(
                            account -> Licensing.decide(account, find(account, license), command),
                            !active,
                            Map.of())) {
                        model.ended(id, now);
                    }
                }
                case PLAY -> play(id);
            }
        }

        /** Stores the first play of a license, without a session. */
        private void play(String id) {
            if (model.isActive(id, now) && !model.isPlayed(id)) {
                var license = find(whole, new LicenseId(id));
                var kept =
                        whole.downloads()
                                .unconfirmed(license, now)
                                .map(d -> new DownloadConfirmed(d.id(), license.title(), now));
                var played = new LicenseFirstPlayed(license.id(), now, now);
                evolve(Stream.<CustomerEvent>concat(Stream.of(played), kept).toList());
                model.played(id, now);
            }
        }

        private void deactivate(String device) {
            var id = new DeviceId(device);
            everywhere(account -> account.devices().find(id));
            if (!model.isKnown(device)) {
                assertThat(whole.devices().find(id)).isEmpty();
                return;
            }
            var command = new DeactivateDevice(CUSTOMER, id, now);
            if (decide(
                    account ->
                            Licensing.decide(
                                    account,
                                    account.devices().find(id).orElseThrow(),
                                    policy(),
                                    command),
                    !model.isOn(device),
                    model.deactivate(terms, now))) {
                model.off(device, now);
            }
        }

        private void waive(int back) {
            var counted =
                    told.stream().filter(one -> one.event() instanceof DownloadCounted).toList();
            if (counted.isEmpty()) return;
            var place = counted.size() - 1 - back % counted.size();
            var event = (DownloadCounted) counted.get(place).event();
            var download = whole.downloads().find(event.download()).orElseThrow();
            var command = new WaiveDownload(CUSTOMER, place, "tried", now);
            decide(
                    account -> Licensing.decide(download, event.title(), command),
                    !model.waive(place, now),
                    Map.of());
            waived |= download.isWaived();
        }

        /**
         * Decides from every state and compares with what the model expects; returns whether it is
         * allowed.
         */
        private boolean decide(
                Function<Account, Decision> decide,
                boolean unchanged,
                Map<Rule, Finding> expected) {
            var decision = everywhere(decide);
            if (unchanged) {
                assertThat(decision).isInstanceOf(Unchanged.class);
            } else {
                assertThat(violations(decision)).isEqualTo(expected);
                assertThat(decision)
                        .isInstanceOf(expected.isEmpty() ? Allowed.class : Denied.class);
                violated.addAll(expected.keySet());
            }
            if (decision instanceof Allowed allowed) {
                evolve(allowed.events());
                return true;
            }
            return false;
        }

        /** Compares the quotas of one title on one device, different ones at each step. */
        private void sameBudgets() {
            var titles = List.copyOf(new TreeMap<>(TITLES).keySet());
            var title = titles.get(steps % titles.size());
            var device = DEVICES.get(steps / titles.size() % DEVICES.size());
            steps++;
            var quotas =
                    everywhere(
                            account ->
                                    Licensing.quotas(
                                            account,
                                            title(title),
                                            policy(),
                                            new DeviceId(device),
                                            now));
            assertThat(
                            quotas.stream()
                                    .collect(Collectors.toMap(Evaluation::rule, Evaluation::used)))
                    .isEqualTo(model.used(title, device, terms, now));
        }

        private void sameLicenses() {
            var active =
                    everywhere(
                            account ->
                                    account.licenses()
                                            .activeDownloads(now)
                                            .collect(Collectors.toSet()));
            assertThat(active.stream().map(l -> l.id().value()).sorted())
                    .isEqualTo(model.active(now));
            for (var license : active) {
                assertThat(license.expiresAt()).isEqualTo(model.expiry(license.id().value()));
            }
            everywhere(account -> account.licenses().plan());
        }

        /** The answer from the whole history, which must be the same from every compacted state. */
        private <T> T everywhere(Function<Account, T> question) {
            var answer = question.apply(whole);
            for (var account : compacted) {
                assertThat(question.apply(account))
                        .as("from a snapshot, as from the first event")
                        .isEqualTo(answer);
            }
            return answer;
        }

        private void snapshot() {
            compacted.add(retired());
            var snapshots =
                    Stream.concat(Stream.of(whole), compacted.stream())
                            .map(this::compact)
                            .collect(Collectors.toSet());
            assertThat(snapshots).as("snapshots of now, whatever they were made of").hasSize(1);
            compacted.addAll(snapshots);
            compacted.remove(whole);
        }

        /**
         * The state that a replay gives if all events so far are retired now, except those that are
         * kept.
         */
        private Account retired() {
            var state = compact(whole);
            var stays =
                    Stream.of(
                                    state.licenses().ids(),
                                    state.downloads().ids(),
                                    state.devices().lastLicenses(),
                                    state.devices().all().map(Device::id))
                            .flatMap(ids -> ids)
                            .collect(Collectors.<Object>toSet());
            var account = Account.EMPTY;
            for (var one : told) {
                if (stays.contains(one.aggregate())) {
                    account = Account.evolve(account, one.id(), one.event());
                }
            }
            return account;
        }

        private Account compact(Account account) {
            return account.compact(now);
        }

        private void evolve(List<CustomerEvent> happened) {
            for (var event : happened) {
                var id = "event " + events++;
                told.add(new Told(id, event));
                whole = Account.evolve(whole, id, event);
                compacted =
                        compacted.stream()
                                .map(account -> Account.evolve(account, id, event))
                                .collect(Collectors.toCollection(LinkedHashSet::new));
            }
        }

        /**
         * Finds a license. If a snapshot has dropped it, it is read from its events, as the
         * handlers do.
         */
        private License find(Account account, LicenseId id) {
            return account.licenses()
                    .find(id, now)
                    .orElseGet(() -> whole.licenses().find(id).orElseThrow());
        }

        private Policy policy() {
            var settings = ShippedPolicies.global();
            settings.put(PolicyKey.MAX_DOWNLOAD_DEVICES, terms.devices());
            settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE, terms.perDevice());
            settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, terms.perCustomer());
            settings.put(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, terms.perStudio());
            settings.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, terms.perTitle());
            settings.put(
                    PolicyKey.YEAR_WINDOW,
                    terms.yearFromFirst() ? YearWindow.FROM_FIRST_DOWNLOAD : YearWindow.ROLLING);
            settings.put(PolicyKey.COUNT_RENEWALS, terms.countRenewals());
            settings.put(PolicyKey.MAX_RENEWALS, terms.renewals());
            settings.put(PolicyKey.RENEW_AFTER, terms.renewAfter());
            settings.put(
                    PolicyKey.RENEWAL_BASIS,
                    terms.renewFromExpiry() ? RenewalBasis.FROM_EXPIRY : RenewalBasis.FROM_NOW);
            settings.put(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, terms.deactivations());
            settings.put(PolicyKey.RENTAL_DURATION, terms.rental());
            settings.put(PolicyKey.PLAYBACK_DURATION, terms.playback());
            settings.put(PolicyKey.UNCONFIRMED_HOLD, terms.hold());
            return ShippedPolicies.policy(1, Scope.GLOBAL, settings);
        }

        private static Title title(String id) {
            var shelf = TITLES.get(id);
            return new Title(
                    new TitleId(id), id, new StudioId(shelf.studio()), shelf.from(), shelf.until());
        }

        private static Map<Rule, Finding> violations(Decision decision) {
            var violations = new TreeMap<Rule, Finding>();
            for (var rule : decision.rules()) {
                if (!rule.satisfied()) {
                    violations.put(
                            rule.rule(),
                            new Finding(rule.limit(), rule.used(), rule.nextAllowedAt()));
                }
            }
            return violations;
        }
    }

    @Provide
    Arbitrary<List<Step>> lives() {
        return Combinators.combine(waits(), deeds())
                .as(Step::new)
                .list()
                .ofMaxSize(MAX_STEPS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    /** Waits that are mostly short. The long ones reach the ends of holds, rentals and years. */
    private static Arbitrary<Duration> waits() {
        return Arbitraries.frequencyOf(
                Tuple.of(
                        8,
                        Arbitraries.of(
                                Duration.ZERO,
                                Duration.ofMillis(1),
                                Duration.ofHours(1),
                                Duration.ofHours(23),
                                Duration.ofDays(1))),
                Tuple.of(
                        3,
                        Arbitraries.of(
                                Duration.ofDays(2),
                                Duration.ofDays(7),
                                Duration.ofDays(30),
                                Duration.ofDays(31),
                                Duration.ofDays(90))),
                Tuple.of(
                        1,
                        Arbitraries.of(
                                Duration.ofDays(180),
                                Duration.ofDays(364),
                                Duration.ofDays(365),
                                Duration.ofDays(366),
                                Duration.ofDays(800))));
    }

    private static Arbitrary<Deed> deeds() {
        var devices = Arbitraries.of(DEVICES);
        var titles = Arbitraries.of(TITLES.keySet().stream().sorted().toList());
        return Arbitraries.frequencyOf(
                Tuple.of(6, Combinators.combine(titles, devices).as(Acquire::new)),
                Tuple.of(
                        9,
                        Combinators.combine(
                                        Arbitraries.of(
                                                Act.CONFIRM,
                                                Act.RENEW,
                                                Act.RENEW,
                                                Act.RELEASE,
                                                Act.REVOKE,
                                                Act.PLAY),
                                        Arbitraries.of(0, 0, 1, 2, 5))
                                .as(OnLicense::new)),
                Tuple.of(2, devices.map(Deactivate::new)),
                Tuple.of(2, Arbitraries.of(0, 0, 1, 2, 5).map(Waive::new)),
                Tuple.of(1, anyTerms().map(Change::new)));
    }

    @Provide
    Arbitrary<Terms> terms() {
        return anyTerms();
    }

    private static Arbitrary<Terms> anyTerms() {
        return Combinators.combine(
                        Arbitraries.of(1, 1, 2, 2, 3, 5, 0).injectNull(0.5).list().ofSize(7),
                        Arbitraries.of(false, true).list().ofSize(3),
                        days(30, 3, 400),
                        days(2, 1),
                        days(1, 7, 90),
                        days(0, 1, 10))
                .as(
                        (limits, flags, rental, playback, hold, renewAfter) ->
                                new Terms(
                                        limits.get(0),
                                        limits.get(1),
                                        limits.get(2),
                                        limits.get(3),
                                        limits.get(4),
                                        flags.get(0),
                                        flags.get(1),
                                        limits.get(5),
                                        renewAfter,
                                        flags.get(2),
                                        limits.get(6),
                                        rental,
                                        playback,
                                        hold));
    }

    private static Arbitrary<Duration> days(Integer... counts) {
        return Arbitraries.of(counts).map(Duration::ofDays).injectNull(0.3);
    }
}
