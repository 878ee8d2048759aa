package dev.tally.bench;

import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Report.Kind;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;

/**
 * Three months of a household that streams all evening on two devices, and pauses now and then.
 * Each player sends a keepalive every minute.
 */
record StreamerStory(Catalogue catalogue, Instant to) implements Story {

    private static final int DAYS = 90;
    private static final int EPISODES_OF_AN_EVENING = 6;
    private static final Duration SLOT = Duration.ofMinutes(50);
    private static final int MINUTES = 45;

    @Override
    public void live(Member member, SplittableRandom chance) {
        var first = to.truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(DAYS));
        for (int day = 0; day < DAYS; day++) {
            var evening = first.plus(Duration.ofDays(day)).plus(Duration.ofHours(17));
            for (int n = 0; n < EPISODES_OF_AN_EVENING; n++) {
                var device = new DeviceId("device-" + (1 + n % 2));
                watch(member, device, evening.plus(SLOT.multipliedBy(n)), chance);
            }
        }
    }

    private void watch(Member member, DeviceId device, Instant start, SplittableRandom chance) {
        var title = catalogue.title(chance.nextInt(catalogue.titles().size()));
        var license = member.stream(title, device, start).orElseThrow();
        var session = member.start(license, title, start.plusSeconds(2)).orElseThrow();
        var paused = chance.nextInt(MINUTES);
        for (int minute = 1; minute < MINUTES; minute++) {
            var at = start.plus(Duration.ofMinutes(minute));
            member.report(session, Kind.KEEPALIVE, at);
            if (minute == paused) {
                member.report(session, Kind.PAUSE, at.plusSeconds(10));
                member.report(session, Kind.RESUME, at.plusSeconds(20));
            }
        }
        member.report(session, Kind.STOP, start.plus(Duration.ofMinutes(MINUTES)));
    }
}
