package dev.tally.licensing.domain;

import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.licensing.events.DownloadId;

import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The counted downloads of one title, oldest first.
 *
 * @param windowStart where the year opened that was in force when older downloads were let go;
 *     null: none were
 */
public record TitleDownloads(PVector<Download> downloads, Instant windowStart) {

    static final TitleDownloads NONE = new TitleDownloads(TreePVector.empty(), null);

    TitleDownloads count(Download download) {
        return new TitleDownloads(downloads.plus(download), windowStart);
    }

    TitleDownloads confirm(DownloadId id) {
        for (int i = 0; i < downloads.size(); i++) {
            if (downloads.get(i).id().equals(id)) {
                return new TitleDownloads(
                        downloads.with(i, downloads.get(i).confirmed()), windowStart);
            }
        }
        throw new IllegalStateException("no download " + id + " to confirm");
    }

    /** What the title's year counts now, each with the time from which it counts no more. */
    List<Counted> inYear(YearWindow window, Instant now) {
        return switch (window) {
            case ROLLING ->
                    counting(now)
                            .map(d -> Counted.of(d, Times.yearAfter(d.countedAt())))
                            .filter(counted -> counted.until().isAfter(now))
                            .toList();
            case FROM_FIRST_DOWNLOAD -> inYearFromFirst(now);
        };
    }

    /**
     * Without the oldest downloads, those that lie more than a year back: no window can reach them.
     * Only from the front: a year from 29 February can end before one that opened on the 28th, and
     * that one still counts what came after it.
     */
    TitleDownloads compact(Instant now) {
        var start = windowStart;
        var kept = downloads;
        while (!kept.isEmpty() && !isRecent(kept.getFirst(), now)) {
            start = windowOf(start, kept.getFirst(), now);
            kept = kept.minus(0);
        }
        // A year that was over before the first that is kept opens nothing any more.
        var over =
                start != null
                        && !kept.isEmpty()
                        && Times.isReached(Times.yearAfter(start), kept.getFirst().countedAt());
        return new TitleDownloads(kept, over ? null : start);
    }

    boolean isEmpty() {
        return downloads.isEmpty();
    }

    Stream<Download> recent(Instant now) {
        return downloads.stream().filter(d -> isRecent(d, now));
    }

    private List<Counted> inYearFromFirst(Instant now) {
        Instant start = windowStart;
        for (var download : downloads) {
            start = windowOf(start, download, now);
        }
        if (start == null || Times.isReached(Times.yearAfter(start), now)) {
            return List.of();
        }
        var opened = start;
        var counting = counting(now).filter(d -> !d.countedAt().isBefore(opened)).toList();
        var ends = Times.yearAfter(opensForGood(counting, opened));
        return counting.stream().map(d -> Counted.of(d, ends)).toList();
    }

    /**
     * Where the year opens once the holds before its first confirmed download have lapsed. They
     * lapse within it: a hold is shorter than a year.
     */
    private static Instant opensForGood(List<Download> counting, Instant opened) {
        return counting.stream()
                .filter(d -> d.confirmBy() == null)
                .map(Download::countedAt)
                .findFirst()
                .orElse(opened);
    }

    private static Instant windowOf(Instant start, Download download, Instant now) {
        if (!download.countsAt(now)) {
            return start;
        }
        var opensNext =
                start == null || Times.isReached(Times.yearAfter(start), download.countedAt());
        return opensNext ? download.countedAt() : start;
    }

    private Stream<Download> counting(Instant now) {
        return downloads.stream().filter(d -> d.countsAt(now));
    }

    private static boolean isRecent(Download download, Instant now) {
        return !Times.isReached(Times.yearAfter(download.countedAt()), now);
    }
}
