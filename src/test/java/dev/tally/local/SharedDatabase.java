package dev.tally.local;

import java.io.IOException;
import java.io.UncheckedIOException;

/** One migrated database that all tests of a JVM share. Each test uses customers of its own. */
public final class SharedDatabase {

    private static final Database DATABASE = start();

    private SharedDatabase() {}

    public static Database get() {
        return DATABASE;
    }

    private static Database start() {
        try {
            var database = Database.forTests().migrated();
            Runtime.getRuntime().addShutdownHook(new Thread(database::close));
            return database;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
