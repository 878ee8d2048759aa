package dev.tally.http;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads query parameters and conditional headers, or throws a problem that says what a value has to
 * be.
 */
public final class Parameters {

    /** Entries on a page unless the caller asks for another number. */
    static final int DEFAULT_LIMIT = 50;

    static final int MAX_LIMIT = 200;

    /** How far the clock of a caller, or of another node, is ahead at most. */
    private static final Duration MOST_THAT_CLOCKS_DIFFER = Duration.ofSeconds(30);

    /** Format of the cursors that this version gives. Another version may use another format. */
    private static final String CURSOR_VERSION = "1";

    private static final Pattern CURSOR =
            Pattern.compile("([0-9]{1,4}):([^\\p{Cc}\\p{Cs}]{1,256})");

    /** A number from 1 to 999,999,999. No customer has as many events. */
    private static final Pattern EVENT_ID = Pattern.compile("[1-9][0-9]{0,8}");

    private static final Pattern STRONG_TAG = Pattern.compile("\"([^\"]{1,64})\"");

    private static final Pattern MAX_STALE =
            Pattern.compile("max-stale\\s*(?:=(.*))?", Pattern.CASE_INSENSITIVE);

    /** A number of seconds. A client may quote it. */
    private static final Pattern SECONDS = Pattern.compile("\\s*(\"?)0*([0-9]{1,10})\\1\\s*");

    private static final Duration ANY_AGE = ChronoUnit.FOREVER.getDuration();

    /**
     * Earliest time that a caller may name. No history is older, and PostgreSQL's times reach
     * further than anyone needs.
     */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private static final int EARLIEST_YEAR = 2000;

    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private Parameters() {}

    /** The time that a text names, to the microsecond; null for null. */
    public static Instant instant(String name, String text) {
        if (text == null) {
            return null;
        }
        try {
            var at = Instant.parse(text).truncatedTo(ChronoUnit.MICROS);
            if (!at.isBefore(EARLIEST) && at.isBefore(LATEST)) {
                return at;
            }
        } catch (DateTimeException e) {
            throw invalid(name + " must be an instant in UTC such as 2026-11-21T08:00:00Z.");
        }
        throw invalid(
                name
                        + " must lie between "
                        + Json.text(EARLIEST)
                        + " and "
                        + Json.text(LATEST)
                        + ".");
    }

    /** The day that a text names. */
    public static LocalDate day(String name, String text) {
        if (text != null && DAY.matcher(text).matches()) {
            try {
                var day = LocalDate.parse(text);
                if (day.getYear() >= EARLIEST_YEAR) return day;
            } catch (DateTimeException e) {
                throw notADay(name);
            }
        }
        throw notADay(name);
    }

    private static ProblemException notADay(String name) {
        return invalid(name + " must be a day from 2000-01-01 on, such as 2026-11-21.");
    }

    /**
     * The time that a text names; null for null. A time up to {@link #MOST_THAT_CLOCKS_DIFFER}
     * ahead of this node's clock is {@code now}; a later one is refused.
     */
    public static Instant asOf(String text, Instant now) {
        var at = instant("asOf", text);
        if (at == null || !at.isAfter(now)) return at;
        if (at.isAfter(now.plus(MOST_THAT_CLOCKS_DIFFER))) {
            throw invalid("asOf must lie between " + Json.text(EARLIEST) + " and now.");
        }
        return now;
    }

    /**
     * A time from which a caller wants something to be. It was now when the caller wrote it, and is
     * in the past once it is read: up to {@link #MOST_THAT_CLOCKS_DIFFER} before {@code now} is
     * {@code now}.
     */
    public static Instant from(Instant asked, Instant now) {
        var isNow = asked.isBefore(now) && !asked.isBefore(now.minus(MOST_THAT_CLOCKS_DIFFER));
        return isNow ? now : asked;
    }

    /** The flag that a text names; false for null. */
    public static boolean flag(String name, String text) {
        if (text == null || text.equals("false")) return false;
        if (text.equals("true")) return true;
        throw invalid(name + " must be true or false.");
    }

    /** The number of an event that a text names; null for null. */
    public static Integer eventId(String name, String text) {
        if (text == null) return null;
        if (EVENT_ID.matcher(text).matches()) return Integer.valueOf(text);
        throw invalid(name + " must be the number of an event, such as 1042.");
    }

    /** Number of entries on a page; the default for null. */
    public static int limit(String text) {
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        try {
            var limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            throw invalid("limit must be a number from 1 to " + MAX_LIMIT + ".");
        }
        throw invalid("limit must be a number from 1 to " + MAX_LIMIT + ".");
    }

    /** The constant that a text names. */
    public static <E extends Enum<E>> E oneOf(String name, Class<E> type, String text) {
        return anyOf(name, type, List.of(text)).iterator().next();
    }

    /** The constants that texts name; all constants if there is no text. */
    public static <E extends Enum<E>> Set<E> anyOf(String name, Class<E> type, List<String> texts) {
        if (texts.isEmpty()) {
            return EnumSet.allOf(type);
        }
        var named = EnumSet.noneOf(type);
        for (var text : texts) {
            named.add(
                    Arrays.stream(type.getEnumConstants())
                            .filter(constant -> constant.name().equals(text))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            invalid(
                                                    name
                                                            + " must be one of "
                                                            + Arrays.toString(
                                                                    type.getEnumConstants())
                                                            + ".")));
        }
        return named;
    }

    /** Key of the entry that a cursor's page begins after; null without a cursor. */
    public static String after(String cursor) {
        if (cursor == null) {
            return null;
        }
        var format = CURSOR.matcher(decoded(cursor));
        if (!format.matches()) {
            throw notACursor();
        }
        if (!format.group(1).equals(CURSOR_VERSION)) {
            throw invalid(
                    "cursor is of format %s; this version knows only %s: begin with the first page."
                            .formatted(format.group(1), CURSOR_VERSION));
        }
        return format.group(2);
    }

    /** Number of the entry that a cursor's page begins after; the given one without a cursor. */
    public static int after(String cursor, int withoutCursor) {
        if (cursor == null) return withoutCursor;
        try {
            return Integer.parseInt(after(cursor));
        } catch (NumberFormatException e) {
            throw notACursor();
        }
    }

    private static String decoded(String cursor) {
        try {
            return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw notACursor();
        }
    }

    /** The problem of a cursor that no page ever gave. */
    public static ProblemException notACursor() {
        return invalid("cursor must be the next of an earlier answer.");
    }

    /** The cursor of the page that begins after the entry {@code last}. */
    public static String cursorAfter(String last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((CURSOR_VERSION + ":" + last).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The one strong entity tag of an {@code If-Match}; null without that header or for {@code *}.
     */
    public static String ifMatch(String header) {
        if (header == null || header.strip().equals("*")) {
            return null;
        }
        var tag = STRONG_TAG.matcher(header.strip());
        if (!tag.matches()) {
            throw invalid("If-Match must be one strong entity tag, or *.");
        }
        return tag.group(1);
    }

    /**
     * Age that the {@code max-stale} of a {@code Cache-Control} allows an answer (RFC 9111, section
     * 5.2.1.2); null without it. Other directives mean nothing here.
     */
    public static Duration maxStale(String header) {
        for (var directive : header.split(",", -1)) {
            var stale = MAX_STALE.matcher(directive.strip());
            if (!stale.matches()) continue;
            var argument = stale.group(1);
            if (argument == null) return ANY_AGE;
            var seconds = SECONDS.matcher(argument);
            if (!seconds.matches()) {
                throw invalid("max-stale of Cache-Control must be a number of seconds.");
            }
            return Duration.ofSeconds(Long.parseLong(seconds.group(2)));
        }
        return null;
    }

    private static ProblemException invalid(String detail) {
        return new ProblemException(ProblemType.INVALID_REQUEST, detail);
    }
}
