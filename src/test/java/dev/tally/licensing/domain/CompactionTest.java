package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.yearAfter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Facts.Fact;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** A snapshot drops only what no later decision can need. */
class CompactionTest {

    private static final TitleId GLOW = new TitleId("Glow");

    @Test
    void an_ended_license_stays_for_30_days() {
        var licenses =
                fold(
                                license("released").releasedAt(ago(days(30))),
                                license("revoked").revokedAt(ago(days(30))),
                                license("expired").until(ago(days(30))),
                                license("active"),
                                license("endless").until(null))
                        .licenses();

        assertThat(ids(licenses.compact(justBefore(NOW)))).isEqualTo(ids(licenses));
        assertThat(ids(licenses.compact(NOW))).containsExactlyInAnyOrder("active", "endless");
    }

    @Test
    void the_plan_of_the_latest_license_stays_without_it() {
        var licenses = fold(license("L1").releasedAt(ago(days(99)))).licenses().compact(NOW);

        assertThat(licenses.all()).isEmpty();
        assertThat(licenses.plan()).isEqualTo(new PlanId("standard"));
    }

    @Test
    void deactivations_stay_for_a_year() {
        var at = Instant.parse("2025-02-03T04:05:06Z");
        var devices = fold(deactivated("phone", at)).devices();

        assertThat(devices.compact(justBefore(yearAfter(at)))).isEqualTo(devices);
        assertThat(devices.compact(yearAfter(at)).deactivations()).isEmpty();
    }

    @Test
    void a_download_stays_as_long_as_one_may_be_counted_in_its_year() {
        var at = Instant.parse("2025-02-03T04:05:06Z");
        var downloads = fold(download("D1").at(at)).downloads();

        var end = yearAfter(at).plus(Reconciling.REACH_BACK);
        assertThat(downloads.compact(justBefore(end))).isEqualTo(downloads);
        assertThat(downloads.compact(end)).isEqualTo(Downloads.NONE);
    }

    @Test
    void a_device_stays_for_good_so_that_deactivating_it_again_is_no_error() {
        var devices =
                fold(deactivated("phone", ago(days(900))), activated("tablet", ago(days(900))))
                        .devices();

        assertThat(devices.compact(NOW).find(new DeviceId("phone")))
                .isEqualTo(devices.find(new DeviceId("phone")));
        assertThat(devices.compact(NOW).find(new DeviceId("tablet")))
                .isEqualTo(devices.find(new DeviceId("tablet")));
    }

    @Test
    void the_year_that_a_download_let_go_had_opened_stays() {
        var opened = Instant.parse("2025-01-01T00:00:00Z");
        var second = Instant.parse("2025-09-01T00:00:00Z");
        var third = Instant.parse("2026-02-01T00:00:00Z");
        var account =
                fold(
                        download("D1").at(opened),
                        download("D2").at(second),
                        download("D3").at(third));

        var compacted = account.downloads().compact(NOW).of(GLOW);
        assertThat(compacted.downloads()).hasSize(3);
        assertThat(compacted.inYear(YearWindow.FROM_FIRST_DOWNLOAD, NOW))
                .isEqualTo(account.downloads().of(GLOW).inYear(YearWindow.FROM_FIRST_DOWNLOAD, NOW))
                .containsExactly(new Counted("DownloadCounted D3", yearAfter(third)));
    }

    @Test
    void a_year_from_29_february_that_ends_before_one_from_28_takes_nothing_with_it() {
        var opened = Instant.parse("2024-02-28T12:00:00Z");
        var leapDay = Instant.parse("2024-02-29T11:00:00Z");
        var between = Instant.parse("2025-02-28T11:30:00Z");
        var downloads = fold(download("D1").at(opened), download("D2").at(leapDay)).downloads();

        for (var window : YearWindow.values()) {
            assertThat(downloads.compact(between).of(GLOW).inYear(window, between))
                    .isEqualTo(downloads.of(GLOW).inYear(window, between))
                    .isNotEmpty();
        }
    }

    @Test
    void a_lapsed_download_let_go_has_opened_no_year() {
        var lapsed = Instant.parse("2025-01-01T00:00:00Z");
        var kept = Instant.parse("2025-03-10T00:00:00Z");
        var downloads =
                fold(
                                download("D1").at(lapsed).heldUntil(lapsed.plus(days(1))),
                                download("D2").at(kept))
                        .downloads();

        assertThat(downloads.compact(NOW).of(GLOW).inYear(YearWindow.FROM_FIRST_DOWNLOAD, NOW))
                .containsExactly(new Counted("DownloadCounted D2", yearAfter(kept)));
    }

    @Test
    void a_state_that_nothing_can_leave_yet_is_kept_as_it_is() {
        var account = fold(license("L1").until(in(days(1))), download("D1").at(NOW));

        assertThat(account.licenses().compact(NOW)).isEqualTo(account.licenses());
        assertThat(account.downloads().compact(NOW)).isEqualTo(account.downloads());
    }

    private static List<String> ids(Licenses licenses) {
        return licenses.all().map(license -> license.id().value()).sorted().toList();
    }

    private static Account fold(Fact... facts) {
        return Scenario.account(Stream.of(facts).flatMap(fact -> fact.events().stream()).toList());
    }
}
