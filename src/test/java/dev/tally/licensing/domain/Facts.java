package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The parts of a given history. Each fact is the events of one aggregate only: a license without
 * its counted download, or a download without its license.
 */
final class Facts {

    /** The time that is now in tests. */
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    static final Period YEAR = Period.ofYears(1);
    static final int POLICY_VERSION = 7;

    private Facts() {}

    interface Fact {
        List<CustomerEvent> events();
    }

    static Instant ago(Duration time) {
        return NOW.minus(time);
    }

    static Instant in(Duration time) {
        return NOW.plus(time);
    }

    static Duration days(int count) {
        return Duration.ofDays(count);
    }

    static Duration hours(int count) {
        return Duration.ofHours(count);
    }

    static Period within(Period period) {
        return period;
    }

    /** The last moment before a time: one millisecond earlier. */
    static Instant justBefore(Instant time) {
        return time.minusMillis(1);
    }

    static Instant yearAfter(Instant time) {
        return time.atOffset(ZoneOffset.UTC).plus(YEAR).toInstant();
    }

    /**
     * The studio of a title: Acme for {@code Acme/Glow}, and one that does not matter for {@code
     * Glow}.
     */
    static StudioId studioOf(String title) {
        return new StudioId(title.contains("/") ? title.substring(0, title.indexOf('/')) : "-");
    }

    /** Downloads of a title, one each day. The first one is a moment less than the period ago. */
    static Fact downloads(String title, int count, Period period) {
        var first = NOW.atOffset(ZoneOffset.UTC).minus(period).toInstant().plusMillis(1);
        return all(
                IntStream.range(0, count)
                        .mapToObj(i -> download(title + i).of(title).at(first.plus(days(i)))));
    }

    /** Active licenses of different titles on a device. */
    static Fact licenses(int count, String device) {
        return all(
                IntStream.range(0, count)
                        .mapToObj(i -> license(device + i).of(device + "Title" + i).on(device)));
    }

    /** A download of Glow that the operator has waived. */
    static Fact waived(String download) {
        return () ->
                List.of(
                        new DownloadWaived(
                                new DownloadId(download),
                                new TitleId("Glow"),
                                ago(hours(1)),
                                "The app crashed"));
    }

    static DownloadFact download(String id) {
        return new DownloadFact(id, "Glow", "of " + id, ago(days(1)), null, false);
    }

    static LicenseFact license(String id) {
        var issued =
                new LicenseIssued(
                        new LicenseId(id),
                        new TitleId("Glow"),
                        studioOf("Glow"),
                        new DeviceId("phone"),
                        LicenseType.DOWNLOAD,
                        new PlanId("standard"),
                        ago(days(1)),
                        in(days(29)),
                        days(2),
                        null,
                        POLICY_VERSION);
        return new LicenseFact(issued, List.of());
    }

    /** A device that the customer activated and has deactivated since. */
    static Fact deactivated(String device, Instant at) {
        return all(
                Stream.of(
                        activated(device, at.minus(days(1))),
                        () ->
                                List.of(
                                        new DeviceDeactivated(
                                                new DeviceId(device), at, POLICY_VERSION))));
    }

    static Fact activated(String device, Instant at) {
        return () -> List.of(new DeviceActivated(new DeviceId(device), device, at));
    }

    static Fact all(Stream<Fact> facts) {
        var events = facts.flatMap(fact -> fact.events().stream()).toList();
        return () -> events;
    }

    record DownloadFact(
            String id, String title, String license, Instant at, Instant confirmBy, boolean kept)
            implements Fact {

        DownloadFact of(String title) {
            return new DownloadFact(id, title, license, at, confirmBy, kept);
        }

        DownloadFact by(String license) {
            return new DownloadFact(id, title, license, at, confirmBy, kept);
        }

        DownloadFact at(Instant at) {
            return new DownloadFact(id, title, license, at, confirmBy, kept);
        }

        DownloadFact heldUntil(Instant confirmBy) {
            return new DownloadFact(id, title, license, at, confirmBy, kept);
        }

        DownloadFact confirmed() {
            return new DownloadFact(id, title, license, at, confirmBy, true);
        }

        @Override
        public List<CustomerEvent> events() {
            var download = new DownloadId(id);
            var counted =
                    new DownloadCounted(
                            download,
                            new TitleId(title),
                            new LicenseId(license),
                            at,
                            CountCause.ACQUIRED,
                            confirmBy,
                            POLICY_VERSION);
            var confirmed = new DownloadConfirmed(download, new TitleId(title), at);
            return kept ? List.of(counted, confirmed) : List.of(counted);
        }
    }

    record LicenseFact(LicenseIssued issued, List<CustomerEvent> since) implements Fact {

        LicenseFact of(String title) {
            return term(new TitleId(title), issued.device(), issued.type(), issued.issuedAt());
        }

        LicenseFact on(String device) {
            return term(issued.title(), new DeviceId(device), issued.type(), issued.issuedAt());
        }

        LicenseFact streaming() {
            return term(issued.title(), issued.device(), LicenseType.STREAMING, issued.issuedAt());
        }

        LicenseFact issuedAt(Instant at) {
            return term(issued.title(), issued.device(), issued.type(), at);
        }

        LicenseFact under(String plan) {
            return new LicenseFact(
                    new LicenseIssued(
                            issued.license(),
                            issued.title(),
                            issued.studio(),
                            issued.device(),
                            issued.type(),
                            new PlanId(plan),
                            issued.issuedAt(),
                            issued.expiresAt(),
                            issued.playbackDuration(),
                            issued.confirmBy(),
                            issued.policyVersion()),
                    since);
        }

        /** Sets the end of the rental duration; null for never. */
        LicenseFact until(Instant expiresAt) {
            return end(expiresAt, issued.playbackDuration(), issued.confirmBy());
        }

        LicenseFact playsFor(Duration playbackDuration) {
            return end(issued.expiresAt(), playbackDuration, issued.confirmBy());
        }

        LicenseFact heldUntil(Instant confirmBy) {
            return end(issued.expiresAt(), issued.playbackDuration(), confirmBy);
        }

        LicenseFact confirmed() {
            return then(new LicenseConfirmed(issued.license(), issued.issuedAt(), null));
        }

        LicenseFact firstPlayedAt(Instant at) {
            return then(new LicenseFirstPlayed(issued.license(), at, at));
        }

        LicenseFact renewedAt(Instant at, Instant until) {
            return then(new LicenseRenewed(issued.license(), at, until, POLICY_VERSION));
        }

        /** A node has granted the license although these rules forbade it. */
        LicenseFact overLimit(String... rules) {
            return then(
                    new ProvisionalLicenseReconciled(
                            issued.license(), NOW, in(days(1)), List.of(rules)));
        }

        LicenseFact releasedAt(Instant at) {
            return then(new LicenseReleased(issued.license(), at, ReleaseCause.MEMBER, null));
        }

        LicenseFact revokedAt(Instant at) {
            return then(new LicenseRevoked(issued.license(), at, null));
        }

        @Override
        public List<CustomerEvent> events() {
            return Stream.concat(Stream.of(issued), since.stream()).toList();
        }

        private LicenseFact term(TitleId title, DeviceId device, LicenseType type, Instant at) {
            return new LicenseFact(
                    new LicenseIssued(
                            issued.license(),
                            title,
                            studioOf(title.value()),
                            device,
                            type,
                            issued.plan(),
                            at,
                            issued.expiresAt(),
                            issued.playbackDuration(),
                            issued.confirmBy(),
                            issued.policyVersion()),
                    since);
        }

        private LicenseFact end(Instant expiresAt, Duration playback, Instant confirmBy) {
            return new LicenseFact(
                    new LicenseIssued(
                            issued.license(),
                            issued.title(),
                            issued.studio(),
                            issued.device(),
                            issued.type(),
                            issued.plan(),
                            issued.issuedAt(),
                            expiresAt,
                            playback,
                            confirmBy,
                            issued.policyVersion()),
                    since);
        }

        private LicenseFact then(CustomerEvent event) {
            var events = new ArrayList<>(since);
            events.add(event);
            return new LicenseFact(issued, List.copyOf(events));
        }
    }
}
