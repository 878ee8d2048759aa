package dev.tally.system;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * A later version of the application: a copy of this one, with the classes of {@code
 * dev.tally.newer}.
 */
public final class NewerWar {

    private static final Path CLASSES = Path.of("target/test-classes/dev/tally/newer");

    private NewerWar() {}

    /** Packs the later version into a folder. */
    public static Path in(Path folder) throws IOException {
        var war = folder.resolve("newer.war");
        Files.copy(Path.of("target/tally.war"), war, StandardCopyOption.REPLACE_EXISTING);
        try (var zip = FileSystems.newFileSystem(URI.create("jar:" + war.toUri()), Map.of());
                var classes = Files.list(CLASSES)) {
            var target = zip.getPath("WEB-INF/classes/dev/tally/newer");
            Files.createDirectories(target);
            for (var file : (Iterable<Path>) classes::iterator) {
                Files.copy(file, target.resolve(file.getFileName().toString()));
            }
        }
        return war;
    }
}
