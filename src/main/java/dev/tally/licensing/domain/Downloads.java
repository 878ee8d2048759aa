package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.ids.DownloadId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The counted downloads of one customer, by title: what yearly limits count. */
public record Downloads(PMap<TitleId, TitleDownloads> byTitle) {

    public static final Downloads NONE = new Downloads(HashTreePMap.empty());

    public static Downloads evolve(Downloads downloads, String eventId, DownloadEvent event) {
        return switch (event) {
            case DownloadCounted e ->
                    downloads.with(
                            e.title(),
                            downloads
                                    .of(e.title())
                                    .count(
                                            new Download(
                                                    e.download(),
                                                    eventId,
                                                    e.license(),
                                                    e.countedAt(),
                                                    e.confirmBy(),
                                                    null)));
            case DownloadConfirmed e ->
                    downloads.with(e.title(), downloads.of(e.title()).confirm(e.download()));
            case DownloadWaived e -> downloads.waive(e);
        };
    }

    /** Waives a download. One that lies so far back that it was dropped counts for nothing. */
    private Downloads waive(DownloadWaived event) {
        var ofTitle = byTitle.get(event.title());
        return ofTitle == null
                ? this
                : with(event.title(), ofTitle.waive(event.download(), event.waivedAt()));
    }

    /** A download that is known here; empty if it never was counted, or was dropped. */
    public Optional<Download> find(DownloadId id) {
        return byTitle.values().stream()
                .flatMap(of -> of.downloads().stream())
                .filter(download -> download.id().equals(id))
                .findFirst();
    }

    /** The downloads without those that no decision from a time on can need. */
    public Downloads compact(Instant now) {
        return new Downloads(
                HashTreePMap.from(
                        byTitle.entrySet().stream()
                                .map(e -> Map.entry(e.getKey(), e.getValue().compact(now)))
                                .filter(e -> !e.getValue().isEmpty())
                                .collect(
                                        Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
    }

    /** True if any download is left that a title's year counts. */
    public boolean isLive() {
        return !byTitle.isEmpty();
    }

    public Stream<DownloadId> ids() {
        return byTitle.values().stream().flatMap(of -> of.downloads().stream()).map(Download::id);
    }

    TitleDownloads of(TitleId title) {
        return byTitle.getOrDefault(title, TitleDownloads.NONE);
    }

    /**
     * The downloads of a title that its year counts now, each by the event that counted it, with
     * the time from which it counts no more; null: it counts for ever.
     */
    public Map<String, Instant> counting(TitleId title, Policy policy, Instant now) {
        var until = new HashMap<String, Instant>();
        of(title)
                .inYear(policy.yearWindow(), now)
                .forEach(counted -> until.put(counted.eventId(), counted.until()));
        return until;
    }

    /** The downloads counted for the license that still wait for its confirmation. */
    Stream<Download> unconfirmed(License license, Instant now) {
        return of(license.title())
                .recent(now)
                .filter(d -> d.license().equals(license.id()))
                // An earlier license, which has ended, may have had the same id.
                .filter(d -> !d.countedAt().isBefore(license.issuedAt()))
                .filter(d -> d.confirmBy() != null);
    }

    private Downloads with(TitleId title, TitleDownloads changed) {
        return new Downloads(byTitle.plus(title, changed));
    }
}
