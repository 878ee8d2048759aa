package dev.tally.fallback;

import static dev.tally.fallback.Journals.NOON;
import static dev.tally.fallback.Journals.NO_LIMIT;
import static dev.tally.fallback.Journals.entry;
import static dev.tally.fallback.Journals.ids;
import static dev.tally.fallback.Journals.large;
import static dev.tally.fallback.Journals.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

class JournalTest {

    private static final int THREADS = 16;

    @TempDir Path folder;

    private final List<Journal> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(Journal::stop);
    }

    private Journal open() {
        var journal = Journals.open(folder);
        opened.add(journal);
        return journal;
    }

    private Journal begin(long maxEntries, Duration maxWait) {
        var journal = Journals.begin(folder, maxEntries, maxWait);
        opened.add(journal);
        return journal;
    }

    @Test
    void an_entry_is_there_until_it_is_removed() {
        var journal = open();
        assertThat(journal.isEmpty()).isTrue();
        assertThat(journal.oldestAt()).isEmpty();

        journal.append(entry("e1", "anna", NOON));

        assertThat(journal.isEmpty()).isFalse();
        assertThat(journal.size()).isEqualTo(1);
        assertThat(journal.oldestAt()).contains(NOON);
        var found = only(journal);
        assertThat(found.customerId()).isEqualTo("anna");
        assertThat(found.at()).isEqualTo(NOON);
        assertThat(found.content()).asString().isEqualTo("content of e1");
        assertThat(journal.of("bert")).isEmpty();

        journal.remove("e1");
        journal.remove("e1");
        journal.remove("never-there");

        assertThat(journal.isEmpty()).isTrue();
        assertThat(journal.oldestAt()).isEmpty();
        assertThat(ids(journal)).isEmpty();
        assertThat(journal.of("anna")).isEmpty();
    }

    private static Entry only(Journal journal) {
        var entries = journal.page("", 2);
        assertThat(entries).hasSize(1);
        return entries.getFirst();
    }

    @Test
    void an_entry_that_is_there_already_stays_as_it_was() {
        var journal = open();
        journal.append(entry("e1", "anna", NOON));

        journal.append(entry("e1", "bert", NOON.plusSeconds(1)));

        assertThat(journal.size()).isEqualTo(1);
        assertThat(only(journal).customerId()).isEqualTo("anna");
    }

    @Test
    void a_rehearsed_entry_is_never_there() {
        var journal = open();
        journal.append(entry("e1", "anna", NOON));

        journal.rehearse(entry("e2", "anna", NOON.minusSeconds(1)));

        assertThat(journal.size()).isEqualTo(1);
        assertThat(journal.of("anna")).extracting(Entry::id).containsExactly("e1");
        assertThat(journal.oldestAt()).contains(NOON);
    }

    @Test
    void a_time_keeps_its_microseconds() {
        var journal = open();
        journal.append(entry("e1", "anna", Instant.parse("2026-11-26T12:00:00.123456789Z")));

        assertThat(only(journal).at()).isEqualTo(Instant.parse("2026-11-26T12:00:00.123456Z"));
    }

    @Test
    void a_customers_entries_come_oldest_first() {
        var journal = open();
        journal.append(entry("e3", "anna", NOON.plusSeconds(2)));
        journal.append(entry("e9", "anna", NOON));
        journal.append(entry("e2", "anna", NOON.plusSeconds(1)));
        journal.append(entry("e1", "anna", NOON.plusSeconds(2)));
        journal.append(entry("e0", "bert", NOON));

        assertThat(journal.of("anna"))
                .extracting(Entry::id)
                .containsExactly("e9", "e2", "e1", "e3");
    }

    @Test
    void the_entry_that_waits_longest_tells_the_age() {
        var journal = open();
        journal.append(entry("e1", "anna", NOON.plusSeconds(3)));
        journal.append(entry("e2", "bert", NOON.plusSeconds(1)));
        journal.append(entry("e3", "carl", NOON.plusSeconds(2)));
        journal.append(entry("e4", "anna", NOON));
        journal.append(entry("e5", "bert", NOON.plusSeconds(4)));

        assertThat(journal.oldestAt()).contains(NOON);
    }

    @Test
    void pages_go_by_id() {
        var journal = open();
        for (var id : List.of("e3", "e1", "e4", "e2")) journal.append(entry(id, "anna", NOON));

        assertThat(journal.page("", 3)).extracting(Entry::id).containsExactly("e1", "e2", "e3");
        assertThat(journal.page("e3", 3)).extracting(Entry::id).containsExactly("e4");
        assertThat(journal.page("e4", 3)).isEmpty();
    }

    @Test
    void many_threads_append_read_and_remove_at_once() throws Exception {
        var journal = open();
        var each = 100;
        var kept = new ArrayList<String>();
        var work = new ArrayList<Callable<Void>>();
        for (int thread = 0; thread < THREADS; thread++) {
            var customer = "customer-%02d".formatted(thread);
            for (int i = 0; i < each; i += 2) kept.add("%s-%03d".formatted(customer, i));
            work.add(() -> appendAndRemove(journal, customer, each));
        }

        try (var executor = Executors.newFixedThreadPool(THREADS)) {
            for (var done : executor.invokeAll(work)) done.get();
        }

        assertThat(ids(journal)).containsExactlyElementsOf(kept);
        assertThat(journal.size()).isEqualTo(kept.size());
    }

    /** Each second entry is removed. */
    private static Void appendAndRemove(Journal journal, String customer, int entries) {
        for (int i = 0; i < entries; i++) {
            var id = "%s-%03d".formatted(customer, i);
            journal.append(entry(id, customer, NOON.plusMillis(i)));
            assertThat(journal.of(customer)).last().extracting(Entry::id).isEqualTo(id);
            if (i % 2 == 1) journal.remove(id);
        }
        return null;
    }

    @Test
    void a_full_journal_refuses_until_an_entry_is_removed() {
        var journal = begin(3, Journal.MAX_WAIT);
        for (var id : List.of("e1", "e2", "e3")) journal.append(entry(id, "anna", NOON));

        assertThatThrownBy(() -> journal.append(entry("e4", "anna", NOON)))
                .isInstanceOf(JournalUnavailable.class)
                .hasMessage("The journal has 3 entries");
        assertThat(ids(journal)).containsExactly("e1", "e2", "e3");
        assertThat(journal.isWritable()).isTrue();

        journal.remove("e2");
        journal.append(entry("e4", "anna", NOON));

        assertThat(ids(journal)).containsExactly("e1", "e3", "e4");
    }

    @Test
    void a_content_has_64_KiB_at_most() {
        var journal = open();
        journal.append(large("e1", Journal.MAX_ENTRY_BYTES));

        assertThatThrownBy(() -> journal.append(large("e2", Journal.MAX_ENTRY_BYTES + 1)))
                .isInstanceOf(JournalUnavailable.class);
        assertThat(ids(journal)).containsExactly("e1");
    }

    @Test
    void entries_outlive_a_restart() {
        var first = open();
        for (int i = 0; i < 10; i++) first.append(entry("e" + i, "anna", NOON.plusSeconds(i)));
        first.remove("e0");
        first.stop();
        assertThatThrownBy(() -> first.append(entry("late", "anna", NOON)))
                .isInstanceOf(JournalUnavailable.class);
        assertThat(first.isWritable()).isFalse();
        assertThat(names(folder)).containsExactly("journal.lock", JournalFile.NAME);

        var second = open();

        assertThat(second.size()).isEqualTo(9);
        assertThat(second.oldestAt()).contains(NOON.plusSeconds(1));
        assertThat(second.of("anna")).extracting(Entry::id).startsWith("e1").endsWith("e9");
    }

    @Test
    void only_the_owner_can_read_the_files() throws IOException {
        open().append(entry("e1", "anna", NOON));

        for (var name : names(folder)) {
            var permissions = Files.getPosixFilePermissions(folder.resolve(name));
            assertThat(PosixFilePermissions.toString(permissions)).as(name).isEqualTo("rw-------");
        }
    }

    @Test
    void a_journal_from_which_all_is_removed_becomes_small() {
        var journal = open();
        var empty = journal.bytes();
        for (int i = 0; i < 50; i++) journal.append(large("e" + i, Journal.MAX_ENTRY_BYTES));
        assertThat(journal.bytes()).isGreaterThan(empty + 50L * Journal.MAX_ENTRY_BYTES);

        for (int i = 0; i < 50; i++) journal.remove("e" + i);

        await().until(() -> journal.bytes() <= empty);
    }

    @Test
    void an_operator_can_read_the_file_of_a_running_node() throws SQLException {
        open().append(entry("e1", "anna", NOON));

        try (var tool = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = tool.createStatement();
                var row =
                        statement.executeQuery(
                                "select id, customer_id, datetime(at / 1000000, 'unixepoch')"
                                        + " from entry")) {
            assertThat(row.getString(1)).isEqualTo("e1");
            assertThat(row.getString(2)).isEqualTo("anna");
            assertThat(row.getString(3)).isEqualTo("2026-11-26 12:00:00");
        }
    }

    /** What was there before stays, even if somebody writes it again. */
    @ParameterizedTest
    @ValueSource(strings = {"late", "first"})
    void an_entry_whose_caller_gave_up_is_removed(String late) throws SQLException {
        var journal = begin(NO_LIMIT, Duration.ofMillis(200));
        await().until(journal::isWritable);
        journal.append(entry("first", "anna", NOON));
        try (var tool = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = tool.createStatement()) {
            statement.execute("begin immediate");
            assertThatThrownBy(() -> journal.append(entry(late, "anna", NOON)))
                    .isInstanceOf(JournalUnavailable.class)
                    .hasMessageContaining("took longer");
            await().until(() -> !journal.isWritable());
            statement.execute("rollback");
        }

        await().until(journal::isWritable);
        journal.append(entry("next", "anna", NOON));

        assertThat(ids(journal)).containsExactly("first", "next");
        assertThat(journal.size()).isEqualTo(2);
    }

    @Test
    void a_disk_that_stays_busy_refuses_and_recovers() throws SQLException {
        var journal = open();
        try (var tool = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = tool.createStatement()) {
            statement.execute("begin immediate");
            assertThatThrownBy(() -> journal.append(entry("e1", "anna", NOON)))
                    .isInstanceOf(JournalUnavailable.class);
            await().until(() -> !journal.isWritable());
        }

        await().until(journal::isWritable);
        journal.append(entry("e2", "anna", NOON));

        assertThat(ids(journal)).containsExactly("e2");
    }

    @Test
    void a_folder_that_cannot_be_made_is_used_once_it_can() throws IOException {
        var obstacle = folder.resolve("in-the-way");
        Files.writeString(obstacle, "no folder");
        var journal = Journals.begin(obstacle, NO_LIMIT, Journal.MAX_WAIT);
        opened.add(journal);

        assertThatThrownBy(() -> journal.append(entry("e1", "anna", NOON)))
                .isInstanceOf(JournalUnavailable.class);
        assertThat(journal.isWritable()).isFalse();
        assertThat(journal.isEmpty()).isTrue();
        assertThatThrownBy(() -> journal.of("anna")).isInstanceOf(JournalUnavailable.class);

        Files.delete(obstacle);
        await().until(journal::isWritable);
        journal.append(entry("e1", "anna", NOON));
    }

    @Test
    void a_damaged_file_is_moved_aside_and_a_new_one_begun() throws IOException {
        var damaged = "no journal at all".repeat(1_000).getBytes(StandardCharsets.UTF_8);
        Files.write(file(), damaged);

        var journal = open();
        journal.append(entry("e1", "anna", NOON));

        assertThat(ids(journal)).containsExactly("e1");
        assertThat(Files.readAllBytes(broken())).isEqualTo(damaged);
    }

    @Test
    void damage_within_a_file_is_noticed() throws IOException {
        var before = open();
        for (int i = 0; i < 20; i++) before.append(large("e" + i, 10_000));
        before.stop();
        var damaged = Files.readAllBytes(file());
        // The second half of the file, without its header.
        IntStream.range(damaged.length / 2, damaged.length).forEach(i -> damaged[i] ^= 0x55);
        Files.write(file(), damaged);

        var journal = open();

        assertThat(journal.isEmpty()).isTrue();
        assertThat(Files.readAllBytes(broken())).isEqualTo(damaged);
    }

    @Test
    void a_file_of_a_newer_release_is_not_touched() throws Exception {
        open().stop();
        try (var newer = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = newer.createStatement()) {
            statement.execute("pragma user_version = 2");
        }

        var journal = begin(NO_LIMIT, Journal.MAX_WAIT);

        assertThatThrownBy(() -> journal.append(entry("e1", "anna", NOON)))
                .isInstanceOf(JournalUnavailable.class);
        assertThat(names(folder)).contains(JournalFile.NAME).noneMatch(n -> n.contains("broken"));
    }

    @Test
    void one_journal_at_a_time_is_open_in_a_folder() {
        var first = open();
        first.append(entry("e1", "anna", NOON));
        var second = begin(NO_LIMIT, Journal.MAX_WAIT);

        assertThatThrownBy(() -> second.append(entry("e2", "anna", NOON)))
                .isInstanceOf(JournalUnavailable.class);
        assertThat(second.isWritable()).isFalse();
        first.append(entry("e3", "anna", NOON));

        first.stop();
        await().until(second::isWritable);
        assertThat(ids(second)).containsExactly("e1", "e3");
    }

    private Path file() {
        return folder.resolve(JournalFile.NAME);
    }

    private Path broken() {
        return names(folder).stream()
                .filter(name -> name.startsWith(JournalFile.NAME + ".broken-"))
                .map(folder::resolve)
                .findFirst()
                .orElseThrow();
    }
}
