package dev.tally.accounting;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPlace;
import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.Tier;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.SessionStarted;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Events as the feed tells them. */
final class Told {

    static final String STUDIO = "northlight";
    static final String TITLE = "glow";

    private Told() {}

    static FeedEvent told(int seq, Instant at, CustomerEvent event) {
        var recorded =
                new Recorded(
                        seq,
                        1,
                        at,
                        new Aggregate(new AggregateType(1, "License"), "x"),
                        CommandId.generated("c" + seq),
                        (Record) event);
        return new FeedEvent(
                new FeedPlace(seq, "anna", seq),
                new Described(
                        seq, 1, at, "License", "x", "X/1", Map.of(), null, null, Tier.HOT,
                        recorded));
    }

    static LicenseIssued issued(String license, Instant at, Instant expiresAt) {
        return issued(license, TITLE, LicenseType.DOWNLOAD, at, expiresAt, null);
    }

    static LicenseIssued issued(
            String license,
            String title,
            LicenseType type,
            Instant at,
            Instant expiresAt,
            Instant confirmBy) {
        return new LicenseIssued(
                new LicenseId(license),
                new TitleId(title),
                new StudioId(STUDIO),
                new DeviceId("phone"),
                type,
                new PlanId("premium"),
                at,
                expiresAt,
                Duration.ofDays(2),
                confirmBy,
                1);
    }

    static SessionStarted started(String license, Instant at, String broke) {
        return new SessionStarted(
                new SessionId("s" + at.toEpochMilli()),
                new LicenseId(license),
                new TitleId(TITLE),
                new DeviceId("phone"),
                LicenseType.DOWNLOAD,
                at,
                at,
                null,
                null,
                broke,
                1);
    }
}
