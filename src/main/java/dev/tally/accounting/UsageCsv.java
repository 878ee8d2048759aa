package dev.tally.accounting;

/**
 * Writes usage as CSV (RFC 4180), with a line of names first. A value that a spreadsheet would take
 * for a formula is written behind an apostrophe, as ids are given by callers.
 */
public final class UsageCsv {

    private static final String NAMES =
            "day,studioId,titleId,licenseType,acquired,active,renewed,released,revoked,plays,overLimit";

    private static final String LINE_END = "\r\n";

    /** Characters that begin a formula, and those that a spreadsheet skips before one. */
    private static final String BEGINS_FORMULA = "=+-@\t\r\n|%＝＋－＠";

    private UsageCsv() {}

    public static String text(Usage usage) {
        var text = new StringBuilder(NAMES).append(LINE_END);
        for (var row : usage.days()) {
            text.append(row.day())
                    .append(',')
                    .append(value(usage.studioId()))
                    .append(',')
                    .append(value(row.titleId()))
                    .append(',')
                    .append(row.licenseType());
            for (int count :
                    new int[] {
                        row.acquired(),
                        row.active(),
                        row.renewed(),
                        row.released(),
                        row.revoked(),
                        row.plays(),
                        row.overLimit()
                    }) {
                text.append(',').append(count);
            }
            text.append(LINE_END);
        }
        return text.toString();
    }

    /** One value, in quotation marks whatever it is. */
    static String value(String text) {
        var first = text.stripLeading();
        var isFormula =
                BEGINS_FORMULA.indexOf(text.charAt(0)) >= 0
                        || (!first.isEmpty() && BEGINS_FORMULA.indexOf(first.charAt(0)) >= 0);
        return '"' + (isFormula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
