package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Scenario.given;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Scenario.Given;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Optional;

/** A player hears when to renew, and a renewal of then is allowed and helps. */
class RenewalWindowTest {

    private static Optional<RenewalWindow> window(Given given) {
        var world = given.world(given.account());
        var license = world.account().licenses().find(new LicenseId("L1")).orElseThrow();
        var title = world.titles().apply(license.title());
        return RenewalWindow.of(world.account(), license, title, world.policy(), NOW);
    }

    private static void assertThatItIs(Given given, Instant from, Instant by) {
        assertThat(window(given)).contains(new RenewalWindow(from, by));
        var asked = from.isBefore(NOW) ? NOW : from;
        given.when(renew("L1").at(asked)).thenAllowed();
    }

    @Test
    void the_last_quarter_of_the_life_is_the_time_to_renew() {
        assertThatItIs(
                given(license("L1").issuedAt(ago(days(10))).until(in(days(30))).confirmed()),
                in(days(20)),
                in(days(30)));
    }

    @Test
    void the_life_begins_anew_with_a_renewal() {
        var renewed =
                license("L1").issuedAt(ago(days(40))).confirmed().renewedAt(NOW, in(days(40)));
        assertThatItIs(given(renewed), in(days(30)), in(days(40)));
    }

    @Test
    void a_window_that_has_begun_stays_where_it_began() {
        assertThatItIs(
                given(license("L1").issuedAt(ago(days(29))).until(in(days(1))).confirmed()),
                ago(hours(24 * 13 / 2)),
                in(days(1)));
    }

    @Test
    void a_license_that_is_not_confirmed_yet_is_told_what_holds_once_it_is() {
        var held = license("L1").issuedAt(NOW).until(in(days(40))).heldUntil(in(hours(1)));
        assertThat(window(given(held))).contains(new RenewalWindow(in(days(30)), in(days(40))));
    }

    @Test
    void a_rule_that_only_asks_for_time_moves_the_window() {
        assertThatItIs(
                given(license("L1").issuedAt(NOW).until(in(days(40))).confirmed())
                        .under(PolicyKey.RENEW_AFTER, days(35)),
                in(days(35)),
                in(days(40)));
    }

    @Test
    void there_is_no_window_where_no_renewal_is_allowed_before_the_end() {
        var fresh = license("L1").issuedAt(NOW).until(in(days(40))).confirmed();
        assertThat(window(given(fresh).under(PolicyKey.RENEW_AFTER, days(40)))).isEmpty();
        assertThat(window(given(fresh).under(PolicyKey.MAX_RENEWALS, 0))).isEmpty();
        assertThat(window(given(fresh.overLimit("maxDownloadDevices")))).isEmpty();
        assertThat(window(given(fresh.streaming()))).isEmpty();
    }

    @Test
    void there_is_no_window_where_a_renewal_would_not_help() {
        var fresh = license("L1").issuedAt(NOW).confirmed();
        assertThat(window(given(fresh.until(null)))).isEmpty();
        assertThat(window(given(fresh.until(in(days(9)))).available(null, in(days(9))))).isEmpty();
        assertThat(window(given(fresh.firstPlayedAt(NOW)))).isEmpty();
        assertThat(
                        window(
                                given(fresh.until(in(days(9))))
                                        .under(PolicyKey.RENTAL_DURATION, days(1))))
                .isEmpty();
    }

    @Test
    void a_license_that_has_ended_has_no_window() {
        assertThat(window(given(license("L1").confirmed().releasedAt(NOW)))).isEmpty();
        assertThat(window(given(license("L1").confirmed().until(ago(hours(1)))))).isEmpty();
    }
}
