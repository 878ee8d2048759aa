package dev.tally.licensing.domain;

import dev.tally.catalog.Scope;
import dev.tally.licensing.domain.Evaluation.Count;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.Renewal;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One check for each {@link Rule}. */
final class Checks {

    private static final Comparator<Instant> NEVER_LAST =
            Comparator.nullsLast(Comparator.naturalOrder());

    /** Order of event ids. They are numbers as text: the longer is the greater. */
    private static final Comparator<String> BY_EVENT =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private Checks() {}

    /** Checks that the license has not expired and was not released or revoked. */
    static Evaluation licenseActive(Rule rule, Request request) {
        var ending = request.license().endingAt(request.at());
        return ending == null
                ? satisfied(rule, request)
                : found(rule, request, false, Count.NONE, null, List.of(Remedy.ACQUIRE), ending);
    }

    /**
     * Checks that the license keeps to the rules. One that was granted beyond them, while the store
     * was away, ends when it was said to.
     */
    static Evaluation licenseOverLimit(Rule rule, Request request) {
        var license = request.license();
        return license.overLimit().isEmpty()
                ? satisfied(rule, request)
                : violated(rule, request, List.of(license.reconciledBy()), null, Remedy.ACQUIRE);
    }

    /** Finds that the device has a license for the title already. */
    static Evaluation secondLicense(Rule rule, Request request) {
        var other = request.license().issuedBy();
        return violated(rule, request, List.of(other), null, Remedy.ACQUIRE);
    }

    /**
     * Checks that the license is for a download. A stream lives by its session: it is neither
     * confirmed nor renewed.
     */
    static Evaluation downloadLicense(Rule rule, Request request) {
        return request.license().type() == LicenseType.DOWNLOAD
                ? satisfied(rule, request)
                : violated(rule, request, List.of(), null);
    }

    /** Checks that the title may be licensed now. */
    static Evaluation titleAvailability(Rule rule, Request request) {
        var start = request.title().availabilityStart();
        if (Times.isReached(request.title().availabilityEnd(), request.at())) {
            return violated(rule, request, List.of(), null);
        }
        return start == null || Times.isReached(start, request.at())
                ? satisfied(rule, request)
                : violated(rule, request, List.of(), start, Remedy.WAIT);
    }

    /**
     * Counts devices that hold an active download license; a device that does already takes no
     * more.
     */
    static Evaluation downloadDevices(Rule rule, Request request) {
        var byDevice = active(request).collect(Collectors.groupingBy(License::device));
        var counted = byDevice.values().stream().map(Checks::lastToEnd).toList();
        var takes = request.device() != null && byDevice.containsKey(request.device()) ? 0 : 1;
        return count(rule, request, counted, takes, Remedy.RELEASE, Remedy.DEACTIVATE);
    }

    static Evaluation activeDownloadsOnDevice(Rule rule, Request request) {
        return countActive(
                rule, request, active(request).filter(l -> l.device().equals(request.device())));
    }

    static Evaluation activeDownloads(Rule rule, Request request) {
        return countActive(rule, request, active(request));
    }

    static Evaluation activeDownloadsOfStudio(Rule rule, Request request) {
        var studio = request.title().studio();
        return countActive(rule, request, active(request).filter(l -> l.studio().equals(studio)));
    }

    /** Counts downloads of the title in its year: those that count now. */
    static Evaluation downloadsInYear(Rule rule, Request request) {
        var downloads = request.account().downloads().of(request.title().id());
        var counted = downloads.inYear(request.policy().yearWindow(), request.now());
        return count(rule, request, counted, 1);
    }

    /** Counts sessions on downloads of the title, in the year that counts its downloads. */
    static Evaluation playbacksInYear(Rule rule, Request request) {
        var year =
                request.account()
                        .downloads()
                        .of(request.title().id())
                        .year(request.policy().yearWindow(), request.now());
        var counted =
                request.account()
                        .sessions()
                        .of(request.title().id())
                        .filter(playback -> year.counts(playback.at()))
                        .filter(playback -> !playback.at().isAfter(request.at()))
                        .map(p -> new Counted(p.eventId(), year.ends(p.at())))
                        .toList();
        return count(rule, request, counted, 1);
    }

    /** Counts active streaming licenses: each is one stream. */
    static Evaluation concurrentStreams(Rule rule, Request request) {
        var streams =
                request.account()
                        .licenses()
                        .activeStreams(request.at())
                        .filter(stream -> stream.isKeptAt(request.now()) && stream.counts());
        return count(rule, request, streams.map(Counted::of).toList(), 1, Remedy.RELEASE);
    }

    /** Counts renewals of the license. Time does not bring them back: a new license does. */
    static Evaluation renewals(Rule rule, Request request) {
        var license = request.license();
        var limit = request.policy().limit(rule.key());
        var satisfied = limit == null || license.renewals() < limit;
        var named = license.lastRenewals().stream().map(Renewal::eventId).toList();
        return found(
                rule,
                request,
                satisfied,
                new Count(limit, license.renewals(), named),
                null,
                satisfied ? List.of() : List.of(Remedy.ACQUIRE),
                null);
    }

    /** Checks the time since issue or last renewal. */
    static Evaluation renewAfter(Rule rule, Request request) {
        var license = request.license();
        var wait = request.policy().duration(rule.key());
        var from = Times.plus(license.clockStartedAt(), wait);
        return from == null || Times.isReached(from, request.at())
                ? satisfied(rule, request)
                : violated(rule, request, List.of(license.clockStartedBy()), from, Remedy.WAIT);
    }

    /** Counts deactivations of the customer's devices in the last year. */
    static Evaluation deactivationsInYear(Rule rule, Request request) {
        return count(rule, request, request.account().devices().inYear(request.at()), 1);
    }

    private static Evaluation countActive(Rule rule, Request request, Stream<License> licenses) {
        return count(rule, request, licenses.map(Counted::of).toList(), 1, Remedy.RELEASE);
    }

    private static Evaluation count(
            Rule rule, Request request, List<Counted> counted, int takes, Remedy... remedies) {
        var limit = request.policy().limit(rule.key());
        var satisfied = limit == null || takes == 0 || counted.size() + takes <= limit;
        var nextAllowedAt = satisfied ? null : whenOneFits(limit, counted);
        var events = counted.stream().map(Counted::eventId).sorted(BY_EVENT).toList();
        return found(
                rule,
                request,
                satisfied,
                new Count(limit, counted.size(), events),
                nextAllowedAt,
                satisfied || limit == 0 ? List.of() : withWait(remedies, nextAllowedAt),
                null);
    }

    private static Evaluation satisfied(Rule rule, Request request) {
        return found(rule, request, true, Count.NONE, null, List.of(), null);
    }

    private static Evaluation violated(
            Rule rule,
            Request request,
            List<String> counted,
            Instant nextAllowedAt,
            Remedy... remedies) {
        var count = new Count(null, null, counted);
        return found(rule, request, false, count, nextAllowedAt, List.of(remedies), null);
    }

    private static Evaluation found(
            Rule rule,
            Request request,
            boolean satisfied,
            Count count,
            Instant nextAllowedAt,
            List<Remedy> remedies,
            License.Ending ending) {
        return new Evaluation(
                rule, scope(rule, request), satisfied, count, nextAllowedAt, remedies, ending);
    }

    private static Scope scope(Rule rule, Request request) {
        return rule.key() == null ? null : request.policy().scope(rule.key());
    }

    private static Stream<License> active(Request request) {
        return request.activeDownloads().stream();
    }

    /** The license on one device that ends last: the device counts until then. */
    private static Counted lastToEnd(List<License> onOneDevice) {
        return onOneDevice.stream()
                .map(Counted::of)
                .max(Comparator.comparing(Counted::until, NEVER_LAST))
                .orElseThrow();
    }

    /**
     * Time at which so many of the counted have ended that one more fits; null: never by time
     * alone.
     */
    private static Instant whenOneFits(int limit, List<Counted> counted) {
        if (limit == 0) {
            return null;
        }
        var ends = new ArrayList<Instant>();
        counted.forEach(one -> ends.add(one.until()));
        ends.sort(NEVER_LAST);
        return ends.get(counted.size() - limit);
    }

    private static List<Remedy> withWait(Remedy[] remedies, Instant nextAllowedAt) {
        var all = new ArrayList<>(List.of(remedies));
        if (nextAllowedAt != null) {
            all.add(Remedy.WAIT);
        }
        return List.copyOf(all);
    }
}
