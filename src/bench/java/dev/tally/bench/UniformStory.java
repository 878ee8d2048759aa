package dev.tally.bench;

import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Report.Kind;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * The same three months for everybody, so that each customer of a load test costs the same: ten
 * downloads of the first ten titles of the catalogue on two devices, all confirmed and played, the
 * first seven released, the last three still active. Every other title can be acquired.
 */
record UniformStory(Catalogue catalogue, Instant to) implements Story {

    static final int DOWNLOADS = 10;

    /** The number of events that the customer has after the story. */
    static final int EVENTS = 69;

    private static final int RELEASED = 7;

    @Override
    public void live(Member member, SplittableRandom chance) {
        for (int n = 0; n < DOWNLOADS; n++) {
            var title = catalogue.title(n);
            var device = new DeviceId("device-" + (1 + n % 2));
            // The last license is a day old, so that its playback duration is not over.
            var at = to.minus(Duration.ofDays(1)).minus(Duration.ofDays(9L * (DOWNLOADS - 1 - n)));
            var license = member.acquire(title, device, "My " + device, at).orElseThrow();
            member.confirm(license, at.plusSeconds(120));
            var session = member.start(license, title, at.plusSeconds(3600)).orElseThrow();
            member.report(session, Kind.STOP, at.plusSeconds(7000));
            if (n < RELEASED) {
                member.release(license, at.plusSeconds(7200));
            }
        }
    }
}
