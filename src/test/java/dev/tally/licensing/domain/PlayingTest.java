package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Evening.BEGIN;
import static dev.tally.licensing.domain.Report.Kind.KEEPALIVE;
import static dev.tally.licensing.domain.Report.Kind.PAUSE;
import static dev.tally.licensing.domain.Report.Kind.RESUME;
import static dev.tally.licensing.domain.Report.Kind.STOP;
import static dev.tally.licensing.events.LicenseType.DOWNLOAD;
import static dev.tally.licensing.events.LicenseType.STREAMING;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.domain.Session.State;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.StopCause;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The results of players' reports. The numbers are those of the promises in the package
 * documentation.
 */
class PlayingTest {

    private static final Duration ALIVE = Duration.ofMinutes(2);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private final Evening evening = new Evening();

    @Nested
    class OnADownload {

        @Test
        void its_first_start_begins_the_playback_window_and_confirms_it() {
            evening.under(PolicyKey.UNCONFIRMED_HOLD, DAY).with(DOWNLOAD, "Glow", "phone");

            assertThat(evening.after(Duration.ofHours(2)).start("s1", "Glow").result())
                    .isEqualTo(Result.RECORDED);

            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
            assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(evening.now());
            assertThat(evening.license("Glow").expiresAt())
                    .isEqualTo(evening.now().plus(Duration.ofDays(2)));
            evening.after(Duration.ofHours(47)).start("s2", "Glow");
            assertThat(evening.license("Glow").firstPlayedAt())
                    .isEqualTo(BEGIN.plus(Duration.ofHours(2)));
        }

        @Test
        void a_clock_that_is_behind_plays_nothing_before_it_was_issued() {
            evening.with(DOWNLOAD, "Glow", "phone");

            evening.start("s1", "Glow", BEGIN.minusSeconds(20));

            assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(BEGIN);
        }

        /** Licensing 22. */
        @Test
        void a_reset_clock_evades_no_limit() {
            evening.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2)
                    .with(DOWNLOAD, "Glow", "phone");
            var reset = Instant.parse("2015-01-01T00:00:00Z");
            evening.after(DAY).start("s1", "Glow", reset);
            evening.start("s2", "Glow", reset.plusSeconds(60));

            var third = evening.start("s3", "Glow", reset.plusSeconds(120));

            assertBroke(third, Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
            assertThat(third.broken().getFirst().used()).isEqualTo(2);
        }

        @ParameterizedTest
        @EnumSource
        void a_clock_that_runs_backwards_evades_no_limit_in_either_year(YearWindow window) {
            evening.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2)
                    .under(PolicyKey.YEAR_WINDOW, window)
                    .with(DOWNLOAD, "Glow", "phone")
                    .after(DAY);
            for (var skew : List.of(4, -4)) {
                evening.start("s" + skew, "Glow", evening.now().plusSeconds(60L * skew));
            }

            var third = evening.start("s3", "Glow", evening.now().minusSeconds(299));

            assertBroke(third, Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
        }

        /** Licensing 22. */
        @Test
        void a_reset_clock_ends_no_license_retroactively() {
            evening.with(DOWNLOAD, "Glow", "phone").after(Duration.ofDays(10));

            var started = (SessionStarted) lastOf(evening.start("s1", "Glow", Instant.EPOCH));

            assertThat(started.occurredAt()).isEqualTo(Instant.EPOCH);
            assertThat(started.countedAt()).isEqualTo(evening.now());
            assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(evening.now());
            assertThat(evening.license("Glow").expiresAt())
                    .isEqualTo(evening.now().plus(Duration.ofDays(2)));
            assertThat(evening.session("s1").start().at()).isEqualTo(evening.now());
        }

        @Test
        void a_clock_that_is_ahead_plays_nothing_after_now() {
            evening.with(DOWNLOAD, "Glow", "phone");

            evening.start("s1", "Glow", BEGIN.plusSeconds(240));

            assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(BEGIN);
        }

        @Test
        void a_first_play_that_is_possible_is_still_the_first() {
            evening.with(DOWNLOAD, "Glow", "phone").after(Duration.ofDays(2));
            evening.start("s1", "Glow", Instant.EPOCH);
            evening.start("s2", "Glow", BEGIN.plus(DAY));

            assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(BEGIN.plus(DAY));
        }

        @ParameterizedTest
        @EnumSource(
                value = Kind.class,
                names = {"PAUSE", "RESUME", "STOP"})
        void nothing_of_a_session_happens_before_its_start_or_after_it_is_told(Kind kind) {
            for (boolean startFirst : List.of(true, false)) {
                for (var said : List.of(Instant.EPOCH, BEGIN.plus(DAY).plusSeconds(240))) {
                    var one = new Evening().with(DOWNLOAD, "Glow", "phone").after(DAY);
                    var start = BEGIN.plusSeconds(60);
                    if (startFirst) one.start("s", "Glow", start);
                    assertThat(one.say(kind, "s", said)).isEqualTo(Result.RECORDED);
                    assertThat(one.say(kind, "s", said)).isEqualTo(Result.DUPLICATE);
                    if (!startFirst) one.start("s", "Glow", start);

                    var expected = said.equals(Instant.EPOCH) ? start : one.now();
                    var session = one.session("s");
                    assertThat(kind == STOP ? session.stoppedAt() : session.lastSignAt())
                            .isEqualTo(expected);
                    assertThat(session.endsAt()).isAfterOrEqualTo(start);
                }
            }
        }

        @Test
        void what_has_ended_is_played_no_more() {
            evening.with(DOWNLOAD, "Glow-expired", "phone");
            evening.after(Duration.ofDays(30));
            assertHadEnded(
                    evening.start("s1", "Glow-expired"),
                    License.End.EXPIRED,
                    BEGIN.plus(Duration.ofDays(30)));

            evening.with(DOWNLOAD, "Glow-released", "tablet").release("Glow-released");
            var releasedAt = evening.now();
            evening.after(Duration.ofSeconds(1));
            assertHadEnded(evening.start("s2", "Glow-released"), License.End.RELEASED, releasedAt);

            evening.with(DOWNLOAD, "Glow-revoked", "tv").revoke("Glow-revoked");
            var revokedAt = evening.now();
            evening.after(Duration.ofSeconds(1));
            assertHadEnded(evening.start("s3", "Glow-revoked"), License.End.REVOKED, revokedAt);
            assertThat(evening.account().sessions().listed(evening.now())).isEmpty();
        }

        @Test
        void one_playback_more_than_a_title_has_in_its_year_is_denied() {
            evening.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2)
                    .with(DOWNLOAD, "Glow", "phone");
            evening.start("s1", "Glow");
            assertThat(evening.start("s2", "Glow").result()).isEqualTo(Result.RECORDED);

            var third = evening.start("s3", "Glow");

            assertThat(third.result()).isEqualTo(Result.DENIED);
            assertThat(third.broken())
                    .singleElement()
                    .satisfies(
                            rule -> {
                                assertThat(rule.rule())
                                        .isEqualTo(Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
                                assertThat(rule.used()).isEqualTo(2);
                                assertThat(rule.countedEvents())
                                        .containsExactlyInAnyOrder(
                                                "SessionStarted s1", "SessionStarted s2");
                                assertThat(rule.nextAllowedAt()).isEqualTo("2027-03-01T18:00:00Z");
                            });
        }

        @Test
        void what_is_over_the_limit_when_it_is_reported_late_denies_what_comes_next() {
            evening.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2)
                    .with(DOWNLOAD, "Glow", "phone");
            evening.after(DAY);
            for (int n = 1; n <= 3; n++) {
                evening.start("s" + n, "Glow", BEGIN.plusSeconds(60L * n));
            }

            var over = (SessionStarted) lastOf(evening.start("s4", "Glow", BEGIN.plusSeconds(240)));

            assertThat(over.broke()).isEqualTo("maxPlaybacksPerTitlePerYear");
            var renewal = evening.renew("Glow");
            assertDenied(renewal, Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
            assertThat(renewal.rules())
                    .filteredOn(rule -> !rule.satisfied())
                    .flatExtracting(Evaluation::countedEvents)
                    .hasSize(4)
                    .contains("SessionStarted s4");
            assertDenied(
                    evening.acquire(DOWNLOAD, "Glow-2", "tablet"),
                    Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR);
            evening.after(Duration.ofDays(365));
            assertThat(evening.compacted().acquire(DOWNLOAD, "Glow-3", "tablet"))
                    .isInstanceOf(Allowed.class);
        }

        @Test
        void a_play_after_the_expiry_that_is_reported_late_is_recorded_with_what_it_broke() {
            evening.with(DOWNLOAD, "Glow", "phone").after(Duration.ofDays(40));

            var late = evening.start("s1", "Glow", BEGIN.plus(Duration.ofDays(31)));

            assertThat(late.result()).isEqualTo(Result.RECORDED);
            assertThat(((SessionStarted) lastOf(late)).broke()).isEqualTo("licenseActive");
            assertThat(evening.license("Glow").firstPlayedAt()).isNull();
        }

        @Test
        void a_play_before_the_expiry_may_be_reported_after_it() {
            evening.with(DOWNLOAD, "Glow", "phone").after(Duration.ofDays(40));

            var late = evening.start("s1", "Glow", BEGIN.plus(Duration.ofDays(29)));

            assertThat(((SessionStarted) lastOf(late)).broke()).isNull();
            assertThat(evening.license("Glow").firstPlayedAt())
                    .isEqualTo(BEGIN.plus(Duration.ofDays(29)));
        }

        @Test
        void the_first_play_is_the_first_by_the_devices_clock() {
            evening.with(DOWNLOAD, "Glow", "phone").after(Duration.ofDays(10));
            evening.start("s2", "Glow", BEGIN.plus(Duration.ofDays(5)));
            evening.start("s1", "Glow", BEGIN.plus(Duration.ofDays(4)));
            evening.start("s3", "Glow", BEGIN.plus(Duration.ofDays(6)));

            assertThat(evening.license("Glow").firstPlayedAt())
                    .isEqualTo(BEGIN.plus(Duration.ofDays(4)));
        }
    }

    @Nested
    class AStream {

        @Test
        void is_one_of_so_many_at_the_same_time() {
            for (int n = 1; n <= 4; n++) {
                evening.with(STREAMING, "Glow-" + n, "tv-" + n);
                evening.start("s" + n, "Glow-" + n);
            }

            var fifth = evening.acquire(STREAMING, "Glow-5", "tv-5");

            assertDenied(fifth, Rule.MAX_CONCURRENT_STREAMS);
            assertThat(fifth.rules().getLast().countedEvents()).hasSize(4);
            assertThat(fifth.rules().getLast().nextAllowedAt()).isEqualTo(BEGIN.plus(ALIVE));
            evening.say(STOP, "s2");
            assertThat(evening.licenseState("Glow-2")).isEqualTo(License.State.RELEASED);
            assertThat(evening.acquire(STREAMING, "Glow-5", "tv-5")).isInstanceOf(Allowed.class);
        }

        @Test
        void counts_no_download_and_is_counted_by_none() {
            evening.under(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 0);

            evening.with(STREAMING, "Glow", "tv");

            assertThat(evening.account().downloads().isLive()).isFalse();
            assertThat(evening.account().devices().all()).isEmpty();
        }

        @Test
        void has_to_be_started_while_it_lives() {
            evening.with(STREAMING, "Glow", "tv").after(ALIVE);

            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.EXPIRED);
            assertBroke(evening.start("s1", "Glow"), Rule.LICENSE_ACTIVE);
        }

        @Test
        void is_over_without_a_keepalive_by_time_alone() {
            evening.with(STREAMING, "Glow", "tv").start("s1", "Glow");
            evening.after(Duration.ofMinutes(1)).say(KEEPALIVE, "s1");

            evening.after(ALIVE.minus(MILLISECOND));
            assertThat(evening.state("s1")).isEqualTo(State.RUNNING);
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
            evening.after(MILLISECOND);
            assertThat(evening.state("s1")).isEqualTo(State.OVER);
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.EXPIRED);
            assertThat(evening.say(KEEPALIVE, "s1")).isEqualTo(Result.ENDED);
        }

        @Test
        void with_a_reset_clock_lives_by_the_servers() {
            evening.with(STREAMING, "Glow", "tv");
            for (int n = 0; n < 20; n++) {
                var reset = Instant.EPOCH.plusSeconds(60L * n);
                if (n == 0) evening.start("s1", "Glow", reset);
                else evening.say(KEEPALIVE, "s1", reset);
                evening.after(Duration.ofMinutes(1));
                assertThat(evening.state("s1")).isEqualTo(State.RUNNING);
            }
            evening.say(STOP, "s1", Instant.EPOCH);
            assertThat(evening.session("s1").endsAt()).isEqualTo(BEGIN);
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.RELEASED);
        }

        @Test
        void that_is_over_comes_back_by_no_clock() {
            evening.with(STREAMING, "Glow", "tv").after(Duration.ofSeconds(30));
            evening.start("s1", "Glow");
            evening.after(ALIVE);

            var before = BEGIN.plusSeconds(60);
            assertThat(evening.say(PAUSE, "s1", before)).isEqualTo(Result.ENDED);
            assertBroke(evening.start("s2", "Glow", before), Rule.LICENSE_ACTIVE);
            assertBroke(evening.after(DAY).start("s2", "Glow", before), Rule.LICENSE_ACTIVE);
            evening.say(STOP, "s1", evening.now().plusSeconds(240));
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.EXPIRED);
        }

        @Test
        void that_was_not_started_in_time_is_started_by_no_clock() {
            evening.with(STREAMING, "Glow", "tv").after(ALIVE);

            assertBroke(evening.start("s1", "Glow", BEGIN.plusSeconds(30)), Rule.LICENSE_ACTIVE);
        }

        @Test
        void comes_back_to_the_same_device_instead_of_a_second() {
            evening.with(STREAMING, "Glow", "tv");

            assertThat(evening.acquire(STREAMING, "Glow-2", "tv"))
                    .isInstanceOf(Decision.Unchanged.class);
        }

        @Test
        void is_displaced_by_another_session_on_its_license() {
            evening.with(STREAMING, "Glow", "tv").start("s1", "Glow");

            evening.after(Duration.ofSeconds(5)).start("s2", "Glow");

            assertThat(evening.session("s1").stop().cause()).isEqualTo(StopCause.DISPLACED);
            assertThat(evening.state("s2")).isEqualTo(State.RUNNING);
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
            assertThat(evening.say(PAUSE, "s1")).isEqualTo(Result.ENDED);
        }

        @Test
        void is_neither_renewed_nor_started_on_another_day() {
            evening.under(PolicyKey.KEEPALIVE_GRACE, null).with(STREAMING, "Glow", "tv");
            evening.start("s1", "Glow");

            assertDenied(evening.renew("Glow"), Rule.DOWNLOAD_LICENSE);
            evening.after(DAY.minus(MILLISECOND));
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
            evening.after(MILLISECOND);
            assertThat(evening.licenseState("Glow")).isEqualTo(License.State.EXPIRED);
        }
    }

    @Test
    void a_keepalive_is_recorded_once_in_an_interval() {
        evening.with(STREAMING, "Glow", "tv").start("s1", "Glow");

        evening.after(Duration.ofSeconds(54).minus(MILLISECOND));
        assertThat(evening.say(KEEPALIVE, "s1")).isEqualTo(Result.ACKNOWLEDGED);
        evening.after(MILLISECOND);
        assertThat(evening.say(KEEPALIVE, "s1")).isEqualTo(Result.RECORDED);
        assertThat(evening.session("s1").lastSignAt()).isEqualTo(BEGIN.plusSeconds(54));
    }

    @Test
    void a_player_that_is_a_little_early_and_a_little_late_keeps_its_stream() {
        evening.with(STREAMING, "Glow", "tv").start("s1", "Glow");
        for (int n = 0; n < 60; n++) {
            evening.after(Duration.ofMillis(n % 2 == 0 ? 59_900 : 60_100)).say(KEEPALIVE, "s1");

            assertThat(evening.state("s1")).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void without_a_grace_a_player_that_is_in_time_keeps_its_stream() {
        evening.under(PolicyKey.KEEPALIVE_GRACE, Duration.ZERO).with(STREAMING, "Glow", "tv");
        evening.start("s1", "Glow");
        for (int n = 0; n < 20; n++) {
            evening.after(Duration.ofSeconds(25)).say(KEEPALIVE, "s1");

            assertThat(evening.state("s1")).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void a_device_with_a_slow_clock_streams_as_others_do() {
        evening.with(STREAMING, "Glow", "tv");
        for (int n = 0; n < 5; n++) {
            var slow = evening.now().minus(Duration.ofMinutes(4));
            if (n == 0) evening.start("s1", "Glow", slow);
            else evening.say(KEEPALIVE, "s1", slow);
            evening.after(Duration.ofMinutes(1));
            assertThat(evening.state("s1")).isEqualTo(State.RUNNING);
        }
        assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
    }

    @Test
    void a_start_that_comes_late_displaces_nobody() {
        evening.with(STREAMING, "Glow", "tv").after(Duration.ofSeconds(30));
        evening.start("second", "Glow");
        evening.after(Duration.ofSeconds(5)).start("first", "Glow", BEGIN.plusSeconds(10));

        assertThat(evening.state("second")).isEqualTo(State.RUNNING);
        assertThat(evening.session("first").stop().cause()).isEqualTo(StopCause.DISPLACED);
    }

    @Test
    void a_stream_whose_stop_came_before_its_start_is_released() {
        evening.with(STREAMING, "Glow", "tv").after(Duration.ofSeconds(30));
        evening.say(STOP, "s1", BEGIN.plusSeconds(20));
        evening.start("s1", "Glow", BEGIN.plusSeconds(10));

        assertThat(evening.state("s1")).isEqualTo(State.STOPPED);
        assertThat(evening.licenseState("Glow")).isEqualTo(License.State.RELEASED);
    }

    @Test
    void a_session_is_paused_and_resumed_a_thousand_times_at_most() {
        evening.with(DOWNLOAD, "Glow", "tv").start("s1", "Glow");
        for (int n = 0; n < 1_000; n++) {
            assertThat(evening.after(MILLISECOND).say(n % 2 == 0 ? PAUSE : RESUME, "s1"))
                    .isEqualTo(Result.RECORDED);
        }

        assertThat(evening.after(MILLISECOND).say(PAUSE, "s1")).isEqualTo(Result.FULL);
        assertThat(evening.say(STOP, "s1")).isEqualTo(Result.RECORDED);
    }

    @Test
    void a_thousand_sessions_at_most_wait_for_their_start() {
        evening.with(DOWNLOAD, "Glow", "tv");
        for (int n = 0; n < 1_000; n++) {
            assertThat(evening.say(PAUSE, "s" + n)).isEqualTo(Result.RECORDED);
        }

        assertThat(evening.say(PAUSE, "s1000")).isEqualTo(Result.TOO_MANY_UNSTARTED);
        assertThat(evening.say(STOP, "s1000")).isEqualTo(Result.TOO_MANY_UNSTARTED);
        assertThat(evening.say(STOP, "s7")).isEqualTo(Result.RECORDED);
        assertThat(evening.start("s1000", "Glow").result()).isEqualTo(Result.RECORDED);
        assertThat(evening.start("s7", "Glow").result()).isEqualTo(Result.RECORDED);
        assertThat(evening.say(PAUSE, "s1001")).isEqualTo(Result.RECORDED);
    }

    @Test
    void a_reset_clock_lets_no_more_sessions_wait_for_their_start() {
        evening.with(DOWNLOAD, "Glow", "tv");
        for (int n = 0; n < 1_000; n++) evening.say(PAUSE, "s" + n, Instant.EPOCH);

        assertThat(evening.say(PAUSE, "s1000", Instant.EPOCH)).isEqualTo(Result.TOO_MANY_UNSTARTED);
    }

    @Test
    void a_session_is_one_of_one_license() {
        evening.with(DOWNLOAD, "Glow", "tv").with(DOWNLOAD, "Dark", "tv").start("s1", "Glow");

        assertThat(evening.start("s1", "Dark").result()).isEqualTo(Result.ANOTHER_LICENSE);
    }

    @Test
    void a_play_within_the_hold_may_be_reported_months_after_it() {
        evening.under(PolicyKey.UNCONFIRMED_HOLD, DAY)
                .under(PolicyKey.RENTAL_DURATION, Duration.ofDays(365))
                .under(PolicyKey.PLAYBACK_DURATION, null)
                .with(DOWNLOAD, "Glow", "phone");
        evening.after(Duration.ofDays(45)).compacted();
        assertThat(evening.licenseState("Glow")).isEqualTo(License.State.EXPIRED);

        evening.start("s1", "Glow", BEGIN.plus(Duration.ofHours(2)));

        assertThat(evening.licenseState("Glow")).isEqualTo(License.State.PLAYING);
    }

    @Test
    void what_is_reported_late_broke_only_what_was_so_then() {
        evening.under(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2).with(DOWNLOAD, "Glow", "tv");
        evening.after(Duration.ofDays(9));
        for (int day = 3; day > 0; day--) {
            var late = evening.start("s" + day, "Glow", BEGIN.plus(Duration.ofHours(day)));

            assertThat(((SessionStarted) late.events().getLast()).broke()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void sessions_end_with_their_license_and_their_device(LicenseType type) {
        evening.with(DOWNLOAD, "Dark", "tv").with(type, "Glow", "tv");
        evening.start("s1", "Glow");
        evening.revoke("Glow");
        assertThat(evening.session("s1").stop().cause()).isEqualTo(StopCause.LICENSE_REVOKED);

        evening.with(type, "Glow-2", "tv").start("s2", "Glow-2");
        evening.release("Glow-2");
        assertThat(evening.session("s2").stop().cause()).isEqualTo(StopCause.LICENSE_RELEASED);

        evening.with(type, "Glow-3", "tv").start("s3", "Glow-3");
        evening.with(DOWNLOAD, "Lost", "phone").start("s4", "Lost");
        evening.deactivate("tv");
        assertThat(evening.session("s3").stop().cause()).isEqualTo(StopCause.DEVICE_DEACTIVATED);
        assertThat(evening.licenseState("Glow-3")).isEqualTo(License.State.RELEASED);
        assertThat(evening.state("s4")).isEqualTo(State.RUNNING);
    }

    /** Every state of a session with every report about it, a minute later. */
    static Stream<Arguments> table() {
        return Stream.of(
                row(DOWNLOAD, State.UNSTARTED, "RECORDED RECORDED RECORDED ACKNOWLEDGED RECORDED"),
                row(DOWNLOAD, State.RUNNING, "DUPLICATE RECORDED RECORDED RECORDED RECORDED"),
                row(DOWNLOAD, State.PAUSED, "DUPLICATE RECORDED RECORDED RECORDED RECORDED"),
                row(DOWNLOAD, State.OVER, "DUPLICATE RECORDED RECORDED RECORDED RECORDED"),
                row(DOWNLOAD, State.STOPPED, "DUPLICATE RECORDED RECORDED ENDED DUPLICATE"),
                row(STREAMING, State.RUNNING, "DUPLICATE RECORDED RECORDED RECORDED RECORDED"),
                row(STREAMING, State.PAUSED, "DUPLICATE RECORDED RECORDED RECORDED RECORDED"),
                row(STREAMING, State.OVER, "DUPLICATE ENDED ENDED ENDED RECORDED"),
                row(STREAMING, State.STOPPED, "DUPLICATE ENDED ENDED ENDED DUPLICATE"));
    }

    private static Arguments row(LicenseType type, State state, String results) {
        return arguments(
                type, state, Stream.of(results.split(" ", -1)).map(Result::valueOf).toList());
    }

    @ParameterizedTest
    @MethodSource("table")
    void what_can_be_said_in_a_state(LicenseType type, State state, List<Result> results) {
        var expected = results.iterator();
        for (var kind : Kind.values()) {
            var one = new Evening().with(type, "Glow", "tv");
            switch (state) {
                case UNSTARTED -> one.say(RESUME, "s", one.now());
                case RUNNING -> one.start("s", "Glow");
                case PAUSED -> {
                    one.start("s", "Glow");
                    one.say(PAUSE, "s");
                }
                case OVER -> {
                    one.start("s", "Glow");
                    one.after(ALIVE);
                }
                case STOPPED -> {
                    one.start("s", "Glow");
                    one.say(STOP, "s");
                }
            }
            assertThat(one.state("s")).isEqualTo(state);
            one.after(Duration.ofMinutes(1));

            var result = kind == Kind.START ? one.start("s", "Glow").result() : one.say(kind, "s");

            assertThat(result).as("%s while %s", kind, state).isEqualTo(expected.next());
        }
    }

    @Test
    void what_is_said_twice_changes_nothing() {
        evening.with(DOWNLOAD, "Glow", "phone").start("s1", "Glow");
        var at = BEGIN.plusSeconds(30);
        evening.after(Duration.ofMinutes(1)).say(PAUSE, "s1", at);
        evening.say(STOP, "s1", at.plusSeconds(1));
        var before = evening.account();

        assertThat(evening.say(PAUSE, "s1", at)).isEqualTo(Result.DUPLICATE);
        assertThat(evening.say(STOP, "s1", at.plusSeconds(1))).isEqualTo(Result.DUPLICATE);
        assertThat(evening.start("s1", "Glow").result()).isEqualTo(Result.DUPLICATE);
        assertThat(evening.account()).isEqualTo(before);
    }

    private static Object lastOf(Reported reported) {
        return reported.events().getLast();
    }

    private static void assertBroke(Reported reported, Rule rule) {
        assertThat(reported.result()).isEqualTo(Result.DENIED);
        assertThat(reported.broken()).extracting(Evaluation::rule).containsExactly(rule);
    }

    private static void assertHadEnded(Reported reported, License.End state, Instant at) {
        assertBroke(reported, Rule.LICENSE_ACTIVE);
        assertThat(reported.broken().getFirst().ending()).isEqualTo(new License.Ending(state, at));
    }

    private static void assertDenied(Decision decision, Rule rule) {
        assertThat(decision).isInstanceOf(Denied.class);
        assertThat(((Denied) decision).violations())
                .extracting(Evaluation::rule)
                .containsExactly(rule);
    }
}
