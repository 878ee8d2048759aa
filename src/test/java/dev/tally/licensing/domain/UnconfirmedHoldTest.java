package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.COUNT_RENEWALS;
import static dev.tally.catalog.PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.catalog.PolicyKey.UNCONFIRMED_HOLD;
import static dev.tally.licensing.domain.Asks.NEW_DOWNLOAD;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.confirm;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.download;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.yearAfter;
import static dev.tally.licensing.domain.Scenario.counted;
import static dev.tally.licensing.domain.Scenario.current;
import static dev.tally.licensing.domain.Scenario.given;
import static dev.tally.licensing.domain.Scenario.neverByTime;
import static dev.tally.licensing.domain.Scenario.nextAllowedAt;
import static dev.tally.licensing.domain.Scenario.remedies;
import static dev.tally.licensing.domain.Scenario.violation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import org.junit.jupiter.api.Test;

import java.time.Instant;

class UnconfirmedHoldTest {

    private static final Instant HOLD_ENDS = in(hours(1));

    private static final LicenseConfirmed CONFIRMED =
            new LicenseConfirmed(new LicenseId("L1"), NOW, null);

    /** A license that has to be confirmed and that uses up every limit. */
    private static Given held() {
        return heldUntil(in(days(29)));
    }

    /** A license whose rental ends before its hold does, so that a renewal moves its expiry. */
    private static Given heldWithAShortRental() {
        return heldUntil(justBefore(HOLD_ENDS));
    }

    private static Given heldUntil(Instant rentalEnds) {
        return given(
                        license("L1").until(rentalEnds).heldUntil(HOLD_ENDS),
                        download("D1").by("L1").heldUntil(HOLD_ENDS))
                .under(UNCONFIRMED_HOLD, days(1))
                .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1)
                .under(MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, 1)
                .under(MAX_DOWNLOAD_DEVICES, 1);
    }

    @Test
    void the_hold_is_in_the_license_and_the_download_from_the_start() {
        var acquired = given().under(UNCONFIRMED_HOLD, hours(6)).when(acquire("Glow"));

        assertThat(acquired.event(LicenseIssued.class).confirmBy()).isEqualTo(in(hours(6)));
        assertThat(acquired.event(DownloadCounted.class).confirmBy()).isEqualTo(in(hours(6)));
        acquired.thenLicense("new", State.ISSUED, in(hours(6)));
    }

    @Test
    void as_shipped_there_is_no_hold() {
        var acquired = given().when(acquire("Glow"));

        assertThat(acquired.event(LicenseIssued.class).confirmBy()).isNull();
        assertThat(acquired.event(DownloadCounted.class).confirmBy()).isNull();
        acquired.thenLicense("new", State.ISSUED, in(days(30)));
    }

    @Test
    void until_the_hold_ends_an_unconfirmed_license_counts_for_everything() {
        held().when(acquire("Glow", "tablet").at(justBefore(HOLD_ENDS)))
                .thenDenied(
                        violation(Rule.MAX_DOWNLOAD_DEVICES, current(1), nextAllowedAt(HOLD_ENDS)),
                        violation(
                                Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                                current(1),
                                nextAllowedAt(HOLD_ENDS)),
                        violation(
                                Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                                current(1),
                                nextAllowedAt(HOLD_ENDS)));
    }

    @Test
    void from_then_on_it_counts_for_nothing() {
        var acquired = held().when(acquire("Glow", "tablet").at(HOLD_ENDS)).thenAllowed();

        assertThat(acquired.decision().rules())
                .filteredOn(rule -> rule.used() != null)
                .extracting(Evaluation::used)
                .containsOnly(0);
        acquired.thenLicense("L1", State.EXPIRED, HOLD_ENDS);
    }

    @Test
    void a_confirmation_in_time_keeps_the_license_and_the_download() {
        var confirmed =
                held().when(confirm("L1"))
                        .thenAllowed(
                                CONFIRMED,
                                new DownloadConfirmed(
                                        new DownloadId("D1"), new TitleId("Glow"), NOW))
                        .thenLicense("L1", State.CONFIRMED, in(days(29)));

        confirmed
                .then()
                .when(acquire("Glow", "tablet").at(HOLD_ENDS))
                .thenDenied(
                        violation(Rule.MAX_DOWNLOAD_DEVICES, nextAllowedAt(in(days(29)))),
                        violation(
                                Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                                nextAllowedAt(in(days(29)))),
                        violation(
                                Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                                counted("DownloadCounted D1"),
                                nextAllowedAt(yearAfter(ago(days(1))))));
    }

    @Test
    void a_confirmation_at_the_last_moment_is_in_time() {
        held().when(confirm("L1").at(justBefore(HOLD_ENDS))).thenAllowed();
    }

    @Test
    void a_confirmation_as_the_hold_ends_is_late() {
        held().when(confirm("L1").at(HOLD_ENDS))
                .thenDenied(
                        Rule.LICENSE_ACTIVE, counted(), neverByTime(), remedies(Remedy.ACQUIRE));
    }

    @Test
    void a_confirmation_keeps_the_time_of_the_device() {
        var occurredAt = ago(hours(3));

        var confirmed = held().when(confirm("L1", occurredAt)).event(LicenseConfirmed.class);

        assertThat(confirmed).isEqualTo(new LicenseConfirmed(new LicenseId("L1"), NOW, occurredAt));
    }

    @Test
    void without_a_hold_a_confirmation_concerns_the_license_alone() {
        given(license("L1"), download("D1").by("L1"))
                .when(confirm("L1"))
                .thenAllowed(CONFIRMED)
                .thenLicense("L1", State.CONFIRMED, in(days(29)));
    }

    @Test
    void a_confirmation_leaves_the_downloads_of_other_licenses_held() {
        var confirmed =
                given(
                                license("L1").heldUntil(HOLD_ENDS),
                                download("other").by("L2").heldUntil(HOLD_ENDS),
                                download("done").by("L1").heldUntil(HOLD_ENDS).confirmed())
                        .when(confirm("L1"));

        assertThat(confirmed.events()).containsExactly(CONFIRMED);
    }

    @Test
    void first_play_confirms() {
        given(license("L1").heldUntil(HOLD_ENDS).firstPlayedAt(ago(hours(1))))
                .when(confirm("L1"))
                .thenUnchanged()
                .thenLicense("L1", State.PLAYING, in(hours(47)));
    }

    @Test
    void a_renewal_does_not_outlive_the_hold() {
        held().when(renew("L1"))
                .thenCapped(Cap.UNCONFIRMED_HOLD)
                .thenLicense("L1", State.ISSUED, HOLD_ENDS);
        heldWithAShortRental()
                .when(renew("L1"))
                .thenAllowed()
                .thenLicense("L1", State.ISSUED, HOLD_ENDS);
    }

    @Test
    void a_counted_renewal_lapses_with_the_license() {
        var renewed =
                heldWithAShortRental()
                        .under(COUNT_RENEWALS, true)
                        .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                        .when(renew("L1"))
                        .thenAllowed();

        assertThat(renewed.event(DownloadCounted.class).confirmBy()).isEqualTo(HOLD_ENDS);
        var after = renewed.then().when(acquire("Glow", "tablet").at(HOLD_ENDS)).thenAllowed();
        assertThat(after.found(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR).used()).isZero();
    }

    @Test
    void a_confirmation_after_a_counted_renewal_keeps_both_downloads() {
        var confirmed =
                heldWithAShortRental()
                        .under(COUNT_RENEWALS, true)
                        .under(MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 2)
                        .when(renew("L1"))
                        .then()
                        .when(confirm("L1"))
                        .thenAllowed();

        assertThat(confirmed.events())
                .containsExactly(
                        CONFIRMED,
                        new DownloadConfirmed(new DownloadId("D1"), new TitleId("Glow"), NOW),
                        new DownloadConfirmed(NEW_DOWNLOAD, new TitleId("Glow"), NOW));
    }
}
