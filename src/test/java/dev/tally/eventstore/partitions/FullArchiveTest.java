package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.local.Database.Role;
import dev.tally.local.SmallDisk;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.Random;

/**
 * The archive's disk is full. The disk is a file system of its own, which root can mount; other
 * users skip the test, and so does a database in a container, which does not see the file system.
 */
class FullArchiveTest extends ArchiveFixture {

    private static final int MEGABYTES = 3;
    private static final int LONG_TEXT_BYTES = 12_000;
    private static final Period RETENTION = Period.ofMonths(4);

    private final Instant afterGrace = now.plus(31, ChronoUnit.DAYS);
    private SmallDisk disk;

    @BeforeEach
    void mountADisk() throws Exception {
        assumeTrue(
                !DockerClientFactory.instance().isDockerAvailable(),
                "The database runs in a container, which does not see a disk that is mounted here");
        disk = SmallDisk.at(Files.createTempDirectory(Path.of("target"), "disk-"), MEGABYTES);
        var place = Files.createDirectory(disk.resolve("archive"));
        asSuperuser(
                "create tablespace small location '%s'".formatted(place),
                "grant create on tablespace small to tally_owner");
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk == null) return;
        try {
            fresh();
            for (var table :
                    texts(
                            """
                            select c.oid::regclass from pg_class c
                            join pg_tablespace t on t.oid = c.reltablespace
                            where t.spcname = 'small' and c.relkind = 'r'
                            """)) {
                asOwner("drop table " + table);
            }
            asSuperuser("checkpoint", "drop tablespace small");
        } finally {
            disk.close();
        }
    }

    @Test
    void a_full_disk_is_shown_with_its_own_reason_and_the_other_steps_go_on() throws Exception {
        notesIn(oldest);
        run(now);
        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        longNotesIn(month(-3));
        note("customer-to-forget", month(-1));
        erase("customer-to-forget");
        disk.fill();

        run(afterGrace);

        assertThat(state("event", month(-3))).isEqualTo("COPYING");
        assertThat(lastError("event", month(-3)))
                .startsWith("53100: ")
                .contains("No space left on device");
        assertThat(texts("select 1 from tally.partition where detached_at is not null")).isEmpty();
        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
        assertThat(texts("select name from tally.partition"))
                .contains(partition("event", month(4)), partition("snapshot", month(4)));

        disk.empty();
        run(afterGrace);

        assertThat(state("event", month(-3))).isEqualTo("ARCHIVED");
        assertThat(texts("select last_error from tally.partition where last_error is not null"))
                .isEmpty();
        assertThat(texts("select last_error from tally.partition_job")).containsOnlyNulls();
    }

    private void run(Instant at) throws Exception {
        new Archiver(
                        database.dataSource(Role.TALLY_OWNER),
                        store(),
                        InstantSource.fixed(at),
                        settings("small", RETENTION))
                .run();
    }

    /** The copies of these notes take more than dropping other tables frees. */
    private void longNotesIn(Instant month) {
        var random = new Random(1);
        for (int customer = 1; customer <= 2 * CUSTOMERS; customer++) {
            var bytes = new byte[LONG_TEXT_BYTES];
            random.nextBytes(bytes);
            write("customer-" + customer, new String(letters(bytes)), month.plusSeconds(60));
        }
    }

    /** Text that hardly shrinks when it is compressed. */
    private static char[] letters(byte[] bytes) {
        var letters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) letters[i] = (char) ('!' + (bytes[i] & 63));
        return letters;
    }
}
