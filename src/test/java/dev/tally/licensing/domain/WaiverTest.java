package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.COUNT_RENEWALS;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.YEAR_WINDOW;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.waived;
import static dev.tally.licensing.domain.Facts.yearAfter;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Facts.Fact;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a waiver of a counted download changes, and what it leaves. */
class WaiverTest {

    private static final TitleId GLOW = new TitleId("Glow");
    private static final String SEED = "20261126";

    @Test
    void a_waived_download_counts_no_more() {
        var two = new Fact[] {download("D1").at(ago(days(9))), download("D2").at(ago(days(8)))};
        given(two)
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                .when(acquire("Glow"))
                .thenDenied(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, current(2));

        given(two[0], two[1], waived("D1"))
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                .when(acquire("Glow"))
                .thenAllowed();
        given(two[0], two[1], waived("D1"))
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                .when(acquire("Glow"))
                .thenDenied(
                        Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        current(1),
                        counted("DownloadCounted D2"),
                        nextAllowedAt(yearAfter(ago(days(8)))));
    }

    @Test
    void the_operators_reason_and_the_time_are_in_the_event() {
        var decision = Licensing.decide(of("D1", null), GLOW, waive());

        assertThat(((Allowed) decision).events())
                .containsExactly(
                        new DownloadWaived(new DownloadId("D1"), GLOW, NOW, "The app crashed"));
    }

    @Test
    void a_waived_download_is_not_waived_again() {
        assertThat(Licensing.decide(of("D1", ago(hours(1))), GLOW, waive()))
                .isInstanceOf(Unchanged.class);
    }

    @Test
    void of_a_license_whose_renewal_counted_a_waiver_takes_back_one_count() {
        given(
                        license("L1"),
                        download("acquired").by("L1").at(ago(days(9))),
                        download("renewed").by("L1").at(ago(days(8))),
                        waived("renewed"))
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                .under(COUNT_RENEWALS, true)
                .when(renew("L1"))
                .thenDenied(
                        Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        current(1),
                        counted("DownloadCounted acquired"));
    }

    @Test
    void a_waived_download_still_opens_its_year_which_ends_no_later_than_before() {
        var first = ago(days(300));
        given(download("first").at(first), download("second").at(ago(days(100))), waived("first"))
                .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                .when(acquire("Glow"))
                .thenDenied(
                        Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        current(1),
                        counted("DownloadCounted second"),
                        nextAllowedAt(yearAfter(first)));
    }

    @Test
    void a_year_that_is_over_does_not_count_again_since_its_first_download_is_waived() {
        given(
                        download("first").at(ago(days(500))),
                        download("last of that year").at(ago(days(200))),
                        download("opens the next").at(ago(days(100))),
                        waived("first"))
                .under(YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD)
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                .when(acquire("Glow"))
                .thenAllowed();
    }

    @Test
    void a_waived_download_whose_license_is_confirmed_stays_waived() {
        given(
                        download("held").heldUntil(in(days(1))),
                        waived("held"),
                        () -> List.of(new DownloadConfirmed(new DownloadId("held"), GLOW, NOW)))
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                .when(acquire("Glow"))
                .thenAllowed();
    }

    @Test
    void a_waiver_of_a_download_that_the_account_has_dropped_changes_nothing() {
        var without = Scenario.account(download("D2").events());

        assertThat(Account.evolve(without, "9", waived("D1").events().getFirst()))
                .isEqualTo(without);
        assertThat(Account.evolve(Account.EMPTY, "9", waived("D1").events().getFirst()))
                .isEqualTo(Account.EMPTY);
    }

    @Property(seed = SEED)
    void a_waiver_never_takes_anything_away(
            @ForAll("daysAgo") List<Integer> daysAgo,
            @ForAll int which,
            @ForAll YearWindow window) {
        var times = daysAgo.stream().sorted(Comparator.reverseOrder()).toList();
        var before = TitleDownloads.NONE;
        for (int i = 0; i < times.size(); i++) {
            before = before.count(glow(i, ago(days(times.get(i)))));
        }
        var waived = new DownloadId("D" + Math.floorMod(which, times.size()));
        var after = before.waive(waived, NOW);

        for (int day = 0; day <= 800; day += 40) {
            var then = until(before, window, in(days(day)));
            then.keySet().remove(waived.value());
            assertThat(until(after, window, in(days(day)))).isEqualTo(then);
        }
    }

    @Provide
    Arbitrary<List<Integer>> daysAgo() {
        return Arbitraries.integers().between(0, 1_500).list().ofMinSize(1).ofMaxSize(12);
    }

    private static Map<String, Instant> until(TitleDownloads of, YearWindow window, Instant at) {
        return of.inYear(window, at).stream()
                .collect(Collectors.toMap(Counted::eventId, Counted::until));
    }

    private static Download glow(int number, Instant at) {
        var id = "D" + number;
        return new Download(new DownloadId(id), id, new LicenseId("L"), at, null, null);
    }

    private static Download of(String id, Instant waivedAt) {
        return new Download(
                new DownloadId(id), "2", new LicenseId("L1"), ago(days(1)), null, waivedAt);
    }

    private static WaiveDownload waive() {
        return new WaiveDownload(new CustomerId("customer"), 2, "The app crashed", NOW);
    }
}
