package dev.tally.licensing.domain;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A second implementation of the rules, as simple as possible: a log that is read from its first
 * line for every question. It is slow and has no snapshots.
 */
final class PlainModel {

    /** The limits; null means no limit. */
    record Terms(
            Integer devices,
            Integer perDevice,
            Integer perCustomer,
            Integer perStudio,
            Integer perTitle,
            boolean yearFromFirst,
            boolean countRenewals,
            Integer renewals,
            Duration renewAfter,
            boolean renewFromExpiry,
            Integer deactivations,
            Duration rental,
            Duration playback,
            Duration hold) {}

    /** The studio of a title, and when the title may be licensed; null means no bound. */
    record Shelf(String studio, Instant from, Instant until) {}

    /**
     * The result of a rule: the count, and when the rule will be satisfied if nothing else changes.
     */
    record Finding(Integer limit, Integer current, Instant next) {}

    private enum What {
        ISSUED,
        CONFIRMED,
        PLAYED,
        RENEWED,
        ENDED,
        COUNTED,
        WAIVED,
        ON,
        OFF
    }

    /** One line of the log. Parts that do not apply to it are null. */
    private record Line(
            What what,
            Instant at,
            String license,
            String title,
            String device,
            Instant rentalEnd,
            Duration playback,
            Instant hold) {}

    private final List<Line> log = new ArrayList<>();
    private final Map<String, Shelf> titles;

    /** The lines that are waived: each is another, whatever it says. */
    private final Set<Line> waived = Collections.newSetFromMap(new IdentityHashMap<>());

    PlainModel(Map<String, Shelf> titles) {
        this.titles = titles;
    }

    // State.

    boolean isActive(String license, Instant now) {
        return log.stream().noneMatch(l -> l.what == What.ENDED && is(l, license))
                && before(now, expiry(license));
    }

    /** The earliest time at which the license ends; null if it never does. */
    Instant expiry(String license) {
        var ends = new TreeSet<Instant>();
        Instant rentalEnd = null;
        for (var line : of(license)) {
            if (line.what == What.ISSUED || line.what == What.RENEWED) {
                rentalEnd = line.rentalEnd;
            }
            if (line.what == What.PLAYED && issued(license).playback != null) {
                ends.add(line.at.plus(issued(license).playback));
            }
        }
        Stream.of(rentalEnd, isConfirmed(license) ? null : issued(license).hold)
                .filter(Objects::nonNull)
                .forEach(ends::add);
        return ends.isEmpty() ? null : ends.first();
    }

    List<String> active(Instant now) {
        return log.stream()
                .filter(l -> l.what == What.ISSUED && isActive(l.license, now))
                .map(Line::license)
                .sorted()
                .toList();
    }

    /** The active license for a title on a device; null if there is none. */
    String existing(String title, String device, Instant now) {
        return active(now).stream()
                .filter(l -> issued(l).title.equals(title) && issued(l).device.equals(device))
                .findFirst()
                .orElse(null);
    }

    boolean isConfirmed(String license) {
        return of(license).stream().anyMatch(l -> l.what == What.CONFIRMED || isPlay(l));
    }

    boolean isPlayed(String license) {
        return of(license).stream().anyMatch(PlainModel::isPlay);
    }

    String deviceOf(String license) {
        return issued(license).device;
    }

    String titleOf(String license) {
        return issued(license).title;
    }

    boolean isKnown(String device) {
        return log.stream().anyMatch(l -> l.what == What.ON && device.equals(l.device));
    }

    boolean isOn(String device) {
        return log.stream()
                .filter(l -> l.what == What.ON || l.what == What.OFF)
                .filter(l -> device.equals(l.device))
                .reduce((first, last) -> last)
                .filter(l -> l.what == What.ON)
                .isPresent();
    }

    // Decisions: the violated rules, each with its result.

    Map<Rule, Finding> acquire(String title, String device, Terms terms, Instant now) {
        var violated = new TreeMap<Rule, Finding>();
        shelf(violated, title, now);
        if (!devicesHolding(now).contains(device)) {
            count(
                    violated,
                    Rule.MAX_DOWNLOAD_DEVICES,
                    terms.devices,
                    now,
                    t -> devicesHolding(t).size());
        }
        count(
                violated,
                Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                terms.perDevice,
                now,
                t -> activeWhere(t, l -> l.device.equals(device)));
        count(
                violated,
                Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                terms.perCustomer,
                now,
                t -> activeWhere(t, l -> true));
        var studio = titles.get(title).studio;
        count(
                violated,
                Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                terms.perStudio,
                now,
                t -> activeWhere(t, l -> titles.get(l.title).studio.equals(studio)));
        year(violated, title, terms, now);
        return violated;
    }

    Map<Rule, Finding> confirm(String license, Instant now) {
        var violated = new TreeMap<Rule, Finding>();
        mustBeActive(violated, license, now);
        return violated;
    }

    Map<Rule, Finding> renew(String license, Terms terms, Instant now) {
        var violated = new TreeMap<Rule, Finding>();
        mustBeActive(violated, license, now);
        shelf(violated, titleOf(license), now);
        if (terms.countRenewals) {
            year(violated, titleOf(license), terms, now);
        }
        var renewed = of(license).stream().filter(l -> l.what == What.RENEWED).toList();
        if (terms.renewals != null && renewed.size() >= terms.renewals) {
            violated.put(Rule.MAX_RENEWALS, new Finding(terms.renewals, renewed.size(), null));
        }
        var started = renewed.isEmpty() ? issued(license).at : renewed.getLast().at;
        if (terms.renewAfter != null && now.isBefore(started.plus(terms.renewAfter))) {
            violated.put(Rule.RENEW_AFTER, new Finding(null, null, started.plus(terms.renewAfter)));
        }
        return violated;
    }

    Map<Rule, Finding> deactivate(Terms terms, Instant now) {
        var violated = new TreeMap<Rule, Finding>();
        count(
                violated,
                Rule.MAX_DEACTIVATIONS_PER_YEAR,
                terms.deactivations,
                now,
                this::deactivationsInYear);
        return violated;
    }

    /** How much of each quota is used. */
    Map<Rule, Integer> used(String title, String device, Terms terms, Instant now) {
        var studio = titles.get(title).studio;
        return new TreeMap<>(
                Map.of(
                        Rule.MAX_DOWNLOAD_DEVICES,
                        devicesHolding(now).size(),
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                        activeWhere(now, l -> l.device.equals(device)),
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                        active(now).size(),
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                        activeWhere(now, l -> titles.get(l.title).studio.equals(studio)),
                        Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                        downloadsInYear(title, terms.yearFromFirst, now),
                        // Nothing is streamed and no session is reported in tests with this model.
                        Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                        0,
                        Rule.MAX_CONCURRENT_STREAMS,
                        0,
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        deactivationsInYear(now)));
    }

    // Events.

    void issue(String license, String title, String device, Terms terms, Instant now) {
        var until = titles.get(title).until;
        var rentalEnd = terms.rental == null ? null : now.plus(terms.rental);
        var end = rentalEnd == null || (until != null && until.isBefore(rentalEnd));
        var hold = terms.hold == null ? null : now.plus(terms.hold);
        if (!isOn(device)) {
            log.add(new Line(What.ON, now, null, null, device, null, null, null));
        }
        log.add(
                new Line(
                        What.ISSUED,
                        now,
                        license,
                        title,
                        device,
                        end ? until : rentalEnd,
                        terms.playback,
                        hold));
        log.add(new Line(What.COUNTED, now, license, title, null, null, null, null));
    }

    void confirmed(String license, Instant now) {
        add(What.CONFIRMED, license, now, null);
    }

    void played(String license, Instant now) {
        add(What.PLAYED, license, now, null);
    }

    /** Whether a renewal would move the expiry. */
    boolean renewalMoves(String license, Terms terms, Instant now) {
        var played = of(license).stream().filter(PlainModel::isPlay).findFirst();
        var playback = issued(license).playback;
        var playbackEnd =
                played.isEmpty() || playback == null ? null : played.get().at.plus(playback);
        var hold = isConfirmed(license) ? null : issued(license).hold;
        var cap = earlier(playbackEnd, hold);
        var before = earlier(rentalEnd(license), cap);
        return !Objects.equals(before, earlier(renewedEnd(license, terms, now), cap));
    }

    private static Instant earlier(Instant a, Instant b) {
        return a == null || (b != null && b.isBefore(a)) ? b : a;
    }

    void renewed(String license, Terms terms, Instant now) {
        add(What.RENEWED, license, now, renewedEnd(license, terms, now));
        if (terms.countRenewals) {
            log.add(new Line(What.COUNTED, now, license, titleOf(license), null, null, null, null));
        }
    }

    private Instant renewedEnd(String license, Terms terms, Instant now) {
        var old = rentalEnd(license);
        Instant end = null;
        if (terms.rental != null && !(terms.renewFromExpiry && old == null)) {
            end = (terms.renewFromExpiry ? old : now).plus(terms.rental);
        }
        var until = titles.get(titleOf(license)).until;
        if (until != null && (end == null || until.isBefore(end))) {
            end = until;
        }
        if (old == null || (end != null && end.isBefore(old))) {
            end = old;
        }
        return end;
    }

    /** Waives one of the counted downloads, by its place among them; false if it is waived. */
    boolean waive(int place, Instant now) {
        var counted = log.stream().filter(l -> l.what == What.COUNTED).toList().get(place);
        var isNew = waived.add(counted);
        if (isNew) add(What.WAIVED, counted.license, now, null);
        return isNew;
    }

    void ended(String license, Instant now) {
        add(What.ENDED, license, now, null);
    }

    void off(String device, Instant now) {
        for (var license : active(now)) {
            if (deviceOf(license).equals(device)) {
                ended(license, now);
            }
        }
        log.add(new Line(What.OFF, now, null, null, device, null, null, null));
    }

    // Counting.

    private List<String> devicesHolding(Instant now) {
        return active(now).stream().map(this::deviceOf).distinct().toList();
    }

    private int activeWhere(Instant now, Predicate<Line> where) {
        return (int) active(now).stream().map(this::issued).filter(where).count();
    }

    private int deactivationsInYear(Instant now) {
        return (int)
                log.stream()
                        .filter(l -> l.what == What.OFF && now.isBefore(yearAfter(l.at)))
                        .count();
    }

    private int downloadsInYear(String title, boolean fromFirst, Instant now) {
        var lines =
                log.stream()
                        .filter(l -> l.what == What.COUNTED && l.title.equals(title))
                        .filter(l -> isConfirmed(l.license) || before(now, issued(l.license).hold))
                        .toList();
        if (!fromFirst) {
            return notWaived(lines.stream().filter(l -> now.isBefore(yearAfter(l.at))));
        }
        // A waived download still opens the year that it opened.
        while (!lines.isEmpty()) {
            var end = yearAfter(lines.getFirst().at);
            if (now.isBefore(end)) {
                return notWaived(lines.stream());
            }
            lines = lines.stream().filter(l -> !l.at.isBefore(end)).toList();
        }
        return 0;
    }

    private int notWaived(Stream<Line> counted) {
        return (int) counted.filter(l -> !waived.contains(l)).count();
    }

    private void year(Map<Rule, Finding> violated, String title, Terms terms, Instant now) {
        count(
                violated,
                Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                terms.perTitle,
                now,
                t -> downloadsInYear(title, terms.yearFromFirst, t));
    }

    /** Checks whether one more fits. If not, tries every time at which something ends. */
    private void count(
            Map<Rule, Finding> violated,
            Rule rule,
            Integer limit,
            Instant now,
            Function<Instant, Integer> counting) {
        var current = counting.apply(now);
        if (limit != null && current + 1 > limit) {
            var next =
                    endings().stream()
                            .filter(t -> t.isAfter(now) && counting.apply(t) + 1 <= limit)
                            .findFirst()
                            .orElse(null);
            violated.put(rule, new Finding(limit, current, next));
        }
    }

    private void shelf(Map<Rule, Finding> violated, String title, Instant now) {
        var shelf = titles.get(title);
        if (!before(now, shelf.until)) {
            violated.put(Rule.TITLE_AVAILABILITY, new Finding(null, null, null));
        } else if (shelf.from != null && now.isBefore(shelf.from)) {
            violated.put(Rule.TITLE_AVAILABILITY, new Finding(null, null, shelf.from));
        }
    }

    private void mustBeActive(Map<Rule, Finding> violated, String license, Instant now) {
        if (!isActive(license, now)) {
            violated.put(Rule.LICENSE_ACTIVE, new Finding(null, null, null));
        }
    }

    private SortedSet<Instant> endings() {
        var times = new TreeSet<Instant>();
        for (var line : log) {
            times.add(yearAfter(line.at));
            Stream.of(line.hold, line.license == null ? null : expiry(line.license))
                    .filter(Objects::nonNull)
                    .forEach(times::add);
        }
        return times;
    }

    private Instant rentalEnd(String license) {
        Instant end = null;
        for (var line : of(license)) {
            end = line.what == What.ISSUED || line.what == What.RENEWED ? line.rentalEnd : end;
        }
        return end;
    }

    private void add(What what, String license, Instant at, Instant rentalEnd) {
        log.add(new Line(what, at, license, null, null, rentalEnd, null, null));
    }

    private Line issued(String license) {
        return log.stream()
                .filter(l -> l.what == What.ISSUED && is(l, license))
                .findFirst()
                .orElseThrow();
    }

    private List<Line> of(String license) {
        return log.stream().filter(l -> is(l, license)).toList();
    }

    private static boolean is(Line line, String license) {
        return license.equals(line.license);
    }

    private static boolean isPlay(Line line) {
        return line.what == What.PLAYED;
    }

    private static boolean before(Instant now, Instant end) {
        return end == null || now.isBefore(end);
    }

    private static Instant yearAfter(Instant time) {
        var local = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
        return local.withYear(local.getYear() + 1).toInstant(ZoneOffset.UTC);
    }
}
