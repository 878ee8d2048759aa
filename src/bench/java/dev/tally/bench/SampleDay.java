package dev.tally.bench;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Report.Kind;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * The day for which the cost of an event is measured: three downloads, all confirmed, two played,
 * one renewed, two released. With the activation of the device it has 19 events.
 */
record SampleDay(Catalogue catalogue, Instant midnight) implements Story {

    @Override
    public void live(Member member, SplittableRandom chance) {
        var device = new DeviceId("device-1");
        var at = midnight.plusMillis(chance.nextLong(Duration.ofHours(20).toMillis()));
        var number = chance.nextInt(catalogue.titles().size());
        var licenses = new ArrayList<LicenseId>();
        for (int n = 0; n < 3; n++) {
            var start = at.plusSeconds(60L * n);
            var title = catalogue.title(number + n);
            var license = member.acquire(title, device, "My phone", start).orElseThrow();
            member.confirm(license, start.plusSeconds(45));
            licenses.add(license);
        }
        member.renew(licenses.get(2), catalogue.title(number + 2), at.plusSeconds(3_000));
        for (int n = 0; n < 2; n++) {
            var start = at.plusSeconds(3_600 + 3_600L * n);
            var session =
                    member.start(licenses.get(n), catalogue.title(number + n), start).orElseThrow();
            member.report(session, Kind.STOP, start.plusSeconds(2_000));
            member.release(licenses.get(n), at.plusSeconds(6_000 + 3_600L * n));
        }
    }
}
