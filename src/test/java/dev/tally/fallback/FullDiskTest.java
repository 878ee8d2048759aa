package dev.tally.fallback;

import static dev.tally.fallback.Journals.ids;
import static dev.tally.fallback.Journals.large;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.SmallDisk;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The disk of the journal is full. It is a file system of its own, which root can mount; other
 * users skip the test.
 */
class FullDiskTest {

    private static final int MEGABYTES = 4;
    private static final int CONTENT_BYTES = 20_000;

    private SmallDisk disk;
    private Journal journal;

    @BeforeEach
    void mountADisk() throws Exception {
        disk = SmallDisk.at(Files.createTempDirectory(Path.of("target"), "disk-"), MEGABYTES);
        journal = Journals.open(disk.resolve("fallback"));
    }

    @AfterEach
    void unmount() throws Exception {
        if (journal == null) return;
        journal.stop();
        disk.close();
    }

    @Test
    void a_full_disk_refuses_whole_entries_and_takes_them_again_once_there_is_space()
            throws IOException {
        var written = appendUntilRefused("before", 2);
        disk.fill();
        written.addAll(appendUntilRefused("full", Integer.MAX_VALUE));

        assertThat(journal.isWritable()).isFalse();
        assertThat(ids(journal)).containsExactlyInAnyOrderElementsOf(written);
        assertThat(journal.size()).isEqualTo(written.size());

        disk.empty();
        await().until(journal::isWritable);
        written.addAll(appendUntilRefused("after", 2));
        journal.stop();
        journal = Journals.open(disk.resolve("fallback"));

        assertThat(ids(journal)).containsExactlyInAnyOrderElementsOf(written);
    }

    @Test
    void a_node_starts_on_a_full_disk_and_waits_for_space() throws IOException {
        var written = appendUntilRefused("before", 2);
        journal.stop();
        disk.fill();

        journal = Journals.begin(disk.resolve("fallback"), Journals.NO_LIMIT, Journal.MAX_WAIT);
        assertThat(appendUntilRefused("full", 1)).isEmpty();
        assertThat(journal.isWritable()).isFalse();

        disk.empty();
        await().until(journal::isWritable);
        assertThat(ids(journal)).containsExactlyElementsOf(written);
    }

    /** Ids of the entries that were written, {@code most} at most. */
    private List<String> appendUntilRefused(String prefix, int most) {
        var written = new ArrayList<String>();
        try {
            while (written.size() < most) {
                var id = "%s-%03d".formatted(prefix, written.size());
                journal.append(large(id, CONTENT_BYTES));
                written.add(id);
            }
        } catch (JournalUnavailable e) {
            // The disk is full.
        }
        return written;
    }
}
