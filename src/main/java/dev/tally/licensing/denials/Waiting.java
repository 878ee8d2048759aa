package dev.tally.licensing.denials;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.TitleId;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Denials that wait to be stored, and become one row or are added to one.
 *
 * @param id id of the row, if there is none yet
 * @param count number of denials
 * @param last the last of them
 * @param since moment, in ticks, at which the first of them began to wait
 */
record Waiting(Key key, String id, int count, Instant firstAt, Denial last, long since) {

    /** What denials of one row have in common. */
    record Key(
            CustomerId customer,
            Instant hour,
            Denial.Kind kind,
            DeviceId device,
            TitleId title,
            List<String> rules) {

        static Key of(Denial denial) {
            return new Key(
                    denial.customer(),
                    denial.at().truncatedTo(ChronoUnit.HOURS),
                    denial.kind(),
                    denial.subject().device(),
                    denial.subject().title(),
                    denial.rules());
        }
    }

    static Waiting of(Denial denial, String id, long since) {
        return new Waiting(Key.of(denial), id, 1, denial.at(), denial, since);
    }

    /** These denials and others of the same row that began to wait later. */
    Waiting with(Waiting later) {
        return new Waiting(
                key,
                id,
                count + later.count,
                firstAt.isAfter(later.firstAt) ? later.firstAt : firstAt,
                last.at().isAfter(later.last.at()) ? last : later.last,
                since);
    }
}
