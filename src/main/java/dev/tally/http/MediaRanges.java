package dev.tally.http;

import java.util.regex.Pattern;

/**
 * Syntax of the headers {@code Accept} and {@code Content-Type} (RFC 9110, sections 8.3 and
 * 12.5.1). The container logs a stack trace for what it cannot parse, so the gate refuses that
 * before.
 */
final class MediaRanges {

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
    private static final String QUOTED = "\"(?:[^\"\\\\]|\\\\.)*+\"";
    private static final String WEIGHT = "[qQ]=(?:0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?)";
    private static final String PARAMETER =
            "(?:"
                    + WEIGHT
                    + "(?=[\\s;,]|$)|(?![qQ]=)"
                    + TOKEN
                    + "=(?:"
                    + TOKEN
                    + "|"
                    + QUOTED
                    + "))";
    private static final String RANGE = TOKEN + "/" + TOKEN + "(?:\\s*+;\\s*+" + PARAMETER + ")*+";

    private static final Pattern TYPE = Pattern.compile("\\s*+" + RANGE + "\\s*+");
    private static final Pattern LIST =
            Pattern.compile("\\s*+(?:" + RANGE + ")?+(?:\\s*+,\\s*+(?:" + RANGE + ")?+)*+\\s*+");

    private MediaRanges() {}

    /** True if a header {@code Accept} can be read; null: it is missing. */
    static boolean isAccept(String header) {
        return header == null || LIST.matcher(header).matches();
    }

    /** True if a header {@code Content-Type} can be read; null: it is missing. */
    static boolean isContentType(String header) {
        return header == null || TYPE.matcher(header).matches();
    }
}
