package dev.tally.local;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A disk of a few megabytes, in memory, that a test fills. */
public final class SmallDisk implements AutoCloseable {

    private static final int BLOCK_BYTES = 4_096;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /**
     * Mounts a disk; the test is skipped where the user may not.
     *
     * @param folder where it is mounted
     */
    public static SmallDisk at(Path folder, int megabytes) throws IOException {
        var made = Files.createDirectories(folder).toAbsolutePath();
        assumeTrue(
                runs(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=" + megabytes + "m",
                        "tmpfs",
                        made.toString()),
                "This user cannot mount a file system");
        return new SmallDisk(made);
    }

    public Path folder() {
        return folder;
    }

    /** A file or a folder on it. */
    public Path resolve(String name) {
        return folder.resolve(name);
    }

    /** Takes all of its space. */
    public void fill() throws IOException {
        var block = new byte[BLOCK_BYTES];
        Arrays.fill(block, (byte) 1);
        try (var out = Files.newOutputStream(resolve("ballast"))) {
            while (folder.toFile().getUsableSpace() > 0) out.write(block);
        }
    }

    /** Gives the space back. */
    public void empty() throws IOException {
        Files.delete(resolve("ballast"));
    }

    /** Unmounts it. */
    @Override
    public void close() throws IOException {
        if (!runs("umount", folder.toString())) throw new IOException("Still mounted: " + folder);
        Files.delete(folder);
    }

    private static boolean runs(String... command) throws IOException {
        try {
            return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Nobody waits any longer", e);
        }
    }
}
