package dev.tally.catalog;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The keys of a policy, in the order in which answers name them. A value of null means "no limit",
 * except for {@link #PROVISIONAL_DURATION}.
 *
 * <p>Each key has a default, its value where no policy sets it. A default never changes, since
 * nodes of two releases would decide differently. To replace one, write a new version of the global
 * policy.
 */
public enum PolicyKey {
    MAX_DOWNLOAD_DEVICES("maxDownloadDevices", Kind.COUNT, 4),
    MAX_ACTIVE_DOWNLOADS_PER_DEVICE("maxActiveDownloadsPerDevice", Kind.COUNT, 100),
    MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER("maxActiveDownloadsPerCustomer", Kind.COUNT, null),
    MAX_ACTIVE_DOWNLOADS_PER_STUDIO("maxActiveDownloadsPerStudio", Kind.COUNT, null),
    MAX_DOWNLOADS_PER_TITLE_PER_YEAR("maxDownloadsPerTitlePerYear", Kind.COUNT, 5),
    YEAR_WINDOW("yearWindow", Kind.YEAR_WINDOW, "ROLLING"),
    COUNT_RENEWALS("countRenewals", Kind.FLAG, false),
    MAX_PLAYBACKS_PER_TITLE_PER_YEAR("maxPlaybacksPerTitlePerYear", Kind.COUNT, null),
    MAX_RENEWALS("maxRenewals", Kind.COUNT, null),
    RENTAL_DURATION("rentalDuration", Kind.DURATION, "P30D"),
    PLAYBACK_DURATION("playbackDuration", Kind.DURATION, "PT48H"),
    RENEW_AFTER("renewAfter", Kind.DURATION, "PT0S"),
    RENEWAL_BASIS("renewalBasis", Kind.RENEWAL_BASIS, "FROM_NOW"),
    MAX_DEACTIVATIONS_PER_YEAR("maxDeactivationsPerYear", Kind.COUNT, 4),
    MAX_CONCURRENT_STREAMS("maxConcurrentStreams", Kind.COUNT, 4),
    KEEPALIVE_INTERVAL("keepaliveInterval", Kind.DURATION, "PT60S"),
    KEEPALIVE_GRACE("keepaliveGrace", Kind.DURATION, "PT60S"),
    CLOCK_SKEW_TOLERANCE("clockSkewTolerance", Kind.DURATION, "PT5M"),
    /**
     * Life of a license that a node grants while the store is away. Null: it grants none. Here null
     * switches off, because a license without an end must not be given out unrecorded.
     */
    PROVISIONAL_DURATION("provisionalDuration", Kind.DURATION, "PT24H"),
    /** Most provisional licenses that a node gives a device while the store is away. */
    MAX_PROVISIONAL_PER_DEVICE("maxProvisionalPerDevice", Kind.COUNT, 10),
    /** Most provisional licenses that a node gives a customer while the store is away. */
    MAX_PROVISIONAL_PER_CUSTOMER("maxProvisionalPerCustomer", Kind.COUNT, 40),
    UNCONFIRMED_HOLD("unconfirmedHold", Kind.DURATION, null, Duration.ofDays(90));

    /** The largest count a policy may set. */
    public static final int MAX_COUNT = 1_000_000;

    private static final Map<String, PolicyKey> BY_LABEL =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(PolicyKey::label, Function.identity()));

    private final String label;
    private final Kind kind;
    private final Duration longest;

    @SuppressWarnings("ImmutableEnumChecker") // what any kind of key takes is immutable
    private final Object defaultValue;

    PolicyKey(String label, Kind kind, Object defaultJson) {
        this(label, kind, defaultJson, Duration.ofDays(3_660));
    }

    PolicyKey(String label, Kind kind, Object defaultJson, Duration longest) {
        this.label = label;
        this.kind = kind;
        this.longest = longest;
        this.defaultValue = parse(defaultJson);
    }

    /** Name of the key in requests, answers and rows. */
    public String label() {
        return label;
    }

    /** The key's value where no policy sets it; null: no limit. */
    public Object defaultValue() {
        return defaultValue;
    }

    public static Optional<PolicyKey> of(String label) {
        return Optional.ofNullable(BY_LABEL.get(label));
    }

    /**
     * The key's value from JSON: a number, a text or a boolean.
     *
     * @throws IllegalArgumentException with a sentence for the caller if the value does not fit
     */
    public Object parse(Object json) {
        return json == null && kind.nullable() ? null : kind.parse(this, json);
    }

    /** A value as JSON: a duration as ISO 8601 text, a choice by its name. */
    public static Object toJson(Object value) {
        return switch (value) {
            case Duration days when isDays(days) -> "P" + days.toDays() + "D";
            case Duration time -> time.toString();
            case Enum<?> choice -> choice.name();
            case null, default -> value;
        };
    }

    /** True if a duration is written in days: P30D, but PT48H. */
    private static boolean isDays(Duration duration) {
        return duration.toDays() > 2 && duration.equals(Duration.ofDays(duration.toDays()));
    }

    /** Start of the years that {@link #MAX_DOWNLOADS_PER_TITLE_PER_YEAR} counts in. */
    public enum YearWindow {
        /** The year up to now. */
        ROLLING,
        /** A year from the first download; the first download after it opens the next year. */
        FROM_FIRST_DOWNLOAD
    }

    /** Time from which a renewal's rental duration runs. */
    public enum RenewalBasis {
        FROM_NOW,
        FROM_EXPIRY
    }

    private enum Kind {
        COUNT {
            @Override
            Object parse(PolicyKey key, Object json) {
                if (json instanceof Integer count && count >= 0 && count <= MAX_COUNT) {
                    return count;
                }
                throw mismatch(key, "a whole number from 0 to " + MAX_COUNT + " or null");
            }
        },
        DURATION {
            @Override
            Object parse(PolicyKey key, Object json) {
                try {
                    if (json instanceof String text && fits(key, Duration.parse(text))) {
                        return Duration.parse(text);
                    }
                } catch (DateTimeParseException e) {
                    throw mismatch(key, wanted(key));
                }
                throw mismatch(key, wanted(key));
            }

            private boolean fits(PolicyKey key, Duration duration) {
                return !duration.isNegative()
                        && duration.compareTo(key.longest) <= 0
                        && duration.equals(duration.truncatedTo(ChronoUnit.MILLIS));
            }

            private String wanted(PolicyKey key) {
                return "an ISO 8601 duration of days and time, from PT0S to P"
                        + key.longest.toDays()
                        + "D, down to milliseconds, or null";
            }
        },
        FLAG {
            @Override
            Object parse(PolicyKey key, Object json) {
                if (json instanceof Boolean) {
                    return json;
                }
                throw mismatch(key, "true or false");
            }

            @Override
            boolean nullable() {
                return false;
            }
        },
        YEAR_WINDOW {
            @Override
            Object parse(PolicyKey key, Object json) {
                return choice(key, PolicyKey.YearWindow.class, json);
            }

            @Override
            boolean nullable() {
                return false;
            }
        },
        RENEWAL_BASIS {
            @Override
            Object parse(PolicyKey key, Object json) {
                return choice(key, PolicyKey.RenewalBasis.class, json);
            }

            @Override
            boolean nullable() {
                return false;
            }
        };

        abstract Object parse(PolicyKey key, Object json);

        boolean nullable() {
            return true;
        }

        private static <E extends Enum<E>> E choice(PolicyKey key, Class<E> type, Object json) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> constant.name().equals(json))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    mismatch(
                                            key,
                                            "one of " + Arrays.toString(type.getEnumConstants())));
        }

        private static IllegalArgumentException mismatch(PolicyKey key, String wanted) {
            return new IllegalArgumentException(key.label() + " must be " + wanted);
        }
    }
}
