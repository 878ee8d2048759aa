package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A disk of a few megabytes, in memory, that a test fills. */
final class SmallDisk implements AutoCloseable {

    private static final int BLOCK_BYTES = 4_096;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /**
     * Mounts it; the test is skipped where the user may not.
     *
     * @param folder where it is mounted
     */
    static SmallDisk at(Path folder, int megabytes) throws IOException, InterruptedException {
        var made = Files.createDirectories(folder).toAbsolutePath();
        assumeTrue(
                runs("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", "" + made),
                "This user cannot mount a file system");
        return new SmallDisk(made);
    }

    Path folder() {
        return folder;
    }

    /** Takes all of its space. */
    void fill() throws IOException {
        var block = new byte[BLOCK_BYTES];
        Arrays.fill(block, (byte) 1);
        try (var out = Files.newOutputStream(ballast())) {
            while (folder.toFile().getUsableSpace() > 0) out.write(block);
        }
    }

    /** Gives the space back. */
    void empty() throws IOException {
        Files.deleteIfExists(ballast());
    }

    private Path ballast() {
        return folder.resolve("ballast");
    }

    /** Unmounts it. */
    @Override
    public void close() throws IOException {
        try {
            assertThat(runs("umount", folder.toString())).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Nobody waits any longer", e);
        }
    }

    private static boolean runs(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor() == 0;
    }
}
