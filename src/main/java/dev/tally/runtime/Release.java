package dev.tally.runtime;

/**
 * Which release this is, as table {@code release} counts them. A release that runs beside the one
 * before it on one database keeps the names that it uses for one release more.
 */
public final class Release {

    /** Grows by one with each release. */
    public static final int NUMBER = 1;

    /** The oldest release that can work on a database that this one has migrated. */
    public static final int OLDEST_SERVED = 1;

    private Release() {}
}
