package dev.tally.licensing.denials;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.domain.Subject;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Denied wishes of one customer for downloads of title {@code glow} on the phone. */
record Wishes(CustomerId customer) {

    static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
    static final String DEVICES = "maxDownloadDevices";
    static final String YEAR = "maxDownloadsPerTitlePerYear";

    static Wishes of(String customer) {
        return new Wishes(new CustomerId(customer));
    }

    Denial denied(Instant at, String... rules) {
        return denied(Kind.ACQUIRE, "phone", "glow", 1, at, rules);
    }

    Denial denied(Kind kind, String device, String title, int policy, Instant at, String... rules) {
        var subject =
                new Subject(
                        new DeviceId(device),
                        title == null ? null : new TitleId(title),
                        title == null ? null : new StudioId("northlight"),
                        new PlanId("basic"),
                        policy);
        return new Denial(customer, kind, subject, findings(at, rules), at);
    }

    private static List<Finding> findings(Instant at, String... rules) {
        return Stream.of(rules)
                .map(rule -> new Finding(rule, "plan", 1, 1, at, List.of("WAIT"), null))
                .toList();
    }
}
