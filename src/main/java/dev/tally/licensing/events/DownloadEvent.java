package dev.tally.licensing.events;

import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;

import java.time.Instant;

/** What has happened to one counted download: the number that yearly limits count. */
public sealed interface DownloadEvent extends LicensingEvent {

    DownloadId download();

    /**
     * One more download of the title.
     *
     * @param confirmBy it counts for nothing from then on unless confirmed; null: it counts anyway
     */
    record DownloadCounted(
            DownloadId download,
            TitleId title,
            LicenseId license,
            Instant countedAt,
            CountCause cause,
            Instant confirmBy,
            int policyVersion)
            implements DownloadEvent {}

    /** The license it was counted for was confirmed in time, so the download keeps counting. */
    record DownloadConfirmed(DownloadId download, TitleId title, Instant confirmedAt)
            implements DownloadEvent {}

    /** Why a download was counted. */
    enum CountCause {
        ACQUIRED,
        RENEWED
    }
}
