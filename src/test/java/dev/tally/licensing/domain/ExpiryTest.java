package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.PLAYBACK_DURATION;
import static dev.tally.catalog.PolicyKey.RENTAL_DURATION;
import static dev.tally.catalog.PolicyKey.UNCONFIRMED_HOLD;
import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.justBefore;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Scenario.given;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Facts.LicenseFact;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;

import org.junit.jupiter.api.Test;

import java.util.List;

class ExpiryTest {

    @Test
    void unplayed_it_expires_when_the_rental_ends() {
        var license = folded(license("L1").until(in(days(3))));

        assertThat(license.expiresAt()).isEqualTo(in(days(3)));
        assertThat(license.stateAt(justBefore(in(days(3))))).isEqualTo(State.ISSUED);
        assertThat(license.stateAt(in(days(3)))).isEqualTo(State.EXPIRED);
        assertThat(license.isActiveAt(justBefore(in(days(3))))).isTrue();
        assertThat(license.isActiveAt(in(days(3)))).isFalse();
    }

    @Test
    void played_it_expires_when_the_playback_ends() {
        var license = folded(license("L1").until(in(days(9))).firstPlayedAt(ago(hours(1))));

        assertThat(license.expiresAt()).isEqualTo(in(hours(47)));
        assertThat(license.stateAt(justBefore(in(hours(47))))).isEqualTo(State.PLAYING);
        assertThat(license.stateAt(in(hours(47)))).isEqualTo(State.EXPIRED);
    }

    @Test
    void played_at_its_end_it_expires_with_the_rental() {
        assertThat(
                        folded(license("L1").until(in(hours(5))).firstPlayedAt(ago(hours(1))))
                                .expiresAt())
                .isEqualTo(in(hours(5)));
    }

    @Test
    void unconfirmed_it_expires_with_the_hold_if_that_is_earlier() {
        assertThat(folded(license("L1").until(in(days(9))).heldUntil(in(days(1)))).expiresAt())
                .isEqualTo(in(days(1)));
        assertThat(folded(license("L1").until(in(days(1))).heldUntil(in(days(9)))).expiresAt())
                .isEqualTo(in(days(1)));
        assertThat(
                        folded(license("L1").until(in(days(9))).heldUntil(in(days(1))).confirmed())
                                .expiresAt())
                .isEqualTo(in(days(9)));
    }

    @Test
    void without_any_end_it_never_expires() {
        var license = folded(license("L1").until(null).playsFor(null).firstPlayedAt(ago(hours(1))));

        assertThat(license.expiresAt()).isNull();
        assertThat(license.stateAt(in(days(100_000)))).isEqualTo(State.PLAYING);
    }

    @Test
    void without_an_end_of_the_rental_playback_ends_it_all_the_same() {
        assertThat(folded(license("L1").until(null).firstPlayedAt(ago(hours(1)))).expiresAt())
                .isEqualTo(in(hours(47)));
    }

    @Test
    void an_act_before_the_expiry_is_how_it_ended() {
        assertThat(folded(license("L1").until(ago(days(1))).releasedAt(ago(days(2)))).stateAt(NOW))
                .isEqualTo(State.RELEASED);
        assertThat(folded(license("L1").until(ago(days(1))).revokedAt(ago(days(2)))).stateAt(NOW))
                .isEqualTo(State.REVOKED);
    }

    @Test
    void only_what_ended_by_time_alone_since_is_counted_as_changed() {
        var licenses =
                given(
                                license("active"),
                                license("expired").until(NOW),
                                license("played").firstPlayedAt(ago(days(2))),
                                license("released").until(NOW).releasedAt(ago(days(1))))
                        .when(acquire("Dark"))
                        .world()
                        .account()
                        .licenses();

        assertThat(licenses.changesByTime(ago(days(1)), justBefore(NOW))).isZero();
        assertThat(licenses.changesByTime(ago(days(1)), NOW)).isEqualTo(2);
        assertThat(licenses.changesByTime(NOW, in(days(1)))).isZero();
    }

    @Test
    void terms_are_those_of_the_issue_whatever_the_policy_says_later() {
        given(license("L1").until(in(days(29))).firstPlayedAt(ago(hours(1))))
                .under(RENTAL_DURATION, hours(1))
                .under(PLAYBACK_DURATION, hours(1))
                .under(UNCONFIRMED_HOLD, hours(1))
                .when(acquire("Glow"))
                .thenUnchanged()
                .thenLicense("L1", State.PLAYING, in(hours(47)));
    }

    @Test
    void a_rental_ends_with_the_title() {
        given().available(null, in(days(10)))
                .when(acquire("Glow"))
                .thenLicense("new", State.ISSUED, in(days(10)));
        given().available(null, in(days(40)))
                .when(acquire("Glow"))
                .thenLicense("new", State.ISSUED, in(days(30)));
    }

    @Test
    void a_rental_duration_of_null_ends_with_the_title_or_never() {
        given().under(RENTAL_DURATION, null)
                .available(null, in(days(400)))
                .when(acquire("Glow"))
                .thenLicense("new", State.ISSUED, in(days(400)));
        given().under(RENTAL_DURATION, null)
                .when(acquire("Glow"))
                .thenLicense("new", State.ISSUED, null);
    }

    @Test
    void a_playback_duration_of_null_is_granted_as_none() {
        assertThat(
                        given().under(PLAYBACK_DURATION, null)
                                .when(acquire("Glow"))
                                .event(LicenseIssued.class)
                                .playbackDuration())
                .isNull();
    }

    private static License folded(LicenseFact fact) {
        return Scenario.account(List.copyOf(fact.events()))
                .licenses()
                .find(new LicenseId("L1"))
                .orElseThrow();
    }
}
