package dev.tally.runtime;

/**
 * Number of this release, as table {@code release} counts them. A release may run beside the one
 * before it on one database, so a database name stays for one more release after its last use.
 */
public final class Release {

    /** Grows by one with each release. */
    public static final int NUMBER = 1;

    /** The oldest release that can work on a database that this one has migrated. */
    public static final int OLDEST_SERVED = 1;

    private Release() {}
}
