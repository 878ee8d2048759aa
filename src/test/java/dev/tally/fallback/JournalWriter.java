package dev.tally.fallback;

import dev.tally.runtime.Ids;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The program that tests kill. It opens the journal of a folder, and its threads append entries for
 * ever. Of each that is written it prints the id and a full stop.
 */
final class JournalWriter {

    private static final int CONTENT_BYTES = 600;

    private JournalWriter() {}

    public static void main(String... arguments) throws InterruptedException {
        var journal = Journals.open(Path.of(arguments[0]));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (int i = Integer.parseInt(arguments[1]); i > 0; i--) {
            var customer = "customer-" + i;
            Thread.ofPlatform().start(() -> append(journal, customer, out));
        }
        Thread.currentThread().join();
    }

    private static void append(Journal journal, String customer, PrintStream out) {
        while (true) {
            var id = Ids.next();
            journal.append(new Entry(id, customer, Instant.now(), new byte[CONTENT_BYTES]));
            out.println(id + ".");
        }
    }
}
