package dev.tally.runtime;

import com.github.f4b6a3.ulid.UlidCreator;

import java.util.Locale;

/** New ids: 26 characters that sort by time. */
public final class Ids {

    private Ids() {}

    public static String next() {
        return UlidCreator.getMonotonicUlid().toString().toLowerCase(Locale.ROOT);
    }
}
