package dev.tally.accounting;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * Usage of a studio's titles on some days (UTC).
 *
 * @param from first day
 * @param to last day
 * @param closed true if the figures never change any more
 * @param countedUntil time before which everything that was stored is counted, but not later than
 *     the end of the last day
 * @param days a row for each title on each day on which something changed, by day, title and type;
 *     on the first day for each title with active licenses
 */
public record Usage(
        String studioId,
        LocalDate from,
        LocalDate to,
        boolean closed,
        Instant countedUntil,
        List<UsageRow> days) {

    private static final Comparator<UsageRow> ORDER =
            Comparator.comparing(UsageRow::day)
                    .thenComparing(UsageRow::titleId)
                    .thenComparing(UsageRow::licenseType);

    private record Line(String title, String type) {}

    public Usage {
        days = List.copyOf(days);
    }

    /**
     * The usage that rows tell.
     *
     * @param rows rows by day, from the first day of a month, not after {@code from}, on
     * @param openFrom first day that is not closed
     * @param countedUntil time before which everything is counted
     */
    static Usage of(
            List<UsageRow> rows,
            String studio,
            LocalDate from,
            LocalDate to,
            LocalDate openFrom,
            Instant countedUntil) {
        var end = to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return new Usage(
                studio,
                from,
                to,
                to.isBefore(openFrom),
                countedUntil.isBefore(end) ? countedUntil : end,
                days(rows, from));
    }

    private static List<UsageRow> days(List<UsageRow> rows, LocalDate from) {
        var before = new HashMap<Line, UsageRow>();
        var days = new ArrayList<UsageRow>();
        for (var row : rows) {
            var last = before.put(new Line(row.titleId(), row.licenseType()), row);
            if (row.day().isBefore(from)) continue;
            var wasActive = last == null ? 0 : last.active();
            var isNews = !row.isQuiet() || row.active() != wasActive;
            // Months tell on their first day what is active, which is no change.
            if (isNews || row.day().equals(from)) days.add(row);
            if (last != null && last.day().isBefore(from) && !row.day().equals(from)) {
                opening(days, last, from);
            }
        }
        for (var row : before.values()) {
            if (row.day().isBefore(from)) opening(days, row, from);
        }
        days.sort(ORDER);
        return days;
    }

    private static void opening(List<UsageRow> days, UsageRow last, LocalDate from) {
        if (last.active() != 0) days.add(last.unchangedOn(from));
    }
}
