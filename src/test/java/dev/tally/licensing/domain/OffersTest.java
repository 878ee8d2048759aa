package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.licenses;
import static dev.tally.licensing.domain.Scenario.given;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Facts.Fact;
import dev.tally.licensing.domain.Offer.Best;
import dev.tally.licensing.domain.Offer.Grant;
import dev.tally.licensing.domain.Remedy.Deactivate;
import dev.tally.licensing.domain.Remedy.Release;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.LicenseType;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a device may do with a title, and what a member can do so that it may. */
class OffersTest {

    private static final CustomerId ANNA = new CustomerId("customer");
    private static final PlanId PLAN = new PlanId("standard");
    private static final String SEED = "20260301";

    private static Offer offer(Given given, String title, String device) {
        var world = given.world(given.account());
        return new Offers(ANNA, world.account(), world.policy(), NOW)
                .of(
                        new DeviceId(device),
                        world.titles().apply(new TitleId(title)),
                        PLAN,
                        plan -> world.policy());
    }

    /**
     * The steps of a remedy in words: the license to be released, or the device to be taken off.
     */
    private static List<String> words(Grant grant) {
        if (grant.remedy() == null) return null;
        return grant.remedy().steps().stream()
                .map(
                        step ->
                                switch (step) {
                                    case Release(var license) -> license.id().value();
                                    case Deactivate(var device) -> "off " + device.id().value();
                                })
                .toList();
    }

    private static List<String> remedy(Given given, String title, String device) {
        return words(offer(given, title, device).download());
    }

    @Nested
    class TheBest {

        @Test
        void of_a_license_that_plays_is_to_play_it() {
            var given = given(license("L1").of("Glow").on("phone").until(in(days(9))).confirmed());
            var offer = offer(given, "Glow", "phone");

            assertThat(offer.best()).isEqualTo(Best.PLAY);
            assertThat(offer.license().id().value()).isEqualTo("L1");
            assertThat(offer.playsUntil()).isEqualTo(in(days(2)));
            assertThat(offer.download().existing()).isTrue();
            assertThat(offer(given, "Glow", "tablet").best()).isEqualTo(Best.STREAM);
        }

        @Test
        void of_a_download_that_has_been_played_too_often_is_to_stream() {
            var given =
                    given(license("L1").of("Glow").on("phone").confirmed())
                            .under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 0);
            var offer = offer(given, "Glow", "phone");

            assertThat(offer.best()).isEqualTo(Best.STREAM);
            assertThat(offer.play())
                    .extracting(Evaluation::rule)
                    .containsExactly(Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
            assertThat(offer.playsUntil()).isNull();
        }

        @Test
        void of_a_license_of_another_plan_follows_its_own_plan() {
            var given = given(license("L1").of("Glow").on("phone").under("family").confirmed());
            var world = given.world(given.account());
            var none = given.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 0);
            var strict = none.world(given.account()).policy();
            var family = new PlanId("family");
            var offers = new Offers(ANNA, world.account(), world.policy(), NOW);
            var title = world.titles().apply(new TitleId("Glow"));
            var phone = new DeviceId("phone");

            var asked =
                    offers.of(phone, title, PLAN, p -> p.equals(family) ? world.policy() : strict);
            assertThat(asked.best()).isEqualTo(Best.PLAY);
            var denied =
                    offers.of(phone, title, PLAN, p -> p.equals(family) ? strict : world.policy());
            assertThat(denied.best()).isEqualTo(Best.STREAM);
        }

        @Test
        void of_a_device_that_may_not_stream_is_to_download() {
            var given = given().under(PolicyKey.MAX_CONCURRENT_STREAMS, 0);
            assertThat(offer(given, "Glow", "phone").best()).isEqualTo(Best.DOWNLOAD);
        }

        @Test
        void where_a_stream_goes_on_elsewhere_is_after_a_remedy() {
            var given =
                    given(license("S").of("Dark").on("tv").streaming().until(in(hours(1))))
                            .under(PolicyKey.MAX_CONCURRENT_STREAMS, 1)
                            .under(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 0);
            var offer = offer(given, "Glow", "phone");

            assertThat(offer.best()).isEqualTo(Best.AFTER_REMEDY);
            assertThat(words(offer.stream())).containsExactly("S");
            assertThat(words(offer.download())).isNull();
        }

        @Test
        void where_only_time_helps_is_nothing() {
            var given = given().available(in(days(1)), null);
            var offer = offer(given, "Glow", "phone");

            assertThat(offer.best()).isEqualTo(Best.NONE);
            assertThat(offer.download().nextAllowedAt()).isEqualTo(in(days(1)));
            assertThat(offer.download().remedy()).isNull();
        }

        @Test
        void where_one_rule_never_allows_it_no_time_is_told() {
            var given =
                    given(download("D").of("Glow").at(ago(days(1))))
                            .under(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                            .under(PolicyKey.MAX_DOWNLOAD_DEVICES, 0);
            assertThat(offer(given, "Glow", "phone").download().nextAllowedAt()).isNull();
        }
    }

    @Nested
    class TheRemedy {

        private static final PolicyKey PER_CUSTOMER = PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER;
        private static final PolicyKey PER_STUDIO = PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO;
        private static final PolicyKey DEVICES = PolicyKey.MAX_DOWNLOAD_DEVICES;

        @Test
        void takes_what_was_played_longest_ago() {
            var given =
                    given(
                                    license("L1").of("A").issuedAt(ago(days(9))).confirmed(),
                                    license("L2")
                                            .of("B")
                                            .issuedAt(ago(days(20)))
                                            .playsFor(days(9))
                                            .firstPlayedAt(ago(days(1))),
                                    license("L3").of("C").issuedAt(ago(days(5))).confirmed())
                            .under(PER_CUSTOMER, 3);
            assertThat(remedy(given, "Glow", "phone")).containsExactly("L1");
        }

        @Test
        void takes_then_what_expires_soonest_and_then_the_lower_id() {
            var two = given(license("L1").of("A"), license("L2").of("B").until(in(days(3))));
            assertThat(remedy(two.under(PER_CUSTOMER, 2), "Glow", "phone")).containsExactly("L2");
            var same = given(license("L2").of("A"), license("L1").of("B"));
            assertThat(remedy(same.under(PER_CUSTOMER, 2), "Glow", "phone")).containsExactly("L1");
        }

        @Test
        void is_one_release_where_one_serves_two_limits() {
            var given =
                    given(
                                    license("L1").of("Acme/A").issuedAt(ago(days(3))),
                                    license("L2").of("B").issuedAt(ago(days(9))))
                            .under(PER_CUSTOMER, 2)
                            .under(PER_STUDIO, 1);
            assertThat(remedy(given, "Acme/Glow", "phone")).containsExactly("L1");
        }

        @Test
        void is_two_releases_under_a_lowered_limit() {
            var given = given(licenses(3, "phone")).under(PER_CUSTOMER, 2);
            assertThat(remedy(given, "Glow", "phone")).containsExactly("phone0", "phone1");
        }

        @Test
        void is_nothing_where_two_steps_are_not_enough() {
            var given = given(licenses(4, "phone")).under(PER_CUSTOMER, 2);
            assertThat(remedy(given, "Glow", "phone")).isNull();
            assertThat(remedy(given.under(PER_CUSTOMER, 0), "Glow", "phone")).isNull();
        }

        @Test
        void takes_a_device_off_where_releases_do_not_free_it() {
            var given =
                    given(
                                    activated("tv", ago(days(9))),
                                    licenses(3, "tv"),
                                    activated("tablet", ago(days(9))),
                                    licenses(3, "tablet"))
                            .under(DEVICES, 2);
            assertThat(remedy(given, "Glow", "phone")).containsExactly("off tablet");
        }

        @Test
        void frees_a_device_by_two_releases_rather_than_takes_it_off() {
            var given = given(activated("tv", ago(days(9))), licenses(2, "tv")).under(DEVICES, 1);
            assertThat(remedy(given, "Glow", "phone")).containsExactly("tv0", "tv1");
        }

        @Test
        void takes_no_device_off_once_too_many_were() {
            var given =
                    given(
                                    deactivated("old", ago(days(5))),
                                    activated("tv", ago(days(9))),
                                    licenses(3, "tv"))
                            .under(DEVICES, 1)
                            .under(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, 1);
            assertThat(remedy(given, "Glow", "phone")).isNull();
        }

        @Test
        void never_takes_off_the_device_that_asks() {
            var given =
                    given(activated("phone", ago(days(9))), licenses(9, "phone"))
                            .under(PER_CUSTOMER, 1);
            assertThat(remedy(given, "Glow", "phone")).isNull();
            assertThat(remedy(given, "Glow", "tablet")).containsExactly("off phone");
        }

        @Test
        void is_null_where_only_waiting_helps_beside_a_full_device() {
            var given =
                    given(licenses(2, "phone"), download("D").of("Glow").at(ago(days(1))))
                            .under(PER_CUSTOMER, 2)
                            .under(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1);
            assertThat(remedy(given, "Glow", "phone")).isNull();
            assertThat(remedy(given, "Dark", "phone")).containsExactly("phone0");
        }
    }

    /** Devices with some licenses each, and limits that may be lower than what is there. */
    record Situation(List<Integer> held, List<Integer> ages, int devices, int all, int studio) {

        private static final List<String> NAMES = List.of("phone", "tablet", "tv");

        Given given() {
            var facts = new ArrayList<Fact>();
            for (int device = 0; device < held.size(); device++) {
                var name = NAMES.get(device);
                facts.add(activated(name, ago(days(400))));
                for (int n = 0; n < held.get(device); n++) {
                    var age = ages.get((device * 3 + n) % ages.size());
                    var studio = n % 2 == 0 ? "Acme/" : "";
                    facts.add(
                            license(name + n)
                                    .of(studio + name + n)
                                    .on(name)
                                    .issuedAt(ago(days(age)))
                                    .until(in(days(30 - age))));
                }
            }
            return Scenario.given(facts.toArray(Fact[]::new))
                    .under(PolicyKey.MAX_DOWNLOAD_DEVICES, devices)
                    .under(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, all)
                    .under(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, studio)
                    .under(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, 1);
        }
    }

    @Provide
    Arbitrary<Situation> situations() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 3).list().ofSize(3),
                        Arbitraries.integers().between(1, 3).list().ofSize(3),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(0, 4))
                .as(Situation::new);
    }

    /** Whatever the rules say of each of many titles, they say of the title alone. */
    @Property(tries = 300, seed = SEED)
    void an_offer_is_what_an_acquire_would_be_told(@ForAll("situations") Situation situation) {
        var given = situation.given();
        var world = given.world(given.account());
        var offers = new Offers(ANNA, world.account(), world.policy(), NOW);
        for (var title : List.of("Acme/New", "New", "Acme/phone0", "tv1")) {
            for (var device : List.of("phone", "laptop")) {
                var asked = world.titles().apply(new TitleId(title));
                var offer = offers.of(new DeviceId(device), asked, PLAN, plan -> world.policy());
                for (var type : LicenseType.values()) {
                    var command = Asks.acquire(type, title, device, device).named("n", "n", NOW);
                    var decision =
                            Licensing.decide(world.account(), asked, world.policy(), command);
                    var grant = type == LicenseType.DOWNLOAD ? offer.download() : offer.stream();
                    assertThat(grant.existing()).isEqualTo(decision instanceof Decision.Unchanged);
                    if (!grant.existing()) {
                        assertThat(grant.forbidding())
                                .isEqualTo(
                                        decision.rules().stream()
                                                .filter(rule -> !rule.satisfied())
                                                .toList());
                    }
                }
            }
        }
    }

    /**
     * The remedy is the first that helps, among all that there are, by a search without a bound.
     */
    @Property(tries = 300, seed = SEED)
    void a_remedy_is_the_least_that_helps(@ForAll("situations") Situation situation) {
        var given = situation.given();
        for (var title : List.of("Acme/New", "New")) {
            for (var device : List.of("phone", "laptop")) {
                var grant = offer(given, title, device).download();
                assertThat(Optional.ofNullable(words(grant)))
                        .as("%s on %s", title, device)
                        .isEqualTo(
                                grant.isGranted()
                                        ? Optional.empty()
                                        : plainly(given, title, device));
            }
        }
    }

    private static Optional<List<String>> plainly(Given given, String title, String device) {
        var account = given.account();
        var licenses =
                account.licenses()
                        .activeDownloads(NOW)
                        .sorted(
                                Comparator.comparing(License::issuedAt)
                                        .thenComparing(License::expiresAt)
                                        .thenComparing(license -> license.id().value()))
                        .map(license -> license.id().value())
                        .toList();
        var devices =
                Stream.of("phone", "tablet", "tv")
                        .filter(name -> !name.equals(device))
                        .filter(name -> licenses.stream().anyMatch(id -> id.startsWith(name)))
                        .sorted(
                                Comparator.comparing((String name) -> latest(account, name, true))
                                        .thenComparing(name -> latest(account, name, false))
                                        .thenComparing(name -> name))
                        .map(name -> "off " + name)
                        .toList();
        return Stream.of(
                        licenses.stream().map(List::of),
                        pairs(licenses, licenses, true),
                        devices.stream().map(List::of),
                        pairs(licenses, devices, false),
                        pairs(devices, devices, true))
                .flatMap(some -> some)
                .filter(steps -> helps(given, steps, title, device))
                .findFirst();
    }

    private static Instant latest(Account account, String device, boolean issued) {
        return account.licenses()
                .activeOn(new DeviceId(device), NOW)
                .map(license -> issued ? license.issuedAt() : license.expiresAt())
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static Stream<List<String>> pairs(
            List<String> first, List<String> second, boolean ordered) {
        return IntStream.range(0, first.size())
                .boxed()
                .flatMap(
                        i ->
                                IntStream.range(ordered ? i + 1 : 0, second.size())
                                        .mapToObj(j -> List.of(first.get(i), second.get(j))));
    }

    private static boolean helps(Given given, List<String> steps, String title, String device) {
        var then = given;
        for (var step : steps) {
            var isOff = step.startsWith("off ");
            var ask = isOff ? Asks.deactivate(step.substring(4)) : Asks.release(step);
            var outcome = then.when(ask);
            if (!(outcome.decision() instanceof Decision.Allowed)) return false;
            then = outcome.then();
        }
        return then.when(Asks.acquire(title, device)).decision() instanceof Decision.Allowed;
    }
}
