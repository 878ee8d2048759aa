package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.COUNT_RENEWALS;
import static dev.tally.catalog.PolicyKey.YEAR_WINDOW;
import static dev.tally.licensing.domain.Asks.NEW_DOWNLOAD;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.POLICY_VERSION;
import static dev.tally.licensing.domain.Facts.YEAR;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.all;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.downloads;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.within;
import static dev.tally.licensing.domain.Facts.yearAfter;
import static dev.tally.licensing.domain.Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.limit;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;
import static dev.tally.licensing.domain.Scenario.yearAfterTheFirst;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.Facts.Fact;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.stream.IntStream;

class DownloadsPerYearTest {

    private static final PolicyKey LIMIT = PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;

    @Test
    void one_download_more_than_the_yearly_limit_is_denied() {
        given(downloads("GlowS01E01", 5, within(YEAR)))
                .when(acquire("GlowS01E01"))
                .thenDenied(
                        MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        limit(5),
                        current(5),
                        counted(
                                "DownloadCounted GlowS01E010",
                                "DownloadCounted GlowS01E011",
                                "DownloadCounted GlowS01E012",
                                "DownloadCounted GlowS01E013",
                                "DownloadCounted GlowS01E014"),
                        nextAllowedAt(yearAfterTheFirst()),
                        remedies(Remedy.WAIT));
    }

    @Test
    void the_last_download_of_the_yearly_limit_is_allowed_and_counted() {
        var counted =
                given(downloads("Glow", 4, within(YEAR)))
                        .when(acquire("Glow"))
                        .thenAllowed()
                        .event(DownloadCounted.class);

        assertThat(counted)
                .isEqualTo(
                        new DownloadCounted(
                                NEW_DOWNLOAD,
                                new TitleId("Glow"),
                                new LicenseId("new"),
                                NOW,
                                CountCause.ACQUIRED,
                                null,
                                POLICY_VERSION));
    }

    @Test
    void downloads_of_other_titles_do_not_count() {
        given(downloads("Glow", 4, within(YEAR)), downloads("Dark", 5, within(YEAR)))
                .when(acquire("Glow"))
                .thenAllowed();
    }

    @Test
    void a_download_whose_license_has_ended_still_counts() {
        given(
                        downloads("Glow", 4, within(YEAR)),
                        license("L1").releasedAt(ago(days(1))),
                        download("fifth").by("L1"))
                .when(acquire("Glow"))
                .thenDenied(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, current(5));
    }

    @Test
    void null_is_no_limit() {
        given(downloads("Glow", 300, within(YEAR)))
                .under(LIMIT, null)
                .when(acquire("Glow"))
                .thenAllowed();
    }

    @Test
    void a_limit_of_0_allows_none_and_nothing_helps() {
        given().under(LIMIT, 0)
                .when(acquire("Glow"))
                .thenDenied(
                        MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        limit(0),
                        current(0),
                        counted(),
                        neverByTime(),
                        remedies());
    }

    @Test
    void under_a_lowered_limit_more_than_the_first_have_to_leave_the_window() {
        given(downloads("Glow", 5, within(YEAR)))
                .under(LIMIT, 2)
                .when(acquire("Glow"))
                .thenDenied(
                        MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        limit(2),
                        current(5),
                        nextAllowedAt(given -> yearAfterTheFirst().in(given).plus(days(3))));
    }

    @Nested
    class Rolling {

        @Test
        void a_download_counts_until_a_year_has_passed() {
            var first = Instant.parse("2025-03-01T12:00:00Z");
            var scenario = given(downloadsAt(first, ago(days(9)))).under(LIMIT, 2);

            scenario.when(acquire("Glow").at(justBefore(yearAfter(first))))
                    .thenDenied(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, current(2));
            scenario.when(acquire("Glow").at(yearAfter(first))).thenAllowed();
        }

        @Test
        void a_year_that_begins_on_29_february_ends_on_28() {
            var leapDay = Instant.parse("2024-02-29T09:30:00Z");
            given(downloadsAt(leapDay))
                    .under(LIMIT, 1)
                    .when(acquire("Glow").at(Instant.parse("2025-02-28T09:29:59.999Z")))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            nextAllowedAt(Instant.parse("2025-02-28T09:30:00Z")));
        }

        @Test
        void a_year_over_29_february_has_366_days() {
            given(downloadsAt(Instant.parse("2023-06-01T00:00:00Z")))
                    .under(LIMIT, 1)
                    .when(acquire("Glow").at(Instant.parse("2024-05-31T00:00:00Z")))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            nextAllowedAt(Instant.parse("2024-06-01T00:00:00Z")));
        }
    }

    @Nested
    class FromFirstDownload {

        private static final Instant FIRST = Instant.parse("2025-04-01T00:00:00Z");

        @Test
        void all_downloads_of_the_year_end_to_count_together() {
            var scenario =
                    given(downloadsAt(FIRST, FIRST.plus(days(200)), ago(days(1))))
                            .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                            .under(LIMIT, 3);

            scenario.when(acquire("Glow"))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(3),
                            nextAllowedAt(yearAfter(FIRST)));
            var next = scenario.when(acquire("Glow").at(yearAfter(FIRST))).thenAllowed();
            assertThat(next.found(MAX_DOWNLOADS_PER_TITLE_PER_YEAR).used()).isZero();
        }

        @Test
        void a_lowered_limit_waits_for_the_end_of_the_year_all_the_same() {
            given(downloadsAt(FIRST, FIRST.plus(days(200)), ago(days(1))))
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(LIMIT, 1)
                    .when(acquire("Glow"))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(3),
                            nextAllowedAt(yearAfter(FIRST)));
        }

        @Test
        void the_first_download_after_a_year_opens_the_next() {
            var second = yearAfter(FIRST).plus(days(30));
            given(downloadsAt(FIRST, FIRST.plus(days(300)), second))
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(LIMIT, 1)
                    .when(acquire("Glow").at(second.plus(days(1))))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(1),
                            nextAllowedAt(yearAfter(second)));
        }

        @Test
        void a_download_at_the_very_end_of_a_year_opens_the_next() {
            var second = yearAfter(FIRST);
            given(downloadsAt(FIRST, second))
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(LIMIT, 1)
                    .when(acquire("Glow").at(second))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(1),
                            nextAllowedAt(yearAfter(second)));
        }

        @Test
        void a_year_that_opens_on_29_february_ends_on_28() {
            var leapDay = Instant.parse("2024-02-29T09:30:00Z");
            given(downloadsAt(leapDay, Instant.parse("2025-02-28T09:29:59.999Z")))
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(LIMIT, 2)
                    .when(acquire("Glow").at(Instant.parse("2025-02-28T09:29:59.999Z")))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            nextAllowedAt(Instant.parse("2025-02-28T09:30:00Z")));
        }

        @Test
        void a_download_whose_hold_has_lapsed_does_not_count() {
            given(
                            download("first").at(ago(days(3))),
                            download("lapsed").at(ago(days(2))).heldUntil(ago(days(1))))
                    .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                    .under(LIMIT, 2)
                    .when(acquire("Glow"))
                    .thenAllowed();
        }

        @Test
        void when_the_hold_of_the_opening_download_lapses_the_next_one_opens_the_year() {
            var opening = ago(days(3));
            var hold = in(days(4));
            var second = ago(days(1));
            var scenario =
                    given(
                                    download("opening").at(opening).heldUntil(hold),
                                    download("second").at(second))
                            .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                            .under(LIMIT, 1);

            scenario.when(acquire("Glow"))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(2),
                            nextAllowedAt(yearAfter(second)));
            scenario.when(acquire("Glow").at(hold))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            current(1),
                            counted("DownloadCounted second"),
                            nextAllowedAt(yearAfter(second)));
        }
    }

    @Nested
    class Renewals {

        @Test
        void a_renewal_is_not_counted_unless_the_policy_says_so() {
            var renewed =
                    given(license("L1"), downloads("Glow", 5, within(YEAR)))
                            .when(renew("L1"))
                            .thenAllowed();

            assertThat(renewed.events()).noneMatch(DownloadCounted.class::isInstance);
            assertThat(renewed.decision().rules())
                    .noneMatch(e -> e.rule() == MAX_DOWNLOADS_PER_TITLE_PER_YEAR);
        }

        @Test
        void a_renewal_that_counts_is_a_download_of_the_title() {
            var counted =
                    given(license("L1"), downloads("Glow", 4, within(YEAR)))
                            .under(COUNT_RENEWALS, true)
                            .when(renew("L1"))
                            .thenAllowed()
                            .event(DownloadCounted.class);

            assertThat(counted)
                    .isEqualTo(
                            new DownloadCounted(
                                    NEW_DOWNLOAD,
                                    new TitleId("Glow"),
                                    new LicenseId("L1"),
                                    NOW,
                                    CountCause.RENEWED,
                                    null,
                                    POLICY_VERSION));
        }

        @Test
        void one_counted_renewal_more_than_the_yearly_limit_is_denied() {
            given(license("L1"), downloads("Glow", 5, within(YEAR)))
                    .under(COUNT_RENEWALS, true)
                    .when(renew("L1"))
                    .thenDenied(
                            MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                            limit(5),
                            current(5),
                            nextAllowedAt(yearAfterTheFirst()));
        }
    }

    private static Fact downloadsAt(Instant... times) {
        return all(IntStream.range(0, times.length).mapToObj(i -> download("D" + i).at(times[i])));
    }
}
