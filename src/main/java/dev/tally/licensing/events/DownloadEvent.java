package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;

import java.time.Instant;
import java.util.List;

/** An event of one counted download: yearly limits count downloads. */
public sealed interface DownloadEvent extends CustomerEvent {

    AggregateType AGGREGATE = new AggregateType(2, "Download");

    /**
     * All mappers of these events, one for each version; a released one is never changed or
     * removed.
     */
    static List<EventMapper<?>> mappers() {
        return List.of(DownloadCounted.V1, DownloadConfirmed.V1, DownloadWaived.V1);
    }

    DownloadId download();

    /**
     * A title was downloaded once more.
     *
     * @param confirmBy time from which the download counts for nothing unless confirmed; null: it
     *     counts anyway
     */
    record DownloadCounted(
            DownloadId download,
            TitleId title,
            LicenseId license,
            Instant countedAt,
            CountCause cause,
            Instant confirmBy,
            int policyVersion)
            implements DownloadEvent {
        static final EventMapper<DownloadCounted> V1 =
                EventMapper.of(
                                7,
                                "DownloadCounted/1",
                                AGGREGATE,
                                DownloadCounted.class,
                                e -> e.download().value())
                        .text("title", e -> e.title().value())
                        .text("license", e -> e.license().value())
                        .instant("countedAt", DownloadCounted::countedAt)
                        .name("cause", DownloadCounted::cause)
                        .instantOrNull("confirmBy", DownloadCounted::confirmBy)
                        .count("policyVersion", DownloadCounted::policyVersion)
                        .reads(
                                (id, in) ->
                                        new DownloadCounted(
                                                new DownloadId(id),
                                                new TitleId(in.text()),
                                                new LicenseId(in.text()),
                                                in.instant(),
                                                in.name(CountCause.class),
                                                in.instantOrNull(),
                                                in.count()));
    }

    /** The license of a download was confirmed in time, so the download keeps counting. */
    record DownloadConfirmed(DownloadId download, TitleId title, Instant confirmedAt)
            implements DownloadEvent {
        static final EventMapper<DownloadConfirmed> V1 =
                EventMapper.of(
                                8,
                                "DownloadConfirmed/1",
                                AGGREGATE,
                                DownloadConfirmed.class,
                                e -> e.download().value())
                        .text("title", e -> e.title().value())
                        .instant("confirmedAt", DownloadConfirmed::confirmedAt)
                        .reads(
                                (id, in) ->
                                        new DownloadConfirmed(
                                                new DownloadId(id),
                                                new TitleId(in.text()),
                                                in.instant()));
    }

    /**
     * The operator took a download out of the limits: it was counted, and counts no more.
     *
     * @param reason reason in the operator's words
     */
    record DownloadWaived(DownloadId download, TitleId title, Instant waivedAt, String reason)
            implements DownloadEvent {
        static final EventMapper<DownloadWaived> V1 =
                EventMapper.of(
                                18,
                                "DownloadWaived/1",
                                AGGREGATE,
                                DownloadWaived.class,
                                e -> e.download().value())
                        .text("title", e -> e.title().value())
                        .instant("waivedAt", DownloadWaived::waivedAt)
                        .text("reason", DownloadWaived::reason)
                        .reads(
                                (id, in) ->
                                        new DownloadWaived(
                                                new DownloadId(id),
                                                new TitleId(in.text()),
                                                in.instant(),
                                                in.text()));
    }

    /** Why a download was counted. */
    enum CountCause {
        ACQUIRED,
        RENEWED
    }
}
