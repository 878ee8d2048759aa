package dev.tally.fallback;

import static dev.tally.fallback.Journals.NO_LIMIT;
import static dev.tally.fallback.Journals.entry;
import static dev.tally.fallback.Journals.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tally.fallback.Journals.Child;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Nodes that are killed with SIGKILL, and the files that they leave. */
class JournalKillTest {

    private static final int ROUNDS = 4;
    private static final int THREADS = 16;

    /** How many entries are written in each round before the kill. */
    private static final int FEWEST = 200;

    @TempDir Path home;

    @Test
    void every_acknowledged_entry_outlives_kills() throws Exception {
        var acknowledged = new HashSet<String>();
        for (int round = 1; round <= ROUNDS; round++) {
            acknowledged.addAll(killWhileWriting(home, round * FEWEST));
        }

        assertThat(idsIn(home)).containsAll(acknowledged).doesNotHaveDuplicates();
    }

    @Test
    void a_folder_is_free_once_its_node_is_dead() throws Exception {
        try (var other = new Child(home, 1)) {
            await().until(() -> !other.acknowledged().isEmpty());
            var journal = Journals.begin(home, NO_LIMIT, Journal.MAX_WAIT);
            try {
                assertThatThrownBy(() -> journal.append(entry("mine", "anna", Journals.NOON)))
                        .isInstanceOf(JournalUnavailable.class);
                assertThat(journal.isWritable()).isFalse();

                other.kill();
                await().until(journal::isWritable);
                journal.append(entry("mine", "anna", Journals.NOON));

                assertThat(Journals.ids(journal))
                        .contains("mine")
                        .containsAll(other.acknowledged());
            } finally {
                journal.stop();
            }
        }
    }

    @Test
    void the_journal_of_a_dead_node_is_taken_in_and_again_without_harm() throws Exception {
        var dead = Files.createDirectory(home.resolve("dead"));
        var folder = Files.createDirectory(home.resolve("alive"));
        var acknowledged = killWhileWriting(dead, FEWEST);
        Journals.move(dead, folder.resolve("journal-dead.sqlite"));
        assertThat(names(folder)).contains("journal-dead.sqlite-wal");

        var ids = idsWhenTaken(folder, "journal-dead.sqlite.taken");

        assertThat(ids).containsAll(acknowledged);
        assertThat(names(folder))
                .containsExactly("journal-dead.sqlite.taken", "journal.lock", "journal.sqlite");

        Files.copy(
                folder.resolve("journal-dead.sqlite.taken"), folder.resolve("journal-dead.sqlite"));

        assertThat(idsWhenTaken(folder, "journal-dead.sqlite.taken-2"))
                .containsExactlyElementsOf(ids);
    }

    @Test
    void the_journal_of_a_node_that_runs_is_left_alone() throws Exception {
        var running = Files.createDirectory(home.resolve("running"));
        var folder = Files.createDirectory(home.resolve("mine"));
        Set<String> acknowledged;
        try (var other = new Child(running, 1)) {
            await().until(() -> other.acknowledged().size() > 1);
            Journals.move(running, folder.resolve("journal-other.sqlite"));
            var journal = Journals.open(folder);
            journal.append(entry("mine", "anna", Journals.NOON));
            // The journal looks for others before it takes entries, and one was taken since.
            await().during(Journal.REST).until(() -> Journals.ids(journal).equals(List.of("mine")));
            journal.stop();
            assertThat(names(folder)).contains("journal-other.sqlite");
            acknowledged = other.acknowledged();
        }

        assertThat(idsWhenTaken(folder, "journal-other.sqlite.taken"))
                .contains("mine")
                .containsAll(acknowledged);
    }

    @Test
    void a_damaged_journal_of_another_node_is_left_as_it_is() throws Exception {
        var other = home.resolve("journal-other.sqlite");
        Files.writeString(other, "no journal at all".repeat(1_000));
        var before = Files.readString(other);
        var strange = home.resolve("journal-strange.sqlite");
        Files.createFile(strange);
        writeJournal(home.resolve("journal-whole.sqlite"), 10);

        assertThat(idsWhenTaken(home, "journal-whole.sqlite.taken")).hasSize(10);

        assertThat(other).hasContent(before);
        assertThat(strange).isEmptyFile();
    }

    @Test
    void taking_in_goes_on_after_a_kill() throws Exception {
        var entries = 20_000;
        var written = writeJournal(home.resolve("journal-other.sqlite"), entries);
        var log = home.resolve(JournalFile.NAME + "-wal");
        try (var child = new Child(home, 0)) {
            await().until(() -> Files.exists(log) && Files.size(log) > 1_000_000);
            child.kill();
        }
        assertThat(names(home)).contains("journal-other.sqlite");

        assertThat(idsWhenTaken(home, "journal-other.sqlite.taken"))
                .containsExactlyElementsOf(written);
    }

    /** Ids of the entries that the killed process had heard of. */
    private static Set<String> killWhileWriting(Path folder, int fewest) throws Exception {
        try (var child = new Child(folder, THREADS)) {
            await().until(() -> child.acknowledged().size() > fewest);
            child.kill();
            return child.acknowledged();
        }
    }

    private static List<String> idsIn(Path folder) {
        var journal = Journals.open(folder);
        try {
            return Journals.ids(journal);
        } finally {
            journal.stop();
        }
    }

    /** Ids of all entries once another journal has been taken in. */
    private static List<String> idsWhenTaken(Path folder, String name) {
        var journal = Journals.open(folder);
        try {
            await().until(() -> Files.exists(folder.resolve(name)));
            var ids = Journals.ids(journal);
            assertThat(journal.size()).isEqualTo(ids.size());
            return ids;
        } finally {
            journal.stop();
        }
    }

    /** Writes the journal of another node; returns the ids of its entries. */
    private static List<String> writeJournal(Path file, int entries)
            throws IOException, SQLException {
        var folder = Files.createTempDirectory(file.getParent(), "other-");
        var written = new ArrayList<Entry>();
        for (int i = 0; i < entries; i++) {
            written.add(Journals.entry("other-%06d".formatted(i), "anna", Journals.NOON));
        }
        try (var journal = JournalFile.open(folder, Journals.NOON)) {
            var unused = journal.write(written, List.of());
        }
        Journals.move(folder, file);
        return written.stream().map(Entry::id).toList();
    }
}
