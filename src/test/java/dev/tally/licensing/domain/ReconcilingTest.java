package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.COUNT_RENEWALS;
import static dev.tally.catalog.PolicyKey.KEEPALIVE_INTERVAL;
import static dev.tally.catalog.PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE;
import static dev.tally.catalog.PolicyKey.MAX_CONCURRENT_STREAMS;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.catalog.PolicyKey.MAX_RENEWALS;
import static dev.tally.catalog.PolicyKey.RENEW_AFTER;
import static dev.tally.catalog.PolicyKey.UNCONFIRMED_HOLD;
import static dev.tally.catalog.PolicyKey.YEAR_WINDOW;
import static dev.tally.licensing.domain.Asks.NEW_DOWNLOAD;
import static dev.tally.licensing.domain.Asks.NEW_LICENSE;
import static dev.tally.licensing.domain.Asks.SPARE;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.confirm;
import static dev.tally.licensing.domain.Asks.deactivate;
import static dev.tally.licensing.domain.Asks.reconcile;
import static dev.tally.licensing.domain.Asks.reconcileRenewal;
import static dev.tally.licensing.domain.Asks.release;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.POLICY_VERSION;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.downloads;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.licenses;
import static dev.tally.licensing.domain.Facts.yearAfter;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.countsNothing;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;
import static dev.tally.licensing.events.LicenseType.DOWNLOAD;
import static dev.tally.licensing.events.LicenseType.STREAMING;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.SessionEvent.SessionStarted;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The store was away for three hours; a node granted a license at the beginning of that. */
class ReconcilingTest {

    private static final Instant ISSUED = ago(hours(3));
    private static final Instant UNTIL = in(hours(21));

    private static final String DEVICES = "maxDownloadDevices";
    private static final String YEAR_LIMIT = "maxDownloadsPerTitlePerYear";
    private static final String SECOND = "secondLicense";

    private static LicenseIssued issuedUntil(Instant end) {
        return new LicenseIssued(
                NEW_LICENSE,
                new TitleId("Glow"),
                Facts.studioOf("Glow"),
                new DeviceId("phone"),
                DOWNLOAD,
                new PlanId("standard"),
                ISSUED,
                end,
                hours(48),
                null,
                POLICY_VERSION);
    }

    private static DownloadCounted countedAt(Instant at) {
        return new DownloadCounted(
                NEW_DOWNLOAD,
                new TitleId("Glow"),
                NEW_LICENSE,
                at,
                CountCause.ACQUIRED,
                null,
                POLICY_VERSION);
    }

    private static CustomerEvent phoneActivated() {
        return new DeviceActivated(new DeviceId("phone"), "phone", ISSUED);
    }

    private static ProvisionalLicenseReconciled reconciled(String... broken) {
        return new ProvisionalLicenseReconciled(NEW_LICENSE, NOW, UNTIL, List.of(broken));
    }

    private static List<String> broken(Scenario.Outcome outcome) {
        return outcome.event(ProvisionalLicenseReconciled.class).overLimit();
    }

    @Nested
    class ALicenseThatTheRulesAllow {

        @Test
        void has_its_full_terms_from_the_time_at_which_it_was_granted() {
            var outcome =
                    given().when(reconcile("Glow", ISSUED, UNTIL))
                            .thenAllowed(
                                    issuedUntil(ISSUED.plus(days(30))),
                                    countedAt(ISSUED),
                                    phoneActivated(),
                                    reconciled())
                            .thenLicense("new", State.ISSUED, ISSUED.plus(days(30)));

            var license = outcome.after().licenses().find(NEW_LICENSE).orElseThrow();
            assertThat(license.overLimit()).isEmpty();
            assertThat(license.wasProvisional()).isTrue();
        }

        @Test
        void may_be_renewed() {
            given().when(reconcile("Glow", ISSUED, UNTIL)).then().when(renew("new")).thenAllowed();
        }

        @Test
        void is_recorded_once() {
            given().when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenUnchanged();
        }

        @Test
        void is_recorded_once_even_if_it_had_ended_before_it_was_granted() {
            given().available(null, ago(days(1)))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenUnchanged();
        }

        @Test
        void is_the_one_that_its_device_got_under_its_key_when_the_store_was_back() {
            given(license("new").issuedAt(ago(hours(1))).releasedAt(ago(Duration.ofMinutes(1))))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenUnchanged();
        }

        @Test
        void has_another_id_if_a_license_for_another_title_has_its_id() {
            var outcome = given(license("new").of("Dark")).when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(outcome.event(LicenseIssued.class).license()).isEqualTo(SPARE);
            assertThat(outcome.event(DownloadCounted.class).license()).isEqualTo(SPARE);
            assertThat(outcome.event(ProvisionalLicenseReconciled.class).license())
                    .isEqualTo(SPARE);
        }

        @Test
        void has_another_id_if_one_that_was_granted_at_the_same_time_has_its_id() {
            var outcome =
                    given(license("new").of("Dark").issuedAt(ISSUED))
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(outcome.event(LicenseIssued.class).license()).isEqualTo(SPARE);
        }

        @Test
        void has_its_id_again_only_if_the_earlier_license_had_ended_whatever_its_title() {
            var granted = ago(days(40));
            for (var end : List.of(granted, granted.plusMillis(1))) {
                var outcome =
                        given(license("new").issuedAt(ago(days(70))).until(end))
                                .available(null, ago(days(60)))
                                .when(reconcile("Glow", granted, granted.plus(days(1))));
                assertThat(outcome.event(LicenseIssued.class).license())
                        .isEqualTo(end.equals(granted) ? NEW_LICENSE : SPARE);
                assertThat(outcome.after().licenses().byId()).isNotEmpty();
            }
        }

        @Test
        void has_another_id_if_its_id_was_used_before() {
            var outcome =
                    given(license("new").releasedAt(ago(days(1))))
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(outcome.event(LicenseIssued.class).license()).isEqualTo(SPARE);
        }

        @Test
        void ends_with_its_title() {
            given().available(null, in(hours(1)))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenLicense("new", State.ISSUED, in(hours(1)));
        }

        @Test
        void may_be_of_a_title_that_has_ended_since() {
            var outcome =
                    given().available(null, ago(hours(1)))
                            .when(reconcile("Glow", ISSUED, UNTIL))
                            .thenLicense("new", State.EXPIRED, ago(hours(1)));

            assertThat(broken(outcome)).isEmpty();
        }

        @Test
        void leaves_the_limit_of_the_year_a_year_after_it_was_granted() {
            given().under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .when(acquire("Glow", "tablet"))
                    .thenDenied(
                            Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(1),
                            nextAllowedAt(yearAfter(ISSUED)));
        }

        @Test
        void is_counted_a_month_back_at_the_most() {
            var longAgo = ago(days(31));
            var outcome = given().when(reconcile("Glow", longAgo, longAgo.plus(days(1))));

            assertThat(outcome.event(LicenseIssued.class).issuedAt()).isEqualTo(longAgo);
            assertThat(outcome.event(DownloadCounted.class).countedAt()).isEqualTo(ago(days(30)));
        }
    }

    @Nested
    class TheRules {

        @Test
        void allow_the_last_download_of_the_limit() {
            var outcome =
                    given(downloads("Glow", 4, Facts.YEAR)).when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).isEmpty();
        }

        @Test
        void forbid_one_download_more_than_the_limit() {
            var outcome = given(downloadsSinceYesterday(5)).when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).containsExactly(YEAR_LIMIT);
        }

        @ParameterizedTest
        @EnumSource
        void count_what_the_year_counts_when_it_is_recorded(YearWindow window) {
            var aYearAgo = download("D1").at(yearBefore(NOW));
            var outcome =
                    given(aYearAgo)
                            .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                            .under(YEAR_WINDOW, window)
                            .when(reconcile("Glow", ISSUED, UNTIL));
            assertThat(broken(outcome)).isEmpty();

            var later =
                    given(aYearAgo.at(yearBefore(NOW).plusMillis(1)))
                            .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                            .under(YEAR_WINDOW, window)
                            .when(reconcile("Glow", ISSUED, UNTIL));
            assertThat(broken(later)).containsExactly(YEAR_LIMIT);
        }

        @Test
        void ask_whether_the_title_was_available_when_it_was_granted() {
            for (var end : List.of(ISSUED, justBefore(ISSUED))) {
                var outcome = given().available(null, end).when(reconcile("Glow", ISSUED, UNTIL));
                assertThat(broken(outcome)).containsExactly("titleAvailability");
            }
            var available =
                    given().available(null, ISSUED.plusMillis(1))
                            .when(reconcile("Glow", ISSUED, UNTIL));
            assertThat(broken(available)).isEmpty();
        }

        @Test
        void count_a_license_that_was_active_when_it_was_granted() {
            assertThat(broken(withATabletUntil(ISSUED.plusMillis(1)))).containsExactly(DEVICES);
            assertThat(broken(withATabletUntil(ISSUED))).isEmpty();
        }

        private Scenario.Outcome withATabletUntil(Instant end) {
            return given(license("L1").on("tablet").until(end))
                    .under(MAX_DOWNLOAD_DEVICES, 1)
                    .when(reconcile("Glow", ISSUED, UNTIL));
        }

        @Test
        void do_not_count_what_was_given_back_before_it_is_recorded() {
            var outcome =
                    given(license("L1").on("tablet").releasedAt(ago(hours(1))))
                            .under(MAX_DOWNLOAD_DEVICES, 1)
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).isEmpty();
        }

        @Test
        void count_a_license_that_was_granted_later_and_recorded_before() {
            var outcome =
                    given(license("L1").on("tablet").issuedAt(ago(hours(1))))
                            .under(MAX_DOWNLOAD_DEVICES, 1)
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).containsExactly(DEVICES);
        }

        @Test
        void count_no_license_that_the_account_no_longer_knows() {
            var longAgo = ago(days(40));
            var outcome =
                    given(license("L1").on("tablet").until(ago(days(30))))
                            .under(MAX_DOWNLOAD_DEVICES, 1)
                            .when(reconcile("Glow", longAgo, longAgo.plus(days(1))));

            assertThat(broken(outcome)).isEmpty();
        }
    }

    private static Facts.Fact downloadsSinceYesterday(int count) {
        return Facts.all(
                Stream.iterate(0, i -> i < count, i -> i + 1)
                        .map(i -> download("D" + i).at(ago(days(1)).plusSeconds(i))));
    }

    private static Instant yearBefore(Instant time) {
        return time.atOffset(ZoneOffset.UTC).minus(Facts.YEAR).toInstant();
    }

    @Nested
    class ALicenseOverALimit {

        @Test
        void lasts_as_long_as_its_token_and_counts_and_names_every_rule_it_broke() {
            given(license("L1").on("tablet"), downloadsSinceYesterday(5))
                    .under(MAX_DOWNLOAD_DEVICES, 1)
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenAllowed(
                            issuedUntil(UNTIL),
                            countedAt(ISSUED),
                            phoneActivated(),
                            reconciled(DEVICES, YEAR_LIMIT))
                    .thenLicense("new", State.ISSUED, UNTIL)
                    .then()
                    .when(acquire("Glow", "tv"))
                    .thenDenied(
                            Scenario.violation(Rule.MAX_DOWNLOAD_DEVICES, current(2)),
                            Scenario.violation(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, current(6)));
        }

        @Test
        void ends_with_its_title() {
            given(downloadsSinceYesterday(5))
                    .available(null, in(hours(1)))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenLicense("new", State.ISSUED, in(hours(1)));
        }

        @Test
        void lasts_no_longer_than_one_that_the_rules_allow() {
            given(downloadsSinceYesterday(5))
                    .under(PolicyKey.RENTAL_DURATION, hours(4))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenLicense("new", State.ISSUED, in(hours(1)));
        }

        @Test
        void tells_so() {
            var outcome = given(downloadsSinceYesterday(5)).when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(outcome.after().licenses().find(NEW_LICENSE).orElseThrow().overLimit())
                    .containsExactly(YEAR_LIMIT);
        }

        @Test
        void is_not_renewed() {
            for (boolean isCounted : List.of(false, true)) {
                given(license("L1").overLimit(DEVICES))
                        .under(COUNT_RENEWALS, isCounted)
                        .when(renew("L1"))
                        .thenDenied(
                                Rule.LICENSE_OVER_LIMIT,
                                countsNothing(),
                                counted("ProvisionalLicenseReconciled L1"),
                                neverByTime(),
                                remedies(Remedy.ACQUIRE));
            }
        }

        @Test
        void comes_back_from_an_acquire_until_it_has_ended() {
            given(license("L1").until(in(hours(1))).overLimit(DEVICES))
                    .when(acquire("Glow", "phone"))
                    .thenUnchanged();
            given(license("L1").until(NOW).overLimit(DEVICES))
                    .when(acquire("Glow", "phone"))
                    .thenAllowed();
        }

        @Test
        void is_confirmed_played_and_given_back_like_any_other() {
            var over = given(license("L1").overLimit(DEVICES));

            over.when(confirm("L1")).thenAllowed();
            over.when(release("L1")).thenAllowed();
        }
    }

    @Nested
    class ASecondLicenseForTheDeviceAndTitle {

        private final Scenario.Outcome second =
                given(license("L1"), activated("phone", ago(days(1))))
                        .when(reconcile("Glow", ISSUED, UNTIL));

        @Test
        void lasts_as_long_as_its_token_and_is_no_download() {
            second.thenAllowed(issuedUntil(UNTIL), reconciled(SECOND))
                    .thenLicense("new", State.ISSUED, UNTIL);
        }

        @Test
        void is_one_whatever_the_rules_say() {
            var outcome =
                    given(license("L1"), downloadsSinceYesterday(5))
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).containsExactly(SECOND);
        }

        @Test
        void is_one_if_the_first_was_granted_later_and_recorded_before() {
            var outcome =
                    given(license("L1").issuedAt(ago(hours(1))))
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(broken(outcome)).containsExactly(SECOND);
        }

        @Test
        void is_none_if_the_first_had_ended_when_it_was_granted() {
            for (var end : List.of(ISSUED, ISSUED.plusMillis(1))) {
                var outcome =
                        given(license("L1").until(end)).when(reconcile("Glow", ISSUED, UNTIL));
                assertThat(broken(outcome).isEmpty()).isEqualTo(end.equals(ISSUED));
            }
        }

        @Test
        void is_none_for_another_title_device_or_type() {
            for (var other :
                    List.of(
                            license("L1").of("Dark"),
                            license("L1").on("tablet"),
                            license("L1").streaming())) {
                var outcome = given(other).when(reconcile("Glow", ISSUED, UNTIL));
                assertThat(broken(outcome)).isEmpty();
            }
        }

        @Test
        void leaves_the_first_to_be_found() {
            var found =
                    Licensing.existing(
                            second.after(),
                            acquire(DOWNLOAD, "Glow", "phone", null).named("a", "b", NOW));

            assertThat(found.orElseThrow().id()).isEqualTo(new LicenseId("L1"));
        }

        @Test
        void does_not_stand_for_the_first_when_that_was_given_back() {
            second.then().when(release("L1")).then().when(acquire("Glow", "phone")).thenAllowed();
        }

        @Test
        void is_counted_by_no_limit() {
            second.then()
                    .under(MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 2)
                    .when(acquire("Dark", "phone"))
                    .thenAllowed();
            second.then()
                    .under(MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 1)
                    .when(acquire("Dark", "phone"))
                    .thenDenied(Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE, current(1));
        }

        @Test
        void is_not_renewed() {
            second.then().when(renew("new")).thenDenied(Rule.LICENSE_OVER_LIMIT);
        }
    }

    @Nested
    class ADevice {

        @Test
        void that_was_deactivated_since_stays_off_and_gives_its_license_back() {
            var off = ago(hours(1));
            var outcome =
                    given(deactivated("phone", off))
                            .when(reconcile("Glow", ISSUED, UNTIL))
                            .thenAllowed(
                                    issuedUntil(ISSUED.plus(days(30))),
                                    countedAt(ISSUED),
                                    reconciled(),
                                    new LicenseReleased(
                                            NEW_LICENSE,
                                            off,
                                            ReleaseCause.DEVICE_DEACTIVATED,
                                            null))
                            .thenLicense("new", State.RELEASED, ISSUED.plus(days(30)));

            var phone = outcome.after().devices().find(new DeviceId("phone")).orElseThrow();
            assertThat(phone.isActive()).isFalse();
        }

        @Test
        void that_was_deactivated_before_is_activated_again() {
            given(deactivated("phone", justBefore(ISSUED)))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .thenAllowed(
                            issuedUntil(ISSUED.plus(days(30))),
                            countedAt(ISSUED),
                            phoneActivated(),
                            reconciled());
        }

        @Test
        void that_was_deactivated_after_its_license_had_ended_stays_off() {
            var outcome =
                    given(deactivated("phone", ago(hours(1))), downloadsSinceYesterday(5))
                            .when(reconcile("Glow", ISSUED, ago(hours(2))))
                            .thenLicense("new", State.EXPIRED, ago(hours(2)));

            assertThat(outcome.events())
                    .noneMatch(DeviceEvent.class::isInstance)
                    .noneMatch(LicenseReleased.class::isInstance);
        }

        @Test
        void keeps_the_time_of_its_latest_download() {
            var later = ago(hours(1));
            var outcome =
                    given(license("L1").of("Dark").issuedAt(later))
                            .when(reconcile("Glow", ISSUED, UNTIL));

            assertThat(outcome.after().devices().lastDownloadAt(new DeviceId("phone")))
                    .contains(later);
        }

        @Test
        void may_be_deactivated_with_its_license() {
            given().when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .when(deactivate("phone"))
                    .thenLicense("new", State.RELEASED, ISSUED.plus(days(30)));
        }
    }

    @Nested
    class ALicenseThatIsRecordedAfterLaterOnes {

        @Test
        void does_not_set_the_plan() {
            var later = license("L1").of("Dark").issuedAt(ago(hours(1)));

            var after =
                    given(later.under("premium")).when(reconcile("Glow", ISSUED, UNTIL)).after();

            assertThat(after.licenses().plan()).isEqualTo(new PlanId("premium"));
            assertThat(given().when(reconcile("Glow", ISSUED, UNTIL)).after().licenses().plan())
                    .isEqualTo(new PlanId("standard"));
        }

        /** Licensing 5: the year from the first download opens with the earliest. */
        @Test
        void opens_the_year_that_the_later_one_lies_in() {
            var later = download("D1").at(ago(hours(1)));

            given(later)
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .when(acquire("Glow", "tablet"))
                    .thenDenied(
                            Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(2),
                            nextAllowedAt(yearAfter(ISSUED)));
        }

        @Test
        void is_counted_in_the_same_year_from_a_snapshot() {
            var first = download("D1").at(yearBefore(ago(hours(2))));
            var downloads = Scenario.account(first.events()).downloads();
            var late = countedAt(ISSUED);

            for (var window : YearWindow.values()) {
                assertThat(inYear(Downloads.evolve(downloads.compact(NOW), "late", late), window))
                        .isEqualTo(inYear(Downloads.evolve(downloads, "late", late), window));
            }
        }

        private List<Counted> inYear(Downloads downloads, YearWindow window) {
            return downloads.of(new TitleId("Glow")).inYear(window, NOW);
        }

        @Test
        void changes_answers_by_time_only_when_it_ends_after_it_was_recorded() {
            var account =
                    given(downloadsSinceYesterday(5))
                            .when(reconcile("Glow", ISSUED, UNTIL))
                            .after();
            assertThat(account.changesByTime(NOW, justBefore(UNTIL))).isZero();
            assertThat(account.changesByTime(NOW, UNTIL)).isEqualTo(1);

            var ended =
                    given(downloadsSinceYesterday(5))
                            .when(reconcile("Glow", ISSUED, ago(hours(1))))
                            .after();
            assertThat(ended.changesByTime(NOW, in(days(1)))).isZero();
            assertThat(ended.licenses().listed(NOW)).hasSize(1);
        }
    }

    @Nested
    class AHold {

        @Test
        void begins_when_the_license_is_recorded_since_it_could_not_be_confirmed_before() {
            var ended = ago(hours(1));
            var outcome =
                    given().under(UNCONFIRMED_HOLD, hours(1))
                            .when(reconcile("Glow", ISSUED, ended))
                            .thenLicense("new", State.ISSUED, in(hours(1)));

            assertThat(outcome.event(DownloadCounted.class).confirmBy()).isEqualTo(in(hours(1)));
            outcome.then()
                    .when(confirm("new"))
                    .thenLicense("new", State.CONFIRMED, ISSUED.plus(days(30)));
        }

        @Test
        void does_not_end_before_the_token_does() {
            var outcome =
                    given().under(UNCONFIRMED_HOLD, hours(1))
                            .when(reconcile("Glow", ISSUED, UNTIL))
                            .thenLicense("new", State.ISSUED, UNTIL);

            assertThat(outcome.event(DownloadCounted.class).confirmBy()).isEqualTo(UNTIL);
        }

        @Test
        void lapses_like_any_other() {
            given().under(UNCONFIRMED_HOLD, hours(1))
                    .when(reconcile("Glow", ISSUED, UNTIL))
                    .then()
                    .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                    .when(acquire("Glow", "tablet").at(UNTIL))
                    .thenAllowed();
        }
    }

    @Nested
    class AStream {

        @Test
        void whose_token_has_not_ended_has_as_long_to_be_started_as_a_new_one() {
            var outcome =
                    given().when(reconcile(STREAMING, "Glow", ISSUED, UNTIL))
                            .thenLicense("new", State.ISSUED, in(Duration.ofMinutes(2)));

            assertThat(outcome.events())
                    .hasSize(2)
                    .noneMatch(DownloadCounted.class::isInstance)
                    .noneMatch(DeviceEvent.class::isInstance);
        }

        @Test
        void whose_token_has_ended_is_over() {
            given().when(reconcile(STREAMING, "Glow", ISSUED, NOW))
                    .thenLicense("new", State.EXPIRED, ISSUED.plus(Duration.ofMinutes(2)));
        }

        @Test
        void lasts_a_day_from_its_issue_at_the_most() {
            given().under(KEEPALIVE_INTERVAL, null)
                    .when(reconcile(STREAMING, "Glow", ago(hours(25)), UNTIL))
                    .thenLicense("new", State.EXPIRED, ago(hours(1)));
        }

        @Test
        void of_the_limit_is_allowed_and_one_beyond_lasts_as_long_as_its_token() {
            assertThat(broken(beside(license("S1").streaming()))).isEmpty();
            var over = beside(license("S1").streaming(), license("S2").of("Dark").streaming());
            assertThat(broken(over)).containsExactly("maxConcurrentStreams");
            assertThat(over.event(LicenseIssued.class).expiresAt()).isEqualTo(UNTIL);
        }

        private Scenario.Outcome beside(Facts.Fact... others) {
            return given(others)
                    .under(MAX_CONCURRENT_STREAMS, 2)
                    .when(reconcile(STREAMING, "New", ISSUED, UNTIL));
        }

        @Test
        void counts_no_stream_that_the_account_no_longer_knows() {
            var outcome =
                    given(license("S1").of("Dark").streaming().until(ago(hours(24))))
                            .under(MAX_CONCURRENT_STREAMS, 1)
                            .when(reconcile(STREAMING, "Glow", ago(hours(30)), UNTIL));

            assertThat(broken(outcome)).isEmpty();
        }
    }

    @Nested
    class APlayDuringTheOutage {

        private final Evening evening = new Evening();
        private final Instant granted = Evening.BEGIN.minus(hours(3));

        @Test
        void of_a_download_counts_when_it_was_and_starts_the_playback_clock() {
            evening.reconcile(DOWNLOAD, "Glow", "phone", granted, granted.plus(days(1)));

            var started = evening.start("s", "Glow", granted);

            assertThat(started.result()).isEqualTo(Result.RECORDED);
            assertThat(started.broken()).isEmpty();
            assertThat(started.events())
                    .hasAtLeastOneElementOfType(LicenseFirstPlayed.class)
                    .filteredOn(SessionStarted.class::isInstance)
                    .allSatisfy(e -> assertThat(((SessionStarted) e).countedAt()).isNull());
            assertThat(evening.license("Glow").expiresAt()).isEqualTo(granted.plus(hours(48)));
            assertThat(evening.licenseState("Glow")).isEqualTo(State.PLAYING);
        }

        @Test
        void of_a_license_over_a_limit_is_recorded_after_its_end() {
            var until = granted.plus(hours(2));
            evening.under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 0)
                    .reconcile(DOWNLOAD, "Glow", "phone", granted, until);

            var started = evening.start("s", "Glow", until.minusMillis(1));

            assertThat(started.result()).isEqualTo(Result.RECORDED);
            assertThat(started.broken()).isEmpty();
            assertThat(evening.start("t", "Glow", until).broken())
                    .extracting(Evaluation::rule)
                    .containsExactly(Rule.LICENSE_ACTIVE);
        }

        @Test
        void of_a_stream_goes_on_as_long_as_it_is_kept_alive() {
            evening.reconcile(STREAMING, "Glow", "tv", granted, granted.plus(days(1)));

            assertThat(evening.start("s", "Glow", granted).result()).isEqualTo(Result.RECORDED);

            evening.after(Duration.ofSeconds(90)).say(Kind.KEEPALIVE, "s");
            evening.after(Duration.ofSeconds(90));
            assertThat(evening.licenseState("Glow")).isEqualTo(State.PLAYING);
            evening.after(Duration.ofSeconds(30));
            assertThat(evening.licenseState("Glow")).isEqualTo(State.EXPIRED);
        }

        @Test
        void of_a_stream_that_was_stopped_since_releases_its_license() {
            evening.reconcile(STREAMING, "Glow", "tv", granted, granted.plus(days(1)));
            evening.start("s", "Glow", granted);

            evening.say(Kind.STOP, "s", granted.plus(hours(1)));

            assertThat(evening.licenseState("Glow")).isEqualTo(State.RELEASED);
        }

        @Test
        void of_a_stream_that_is_over_is_not_recorded() {
            evening.reconcile(STREAMING, "Glow", "tv", granted, Evening.BEGIN);

            assertThat(evening.start("s", "Glow", granted).result()).isEqualTo(Result.DENIED);
        }
    }

    @Nested
    class ARenewal {

        private static LicenseRenewed renewedUntil(Instant end) {
            return new LicenseRenewed(new LicenseId("L1"), ISSUED, end, POLICY_VERSION);
        }

        private static ProvisionalLicenseReconciled recorded(String... broken) {
            return new ProvisionalLicenseReconciled(
                    new LicenseId("L1"), NOW, UNTIL, List.of(broken));
        }

        @Test
        void that_the_rules_allow_is_one_of_the_time_at_which_it_was_granted() {
            given(license("L1"))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(renewedUntil(ISSUED.plus(days(30))), recorded())
                    .thenLicense("L1", State.ISSUED, ISSUED.plus(days(30)));
        }

        @Test
        void that_was_recorded_is_not_recorded_again_though_its_command_is_forgotten() {
            given(license("L1"))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .then()
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenUnchanged();
        }

        @Test
        void is_counted_at_that_time_where_renewals_are() {
            var outcome =
                    given(license("L1"))
                            .under(COUNT_RENEWALS, true)
                            .when(reconcileRenewal("L1", ISSUED, UNTIL));

            assertThat(outcome.event(DownloadCounted.class))
                    .isEqualTo(
                            new DownloadCounted(
                                    NEW_DOWNLOAD,
                                    new TitleId("Glow"),
                                    new LicenseId("L1"),
                                    ISSUED,
                                    CountCause.RENEWED,
                                    null,
                                    POLICY_VERSION));
        }

        @Test
        void that_would_not_move_the_expiry_is_only_noted() {
            given(license("L1").until(ISSUED.plus(days(30))))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(recorded());
            given(license("L1"))
                    .available(null, in(days(29)))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(recorded());
        }

        @Test
        void of_a_license_that_had_ended_by_then_lasts_as_long_as_its_token() {
            var outcome =
                    given(license("L1").until(ISSUED))
                            .when(reconcileRenewal("L1", ISSUED, UNTIL))
                            .thenAllowed(renewedUntil(UNTIL), recorded("licenseActive"))
                            .thenLicense("L1", State.ISSUED, UNTIL);
            outcome.then().when(renew("L1")).thenDenied(Rule.LICENSE_OVER_LIMIT);

            given(license("L1").until(ISSUED.plusMillis(1)))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(renewedUntil(ISSUED.plus(days(30))), recorded());
        }

        @Test
        void beyond_a_limit_ends_with_its_title() {
            given(license("L1").until(ISSUED))
                    .available(null, in(hours(1)))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenLicense("L1", State.ISSUED, in(hours(1)));
        }

        @Test
        void that_gave_nothing_beyond_the_license_is_beyond_no_limit() {
            given(license("L1").until(UNTIL))
                    .under(MAX_RENEWALS, 0)
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(recorded())
                    .then()
                    .under(MAX_RENEWALS, null)
                    .when(renew("L1"))
                    .thenAllowed();
        }

        @Test
        void that_outlives_the_license_by_a_moment_is_beyond_the_limit() {
            given(license("L1").until(justBefore(UNTIL)))
                    .under(MAX_RENEWALS, 0)
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(renewedUntil(UNTIL), recorded("maxRenewals"));
        }

        @Test
        void of_a_license_that_an_act_has_ended_is_only_noted() {
            for (var ended :
                    List.of(
                            license("L1").releasedAt(ago(hours(1))),
                            license("L1").revokedAt(ago(hours(1))))) {
                given(ended)
                        .when(reconcileRenewal("L1", ISSUED, UNTIL))
                        .thenAllowed(recorded("licenseActive"));
            }
        }

        @Test
        void of_a_license_that_lapsed_before_is_only_noted() {
            given(license("L1").heldUntil(ISSUED))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(recorded("licenseActive"));
        }

        @Test
        void of_a_license_that_the_account_no_longer_knows_is_only_noted() {
            var longAgo = ago(days(30));
            var renewal = reconcileRenewal("L1", justBefore(longAgo), longAgo.plus(days(1)));
            var outcome = given(license("L1").until(longAgo)).when(renewal);

            assertThat(outcome.events()).hasSize(1);
            assertThat(outcome.after().compact(NOW).licenses().byId()).isEmpty();
        }

        @Test
        void of_a_stream_is_only_noted() {
            given(license("L1").streaming().until(in(hours(1))))
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed(recorded("downloadLicense"));
        }

        @Test
        void of_a_license_over_a_limit_adds_the_rules_that_it_broke() {
            var outcome =
                    given(license("L1").until(in(hours(1))).overLimit(DEVICES))
                            .under(MAX_RENEWALS, 0)
                            .when(reconcileRenewal("L1", ISSUED, UNTIL));

            var license = outcome.after().licenses().find(new LicenseId("L1")).orElseThrow();
            assertThat(license.overLimit())
                    .containsExactly(DEVICES, "licenseOverLimit", "maxRenewals");
        }

        @Test
        void that_kept_to_the_rules_leaves_a_license_over_its_limit() {
            var twice = license("L1").overLimit(DEVICES).overLimit();

            given(twice)
                    .when(renew("L1"))
                    .thenDenied(
                            Rule.LICENSE_OVER_LIMIT, counted("ProvisionalLicenseReconciled L1"));
        }

        @Test
        void is_in_order_with_one_that_was_granted_later_and_recorded_before() {
            given(license("L1").renewedAt(ago(hours(1)), in(days(20))))
                    .under(PolicyKey.RENEWAL_BASIS, RenewalBasis.FROM_EXPIRY)
                    .under(RENEW_AFTER, null)
                    .when(reconcileRenewal("L1", ISSUED, UNTIL))
                    .thenAllowed()
                    .then()
                    .under(RENEW_AFTER, hours(2))
                    .when(renew("L1"))
                    .thenDenied(Rule.RENEW_AFTER, nextAllowedAt(in(hours(1))));
        }
    }

    /** Every rule of an acquire can be broken by a license that was granted without them. */
    @Test
    void every_rule_that_is_broken_is_named_in_order_of_precedence() {
        var facts = new ArrayList<Facts.Fact>();
        facts.add(licenses(1, "tablet"));
        facts.add(license("L1").of("Dark"));
        facts.add(downloadsSinceYesterday(1));
        var outcome =
                given(facts.toArray(Facts.Fact[]::new))
                        .under(MAX_DOWNLOAD_DEVICES, 0)
                        .under(MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 1)
                        .under(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, 2)
                        .under(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, 2)
                        .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                        .under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 0)
                        .available(in(days(1)), null)
                        .when(reconcile("Glow", ISSUED, UNTIL));

        assertThat(broken(outcome))
                .containsExactlyElementsOf(
                        Rule.ACQUIRE_DOWNLOAD.stream()
                                .filter(rule -> rule != Rule.MAX_DOWNLOAD_DEVICES)
                                .map(Rule::label)
                                .toList());
    }
}
