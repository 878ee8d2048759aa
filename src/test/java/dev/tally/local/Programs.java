package dev.tally.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that are installed on this machine and that tests run with the database. */
public final class Programs {

    /** Debian's folder of PostgreSQL, with a folder for each major version. */
    private static final Path POSTGRES = Path.of("/usr/lib/postgresql");

    private Programs() {}

    /** A program on the path, or where Debian puts those of system administrators. */
    public static Optional<Path> find(String name) {
        return Stream.concat(
                        Arrays.stream(System.getenv("PATH").split(":", -1)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * The folder with the programs of the installed PostgreSQL server, {@code pg_dump} among them.
     */
    public static Optional<Path> postgres() {
        if (!Files.isDirectory(POSTGRES)) return Optional.empty();
        try (var versions = Files.list(POSTGRES)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.naturalOrder());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * The command for a program that refuses to run as root. As root it gets a user namespace of
     * its own, as the embedded server does: it is nobody there, and its files are still root's.
     */
    static List<String> unprivileged(List<String> command) {
        if (!System.getProperty("user.name").equals("root")) return command;
        return Stream.concat(Stream.of("unshare", "-U"), command.stream()).toList();
    }

    /**
     * Runs a command to its end.
     *
     * @return what it wrote
     * @throws IOException if it fails; the message has what it wrote
     */
    public static String run(List<String> command) throws IOException {
        // The output goes to a file, since a server that the command starts would keep a pipe open.
        var output = Files.createTempFile("output-", ".txt");
        try {
            var exit =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start()
                            .waitFor();
            var written = Files.readString(output, StandardCharsets.UTF_8);
            if (exit != 0) throw new IOException(command + " failed: " + written);
            return written;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Nobody waits any longer", e);
        } finally {
            Files.delete(output);
        }
    }
}
