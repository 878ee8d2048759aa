package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.local.Database;
import dev.tally.local.InstalledPostgres;
import dev.tally.local.Programs;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The database is lost, and a base backup that was taken under load is restored in its place, while
 * two nodes run on: with the write-ahead log up to the end, or alone.
 */
class BackupIT {

    private static TestFolder home;
    private static Path archived;
    private static int made;
    private static Path folder;
    private static InstalledPostgres server;
    private static NodePair nodes;

    private final Ledger ledger = new Ledger();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Programs.postgres().isPresent(), "PostgreSQL is not installed");
        home = TestFolder.in(Path.of("target/faults"));
        archived = Files.createDirectories(home.path().resolve("archived")).toAbsolutePath();
        folder = nextFolder();
        server =
                InstalledPostgres.start(
                        folder, Database.freePort(), archiving(), "--wal-segsize=1");
        var database = Database.provisioned(server, folder);
        nodes = NodePair.start(home.path(), database, Map.of());
    }

    private static Path nextFolder() {
        return home.path().resolve("server-" + ++made);
    }

    private static Map<String, String> archiving() {
        return Map.of(
                "archive_mode",
                "on",
                "archive_command",
                "test -e %1$s/%%f || cp %%p %1$s/%%f".formatted(archived));
    }

    @AfterAll
    static void stop() throws IOException {
        if (nodes != null) nodes.close();
        if (server != null) server.close();
        if (home == null) return;
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    @Test
    void a_backup_with_its_log_to_the_end_has_all_that_was_acknowledged() throws Exception {
        try (var members = nodes.members(ledger)) {
            var settings = new HashMap<>(archiving());
            settings.put("restore_command", "cp %s/%%f %%p".formatted(archived));
            var backup = backup(settings);
            NodePair.awaitMore(ledger);
            server.kill();
            NodePair.awaitPromises(ledger);
            saveLog();
            Files.createFile(backup.data().resolve("recovery.signal"));
            restored(backup);

            var lost =
                    nodes.recover(
                            "backup and its log restored",
                            ledger,
                            members,
                            Database.on(server),
                            true);
            assertThat(lost).isEmpty();
        }
    }

    @Test
    void what_a_backup_alone_lacks_is_found_and_said() throws Exception {
        try (var members = nodes.members(ledger)) {
            var backup = backup(Map.of());
            NodePair.awaitStored(ledger);
            server.kill();
            NodePair.awaitPromises(ledger);
            restored(backup);

            var lost =
                    nodes.recover(
                            "backup alone restored", ledger, members, Database.on(server), true);
            assertThat(lost).hasSizeGreaterThanOrEqualTo(NodePair.SOME / 2);
        }
    }

    /** A backup that is taken now. */
    private static InstalledPostgres backup(Map<String, String> settings) throws IOException {
        return InstalledPostgres.backup(
                nextFolder(), server.port(), settings, server.port(), folder.resolve("archive"));
    }

    /**
     * Archives what the server had not archived, as an administrator does who still has its disk.
     */
    private static void saveLog() throws IOException {
        try (var segments = Files.list(server.data().resolve("pg_wal"))) {
            for (var segment : segments.filter(Files::isRegularFile).toList()) {
                var saved = archived.resolve(segment.getFileName());
                if (Files.notExists(saved)) Files.copy(segment, saved);
            }
        }
    }

    private static void restored(InstalledPostgres backup) throws IOException {
        backup.start();
        server = backup;
        folder = backup.data().getParent();
    }
}
