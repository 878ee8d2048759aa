package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Evening.BEGIN;
import static dev.tally.licensing.events.LicenseType.DOWNLOAD;
import static dev.tally.licensing.events.LicenseType.STREAMING;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.SessionEvent.SessionStarted;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

/** A title whose availability is set to end earlier after licenses for it were issued. */
class ShortenedTitleTest {

    private static final Duration DAY = Duration.ofDays(1);
    private static final Instant END = BEGIN.plus(Duration.ofDays(5));

    private final Evening evening = new Evening();

    @Test
    void its_licenses_end_with_it() {
        evening.with(DOWNLOAD, "Glow", "phone").after(DAY).ending("Glow", END);

        assertThat(evening.license("Glow").expiresAt()).isEqualTo(END);
        evening.after(Duration.ofDays(4).minusMillis(1));
        assertThat(evening.licenseState("Glow")).isEqualTo(State.ISSUED);
        evening.after(Duration.ofMillis(1));
        assertThat(evening.licenseState("Glow")).isEqualTo(State.EXPIRED);
    }

    @Test
    void the_earlier_end_of_a_playback_and_of_an_act_stays() {
        evening.with(DOWNLOAD, "Glow", "phone").start("s1", "Glow");
        evening.with(DOWNLOAD, "Dark", "phone").after(DAY).release("Dark");
        evening.ending("Glow", END).ending("Dark", END);

        assertThat(evening.license("Glow").expiresAt()).isEqualTo(BEGIN.plus(Duration.ofDays(2)));
        assertThat(evening.licenseState("Dark")).isEqualTo(State.RELEASED);
    }

    @Test
    void limits_promise_its_end_and_count_its_licenses_no_more() {
        evening.under(PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, 1)
                .under(PolicyKey.MAX_DOWNLOAD_DEVICES, 1)
                .with(DOWNLOAD, "Glow", "phone")
                .ending("Glow", END);

        var denied = (Denied) evening.after(DAY).acquire(DOWNLOAD, "Dark", "tablet");
        assertThat(denied.violations())
                .hasSize(2)
                .extracting(Evaluation::nextAllowedAt)
                .containsOnly(END);
        evening.after(Duration.ofDays(4));
        assertThat(evening.account().licenses().activeDownloads(evening.now())).isEmpty();
        assertThat(evening.acquire(DOWNLOAD, "Dark", "tablet")).isInstanceOf(Allowed.class);
    }

    @Test
    void a_play_after_its_end_is_denied_now_and_recorded_late_with_what_it_broke() {
        evening.with(DOWNLOAD, "Glow", "phone").ending("Glow", END).after(Duration.ofDays(8));

        var now = evening.start("s1", "Glow");
        assertThat(now.result()).isEqualTo(Result.DENIED);
        assertThat(now.broken()).extracting(Evaluation::rule).containsExactly(Rule.LICENSE_ACTIVE);
        assertThat(now.broken().getFirst().ending())
                .isEqualTo(new License.Ending(License.End.EXPIRED, END));
        assertThat(broke(evening.start("s2", "Glow", END.plus(DAY)))).isEqualTo("licenseActive");
        assertThat(evening.license("Glow").firstPlayedAt()).isNull();
        assertThat(broke(evening.start("s3", "Glow", END.minus(DAY)))).isNull();
        assertThat(evening.license("Glow").firstPlayedAt()).isEqualTo(END.minus(DAY));
    }

    @Test
    void a_longer_availability_gives_back_what_was_issued_and_no_more() {
        evening.ending("Glow", BEGIN.plus(Duration.ofDays(10))).with(DOWNLOAD, "Glow", "phone");

        evening.ending("Glow", END);
        assertThat(evening.license("Glow").expiresAt()).isEqualTo(END);
        evening.ending("Glow", null);
        assertThat(evening.license("Glow").expiresAt()).isEqualTo(BEGIN.plus(Duration.ofDays(10)));
        assertThat(evening.renew("Glow")).isInstanceOf(Allowed.class);
        assertThat(evening.license("Glow").expiresAt()).isEqualTo(BEGIN.plus(Duration.ofDays(30)));
    }

    @Test
    void a_renewal_moves_nothing_and_takes_nothing_from_what_was_issued() {
        evening.with(DOWNLOAD, "Glow", "phone").ending("Glow", END);

        assertThat(evening.after(DAY).renew("Glow"))
                .isInstanceOfSatisfying(
                        Decision.Unchanged.class,
                        unchanged -> assertThat(unchanged.cap()).isEqualTo(Cap.TITLE_AVAILABILITY));
        evening.ending("Glow", null);
        assertThat(evening.license("Glow").expiresAt()).isEqualTo(BEGIN.plus(Duration.ofDays(30)));
    }

    @Test
    void an_id_does_not_return_while_its_license_may_come_back() {
        evening.under(PolicyKey.RENTAL_DURATION, Duration.ofDays(400))
                .with(DOWNLOAD, "Glow", "phone")
                .ending("Glow", END)
                .after(Duration.ofDays(50))
                .compacted();
        assertThat(evening.licenseState("Glow")).isEqualTo(State.EXPIRED);

        evening.ending("Glow", null);
        var again = (Allowed) evening.acquire(DOWNLOAD, "Glow", "Glow-spare", "tablet");

        assertThat(((LicenseIssued) again.events().getFirst()).license().value())
                .isEqualTo("Glow-spare");
        assertThat(evening.licenseState("Glow")).isEqualTo(State.ISSUED);
    }

    @Test
    void a_stream_ends_with_its_title_and_is_counted_no_more() {
        evening.under(PolicyKey.MAX_CONCURRENT_STREAMS, 1)
                .under(PolicyKey.KEEPALIVE_INTERVAL, null)
                .with(STREAMING, "Glow", "tv")
                .start("s1", "Glow");
        evening.after(Duration.ofHours(1)).ending("Glow", BEGIN.plus(Duration.ofHours(2)));

        assertThat(evening.acquire(STREAMING, "Dark", "tablet")).isInstanceOf(Denied.class);
        evening.after(Duration.ofHours(1));
        assertThat(evening.licenseState("Glow")).isEqualTo(State.EXPIRED);
        assertThat(evening.acquire(STREAMING, "Dark", "tablet")).isInstanceOf(Allowed.class);
    }

    @Test
    void another_cut_has_another_number() {
        evening.with(DOWNLOAD, "Glow", "phone");
        var uncut = cuts();
        var first = evening.ending("Glow", END).account();
        var second = evening.ending("Glow", END.plusMillis(1)).account();

        assertThat(uncut).isZero();
        assertThat(first.licenses().cutsShort(BEGIN))
                .isNotZero()
                .isNotEqualTo(second.licenses().cutsShort(BEGIN));
        evening.ending("Glow", null);
        assertThat(cuts()).isZero();
    }

    private int cuts() {
        return evening.account().licenses().cutsShort(evening.now());
    }

    private static String broke(Reported late) {
        assertThat(late.result()).isEqualTo(Result.RECORDED);
        return ((SessionStarted) late.events().getLast()).broke();
    }
}
