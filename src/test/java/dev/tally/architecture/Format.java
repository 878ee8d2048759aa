package dev.tally.architecture;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reformats every Java file: {@code mvn test-compile exec:exec@format}. */
final class Format {

    private static final List<Path> ROOTS =
            Stream.of("src/main/java", "src/test/java", "src/bench").map(Path::of).toList();

    private final Formatter formatter =
            new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());

    public static void main(String[] arguments) throws IOException {
        var format = new Format();
        for (var file : files()) {
            // The formatter may wrap its own result differently the next time, so it is applied
            // until nothing changes.
            while (!format.holdsFor(file)) Files.writeString(file, format.applied(file));
        }
    }

    static List<Path> files() throws IOException {
        var all = new ArrayList<Path>();
        for (var root : ROOTS) {
            if (!Files.exists(root)) continue;
            try (var files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(all::add);
            }
        }
        return all;
    }

    boolean holdsFor(Path file) throws IOException {
        return Files.readString(file).equals(applied(file));
    }

    private String applied(Path file) throws IOException {
        try {
            return formatter.formatSourceAndFixImports(Files.readString(file));
        } catch (FormatterException e) {
            throw new IOException("Cannot be parsed: " + file, e);
        }
    }
}
