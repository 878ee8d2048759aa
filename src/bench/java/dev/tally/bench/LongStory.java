package dev.tally.bench;

import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Report.Kind;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * One customer with exactly so many events and a small state. There is one license at a time, which
 * a player renews again and again, plays and releases before the next. With the number of events
 * only the number of generations grows.
 */
record LongStory(Catalogue catalogue, Instant from, Instant to, int events) implements Story {

    /**
     * How long a license is kept: shorter than a license lives without a renewal, and than a month.
     */
    private static final Duration KEPT = Duration.ofDays(25);

    private static final DeviceId DEVICE = new DeviceId("device-1");

    /**
     * The events of a license beside renewals: issued, counted, confirmed, first played, session
     * started, session stopped, released.
     */
    private static final int EVENTS_BESIDE_RENEWALS = 7;

    private static final int FEWEST_EVENTS_OF_A_LICENSE = EVENTS_BESIDE_RENEWALS + 2;

    @Override
    public void live(Member member, SplittableRandom chance) {
        // One event is the device's activation.
        var left = events - 1;
        if (left < FEWEST_EVENTS_OF_A_LICENSE) {
            throw new IllegalArgumentException(events + " events are too few");
        }
        var months = (int) (Duration.between(from, to).toDays() / 28);
        var licenses = Math.min(months, left / FEWEST_EVENTS_OF_A_LICENSE);
        var slot = Duration.ofMillis(Duration.between(from, to).toMillis() / licenses);
        for (int n = 0; n < licenses; n++) {
            var share = left / (licenses - n);
            var end = from.plus(slot.multipliedBy(n + 1L));
            keep(member, n, share - EVENTS_BESIDE_RENEWALS, end.minus(KEPT));
            left -= share;
        }
    }

    private void keep(Member member, int number, int renewals, Instant start) {
        var title = catalogue.title(number);
        var license = member.acquire(title, DEVICE, "My phone", start).orElseThrow();
        member.confirm(license, start.plusSeconds(120));
        var step = KEPT.toMillis() / (renewals + 2);
        for (int n = 1; n <= renewals; n++) {
            member.renew(license, title, start.plusMillis(step * n).plusSeconds(121));
        }
        var played = start.plusMillis(step * (renewals + 1)).plusSeconds(121);
        var session = member.start(license, title, played).orElseThrow();
        member.report(session, Kind.STOP, played.plusSeconds(30));
        member.release(license, played.plusSeconds(60));
    }
}
