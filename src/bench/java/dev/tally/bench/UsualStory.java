package dev.tally.bench;

import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Report.Kind;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Usual months of a member. Now and then there is an evening of downloads on one of one to three
 * devices. Most downloads are confirmed within minutes, many are played in the days after, and some
 * are renewed before they expire. Half of the played ones are released, the others expire. In
 * between a trailer is streamed. Most members do this rarely and few often; the mean is about 55
 * events a year.
 *
 * @param pace how many times as often as usual everything happens
 */
public record UsualStory(Catalogue catalogue, Instant from, Instant to, double pace)
        implements Story {

    private static final double MEAN_DOWNLOADS_OF_AN_EVENING = 2.5;

    UsualStory(Catalogue catalogue, Instant from, Instant to) {
        this(catalogue, from, to, 1);
    }

    @Override
    public void live(Member member, SplittableRandom chance) {
        new Life(member, chance).live();
    }

    private record Plan(Instant at, int order, Consumer<Instant> act) {}

    private final class Life {

        private final PriorityQueue<Plan> plans =
                new PriorityQueue<>(Comparator.comparing(Plan::at).thenComparingInt(Plan::order));
        private final Member member;
        private final SplittableRandom chance;
        private final int devices;
        private int plansMade;
        private int renames;

        Life(Member member, SplittableRandom chance) {
            this.member = member;
            this.chance = chance;
            this.devices = 1 + chance.nextInt(3);
        }

        void live() {
            var years = Duration.between(from, to).toDays() / 365.0;
            var evenings = downloadsOfAYear() * years / MEAN_DOWNLOADS_OF_AN_EVENING;
            for (int n = 0; n < Math.max(1, Math.round(evenings)); n++) {
                plan(evening(), this::download);
                if (happens(0.5)) plan(evening(), this::stream);
            }
            if (happens(0.1 * years)) {
                plan(evening(), at -> member.deactivate(device(), at));
            }
            while (!plans.isEmpty()) {
                var next = plans.poll();
                next.act.accept(next.at);
            }
        }

        private double downloadsOfAYear() {
            var kind = chance.nextDouble();
            var mean = kind < 0.70 ? 4 : kind < 0.95 ? 10 : 40;
            return pace * mean * chance.nextDouble(0.5, 1.5);
        }

        private Instant evening() {
            var day = from.plusMillis(chance.nextLong(Duration.between(from, to).toMillis()));
            return day.truncatedTo(ChronoUnit.DAYS)
                    .plus(Duration.ofHours(17))
                    .plusMillis(chance.nextLong(Duration.ofHours(6).toMillis()));
        }

        private void download(Instant evening) {
            var device = device();
            var at = evening;
            for (int left = 1 + chance.nextInt(4); left > 0; left--) {
                plan(at, now -> download(title(), device, now));
                at = after(at, Duration.ofSeconds(20), Duration.ofMinutes(2));
            }
        }

        private void download(Title title, DeviceId device, Instant now) {
            member.acquire(title, device, name(device), now)
                    .filter(license -> happens(0.95))
                    .ifPresent(license -> confirm(license, title, now));
        }

        private void confirm(LicenseId license, Title title, Instant now) {
            var stored = after(now, Duration.ofMinutes(1), Duration.ofMinutes(15));
            plan(stored, at -> member.confirm(license, at));
            if (happens(0.15)) {
                plan(
                        after(stored, Duration.ofDays(20), Duration.ofDays(29)),
                        at -> member.renew(license, title, at));
            }
            if (happens(0.65)) {
                play(license, title, after(stored, Duration.ofMinutes(1), Duration.ofDays(12)));
            }
        }

        private void play(LicenseId license, Title title, Instant start) {
            plan(start, at -> member.start(license, title, at).ifPresent(s -> watch(s, at)));
            if (happens(0.5)) {
                plan(
                        after(start, Duration.ofMinutes(30), Duration.ofDays(2)),
                        at -> member.release(license, at));
            }
        }

        private void watch(SessionId session, Instant start) {
            var end = after(start, Duration.ofMinutes(20), Duration.ofMinutes(110));
            if (happens(0.3)) {
                plan(start.plusSeconds(600), at -> member.report(session, Kind.PAUSE, at));
                plan(start.plusSeconds(900), at -> member.report(session, Kind.RESUME, at));
            }
            plan(end, at -> member.report(session, Kind.STOP, at));
        }

        /** Streams a trailer, whose player sends a keepalive each minute. */
        private void stream(Instant start) {
            var title = title();
            member.stream(title, device(), start)
                    .flatMap(license -> member.start(license, title, start.plusSeconds(2)))
                    .ifPresent(session -> watchStream(session, start));
        }

        private void watchStream(SessionId session, Instant start) {
            var end = after(start, Duration.ofMinutes(1), Duration.ofMinutes(8));
            for (var at = start.plusSeconds(62); at.isBefore(end); at = at.plusSeconds(60)) {
                plan(at, now -> member.report(session, Kind.KEEPALIVE, now));
            }
            plan(end, at -> member.report(session, Kind.STOP, at));
        }

        /** Plans an act, unless it is after the end of the story. */
        private void plan(Instant at, Consumer<Instant> act) {
            if (!at.isBefore(from) && at.isBefore(to)) {
                plans.add(new Plan(at, plansMade++, act));
            }
        }

        private Instant after(Instant start, Duration least, Duration most) {
            return start.plusMillis(chance.nextLong(least.toMillis(), most.toMillis()));
        }

        private boolean happens(double probability) {
            return chance.nextDouble() < probability;
        }

        /** A random title; some titles are much more popular than others. */
        private Title title() {
            var place = chance.nextDouble();
            return catalogue.title((int) (place * place * catalogue.titles().size()));
        }

        private DeviceId device() {
            return new DeviceId("device-" + (1 + Math.min(chance.nextInt(4), devices - 1)));
        }

        private String name(DeviceId device) {
            if (happens(0.01)) {
                renames++;
            }
            return "My " + device + (renames == 0 ? "" : " " + renames);
        }
    }
}
