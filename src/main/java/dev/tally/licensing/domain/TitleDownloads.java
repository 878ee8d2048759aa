package dev.tally.licensing.domain;

import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.DownloadId;

import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The counted downloads of one title, oldest first: those of the last year and, where it lies
 * further back, the one that opened the year in force.
 *
 * <p>A waived download is not counted, but years stay as they were opened: if the next one opened
 * the year instead, the year would end later, and a year that is over might count again. A waiver
 * must not take anything away from the member.
 */
public record TitleDownloads(PVector<Download> downloads) {

    static final TitleDownloads NONE = new TitleDownloads(TreePVector.empty());

    /** The downloads with one more, which may be recorded after one that was counted later. */
    TitleDownloads count(Download download) {
        int place = downloads.size();
        while (place > 0 && downloads.get(place - 1).countedAt().isAfter(download.countedAt())) {
            place--;
        }
        return new TitleDownloads(downloads.plus(place, download));
    }

    TitleDownloads confirm(DownloadId id) {
        for (int i = 0; i < downloads.size(); i++) {
            if (downloads.get(i).id().equals(id)) {
                return new TitleDownloads(downloads.with(i, downloads.get(i).confirmed()));
            }
        }
        throw new IllegalStateException("no download " + id + " to confirm");
    }

    TitleDownloads waive(DownloadId id, Instant at) {
        for (int i = 0; i < downloads.size(); i++) {
            if (downloads.get(i).id().equals(id)) {
                return new TitleDownloads(downloads.with(i, downloads.get(i).waived(at)));
            }
        }
        return this;
    }

    /**
     * The downloads that the title's year counts now, each with the time from which it counts no
     * more.
     */
    List<Counted> inYear(YearWindow window, Instant now) {
        return switch (window) {
            case ROLLING ->
                    standing(now)
                            .filter(d -> !d.isWaived())
                            .map(d -> Counted.of(d, Times.yearAfter(d.countedAt())))
                            .filter(counted -> counted.until().isAfter(now))
                            .toList();
            case FROM_FIRST_DOWNLOAD -> inYearFromFirst(now);
        };
    }

    /**
     * The downloads without the oldest, those that lie more than a year back: no window can reach
     * them. Only the front is dropped: a year from 29 February can end before one that opened on
     * the 28th, and that one still counts what came after it. A download may yet be counted as far
     * back as {@link Reconciling#REACH_BACK}, so the year is measured from there.
     */
    TitleDownloads compact(Instant now) {
        var earliest = now.minus(Reconciling.REACH_BACK);
        Download opened = null;
        var kept = downloads;
        while (!kept.isEmpty() && !isRecent(kept.getFirst(), earliest)) {
            opened = openedBy(opened, kept.getFirst(), earliest);
            kept = kept.minus(0);
        }
        if (opened == null || kept.isEmpty() || isOver(opened, kept.getFirst().countedAt())) {
            return new TitleDownloads(kept);
        }
        return new TitleDownloads(kept.plus(0, opened));
    }

    boolean isEmpty() {
        return downloads.isEmpty();
    }

    Stream<Download> recent(Instant now) {
        return downloads.stream().filter(d -> isRecent(d, now));
    }

    /**
     * The year that counts now.
     *
     * @param from first time that belongs to the year
     * @param until time from which all of it counts no more; null: each download counts for a year
     *     of its own
     */
    record Year(Instant from, Instant until) {

        boolean counts(Instant at) {
            return !at.isBefore(from);
        }

        /** Time from which something that happened in the year counts no more. */
        Instant ends(Instant at) {
            return until == null ? Times.yearAfter(at) : until;
        }
    }

    /**
     * The year that counts now, for plays as well as downloads. Where no download opened a year, it
     * is the year up to now.
     */
    Year year(YearWindow window, Instant now) {
        var opened = window == YearWindow.FROM_FIRST_DOWNLOAD ? yearOpenedBy(now) : null;
        return opened == null
                ? new Year(Times.yearBefore(now), null)
                : new Year(opened.countedAt(), Times.yearAfter(opened.countedAt()));
    }

    private Download yearOpenedBy(Instant now) {
        Download opened = null;
        for (var download : downloads) {
            if (!download.countedAt().isAfter(now)) opened = openedBy(opened, download, now);
        }
        return opened == null || isOver(opened, now) ? null : opened;
    }

    private List<Counted> inYearFromFirst(Instant now) {
        var opened = yearOpenedBy(now);
        if (opened == null) {
            return List.of();
        }
        var start = opened.countedAt();
        var standing = standing(now).filter(d -> !d.countedAt().isBefore(start)).toList();
        var ends = Times.yearAfter(opensForGood(standing, start));
        return standing.stream().filter(d -> !d.isWaived()).map(d -> Counted.of(d, ends)).toList();
    }

    /**
     * Start of the year once the holds before its first confirmed download have lapsed. They lapse
     * within the year: a hold is shorter than a year.
     */
    private static Instant opensForGood(List<Download> standing, Instant opened) {
        return standing.stream()
                .filter(d -> d.confirmBy() == null)
                .map(Download::countedAt)
                .findFirst()
                .orElse(opened);
    }

    /** The download that opened the year in force, after one more download. */
    private static Download openedBy(Download opened, Download next, Instant now) {
        if (!next.standsAt(now)) {
            return opened;
        }
        return opened == null || isOver(opened, next.countedAt()) ? next : opened;
    }

    /** True if the year that a download opened has ended. */
    private static boolean isOver(Download opened, Instant now) {
        return !isRecent(opened, now);
    }

    private Stream<Download> standing(Instant now) {
        return downloads.stream().filter(d -> d.standsAt(now));
    }

    private static boolean isRecent(Download download, Instant now) {
        return !Times.isReached(Times.yearAfter(download.countedAt()), now);
    }
}
