package dev.tally.accounting;

import static dev.tally.accounting.Told.issued;
import static dev.tally.accounting.Told.started;
import static dev.tally.accounting.Told.told;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.LicenseId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Requirements 7 and 8 of package {@code accounting}. */
class UsageFoldTest {

    private static final LicenseId ONE = new LicenseId("one");

    private LocalDate openFrom = LocalDate.of(2000, 1, 1);
    private Map<LicenseKey, UsedLicense> known = new HashMap<>();
    private final Map<UsageDay, UsageCounts> all = new HashMap<>();
    private int seq;

    @Test
    void a_license_is_active_until_the_day_on_which_its_terms_end() {
        add(
                "2026-03-01T10:00:00Z",
                issued("one", at("2026-03-01T10:00:00Z"), at("2026-03-31T10:00:00Z")));

        assertThat(on("2026-03-01")).isEqualTo(UsageCounts.ACQUIRED);
        assertThat(on("2026-03-31")).isEqualTo(UsageCounts.ENDED);
        assertThat(activeAt("2026-03-30")).isEqualTo(1);
        assertThat(activeAt("2026-03-31")).isZero();
    }

    @Test
    void a_license_without_an_end_is_active_for_ever() {
        add("2026-03-01T10:00:00Z", issued("one", at("2026-03-01T10:00:00Z"), null));

        assertThat(activeAt("2099-01-01")).isEqualTo(1);
    }

    @Test
    void a_release_and_a_revocation_end_a_license_on_their_day_and_not_again_later() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        add(
                "2026-03-05T10:00:00Z",
                new LicenseReleased(ONE, at("2026-03-05T10:00:00Z"), ReleaseCause.MEMBER, null));

        assertThat(on("2026-03-05").released()).isEqualTo(1);
        assertThat(activeAt("2026-03-04")).isEqualTo(1);
        assertThat(activeAt("2026-03-05")).isZero();
        assertThat(activeAt("2026-04-30")).isZero();

        issue("2026-03-06T10:00:00Z", "2026-03-31T10:00:00Z");
        add("2026-03-07T10:00:00Z", new LicenseRevoked(ONE, at("2026-03-07T10:00:00Z"), null));
        assertThat(on("2026-03-07").revoked()).isEqualTo(1);
        assertThat(activeAt("2026-03-06")).isEqualTo(1);
        assertThat(activeAt("2026-04-30")).isZero();
    }

    @Test
    void a_release_after_the_end_takes_nothing_away_a_second_time() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        add(
                "2026-04-05T10:00:00Z",
                new LicenseReleased(ONE, at("2026-04-05T10:00:00Z"), ReleaseCause.MEMBER, null));

        assertThat(on("2026-04-05")).isEqualTo(UsageCounts.RELEASED);
        assertThat(activeAt("2026-04-30")).isZero();
    }

    @Test
    void a_renewal_moves_the_end() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        add(
                "2026-03-20T10:00:00Z",
                new LicenseRenewed(ONE, at("2026-03-20T10:00:00Z"), at("2026-04-19T10:00:00Z"), 1));

        assertThat(on("2026-03-20").renewed()).isEqualTo(1);
        assertThat(activeAt("2026-04-18")).isEqualTo(1);
        assertThat(activeAt("2026-04-19")).isZero();
    }

    @Test
    void a_first_play_that_is_reported_late_changes_no_day_before_the_report() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        add(
                "2026-03-20T10:00:00Z",
                new LicenseFirstPlayed(
                        ONE, at("2026-03-02T10:00:00Z"), at("2026-03-20T10:00:00Z")));

        assertThat(activeAt("2026-03-19")).as("what was told").isEqualTo(1);
        assertThat(activeAt("2026-03-20")).isZero();
    }

    @Test
    void an_unconfirmed_license_ends_with_its_hold_and_a_confirmed_one_does_not() {
        add(
                "2026-03-01T10:00:00Z",
                issued(
                        "one",
                        Told.TITLE,
                        LicenseType.DOWNLOAD,
                        at("2026-03-01T10:00:00Z"),
                        at("2026-03-31T10:00:00Z"),
                        at("2026-03-02T10:00:00Z")));
        assertThat(activeAt("2026-03-02")).isZero();

        add("2026-03-01T11:00:00Z", new LicenseConfirmed(ONE, at("2026-03-01T11:00:00Z"), null));
        assertThat(activeAt("2026-03-30")).isEqualTo(1);
        assertThat(activeAt("2026-03-31")).isZero();
    }

    @Test
    void plays_count_on_the_day_of_the_report_and_those_over_a_limit_twice() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        add("2026-03-05T10:00:00Z", started("one", at("2026-03-02T10:00:00Z"), null));
        add("2026-03-05T11:00:00Z", started("one", at("2026-03-02T11:00:00Z"), "maxPlaybacks"));

        assertThat(on("2026-03-05").plays()).isEqualTo(2);
        assertThat(on("2026-03-05").overLimit()).isEqualTo(1);
    }

    @Test
    void a_license_given_without_the_database_is_over_a_limit_only_if_a_rule_forbade_it() {
        issue("2026-03-01T10:00:00Z", "2026-03-31T10:00:00Z");
        var now = at("2026-03-01T10:00:00Z");
        add("2026-03-01T10:00:00Z", new ProvisionalLicenseReconciled(ONE, now, now, List.of()));
        assertThat(on("2026-03-01").overLimit()).isZero();

        add(
                "2026-03-01T10:00:01Z",
                new ProvisionalLicenseReconciled(ONE, now, now, List.of("rule")));
        assertThat(on("2026-03-01").overLimit()).isEqualTo(1);
    }

    @Test
    void what_comes_after_its_month_was_closed_counts_on_the_first_open_day() {
        openFrom = LocalDate.of(2026, 4, 1);

        issue("2026-03-31T23:59:59Z", "2026-04-30T10:00:00Z");

        assertThat(on("2026-03-31")).isNull();
        assertThat(on("2026-04-01")).isEqualTo(UsageCounts.ACQUIRED);
    }

    @Test
    void events_of_a_license_that_is_not_known_count_nothing() {
        add("2026-03-05T10:00:00Z", started("other", at("2026-03-02T10:00:00Z"), null));

        assertThat(all).isEmpty();
    }

    private void issue(String at, String until) {
        add(at, issued("one", at(at), at(until)));
    }

    /** Each event comes in a page of its own, so what is known between pages is enough. */
    private void add(String at, CustomerEvent event) {
        var fold = new UsageFold(openFrom, known);
        fold.add(told(++seq, at(at), event));
        fold.counts().forEach((day, count) -> all.merge(day, count, UsageCounts::plus));
        known.putAll(fold.changed());
    }

    private UsageCounts on(String day) {
        return all.get(new UsageDay(Told.STUDIO, Told.TITLE, "DOWNLOAD", LocalDate.parse(day)));
    }

    private int activeAt(String day) {
        return all.entrySet().stream()
                .filter(entry -> !entry.getKey().day().isAfter(LocalDate.parse(day)))
                .mapToInt(entry -> entry.getValue().acquired() - entry.getValue().ended())
                .sum();
    }

    private static Instant at(String text) {
        return Instant.parse(text);
    }
}
