package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files of the project are tidy. */
class TreeTest {

    private static final Path TOP = Path.of("");

    /**
     * The files and folders at the top: first those that belong to Tally, then those that tools
     * require.
     */
    private static final Set<String> TOP_LEVEL =
            Set.of(
                    "pom.xml",
                    "src",
                    "server.xml",
                    "db-migrations",
                    "Dockerfile",
                    "README.md",
                    ".ci",
                    ".git",
                    ".gitignore",
                    ".mvn",
                    ".dockerignore",
                    "LICENSE");

    /** The words are put together, because otherwise the test would find this file. */
    private static final List<String> LEFT_BEHIND = List.of("TO" + "DO", "FIX" + "ME");

    private static final Path MAIN = Path.of("src/main/java");
    private static final Path TEST = Path.of("src/test/java");

    @Test
    void the_top_level_is_fixed() throws IOException {
        var ignored = ignoredAtTheTop();
        try (var entries = Files.list(TOP.toAbsolutePath())) {
            assertThat(entries.map(Path::getFileName).filter(ignored.negate()).map(Path::toString))
                    .contains("pom.xml")
                    .isSubsetOf(TOP_LEVEL);
        }
    }

    @Test
    void every_package_says_what_it_is_for() throws IOException {
        var silent = new ArrayList<Path>();
        var packages = packages();
        assertThat(packages).contains(Path.of("dev/tally/licensing/write"));
        for (var folder : packages) {
            if (Stream.of(MAIN, TEST).noneMatch(root -> saysWhatFor(root.resolve(folder)))) {
                silent.add(folder);
            }
        }
        assertThat(silent).as("without package-info.java").isEmpty();
    }

    @Test
    void a_feature_numbers_what_it_promises() throws IOException {
        for (var feature : features()) {
            assertThat(Files.readString(feature.resolve("package-info.java")))
                    .as(feature.toString())
                    .contains("<p>Operations")
                    .containsSubsequence("<ol>", "<li>", "</ol>")
                    .contains("<p>Out of scope");
        }
    }

    /** The top-level packages, except {@code ids}, which makes no promises. */
    private static List<Path> features() throws IOException {
        try (var folders = Files.list(MAIN.resolve("dev/tally"))) {
            return folders.filter(Files::isDirectory).filter(f -> !f.endsWith("ids")).toList();
        }
    }

    @Test
    void nothing_is_left_for_later() throws IOException {
        assertNoneContains(Path.of("src"), text -> LEFT_BEHIND.stream().anyMatch(text::contains));
        assertNoneContains(
                Path.of("db-migrations"), text -> LEFT_BEHIND.stream().anyMatch(text::contains));
    }

    @Test
    void the_application_prints_nothing() throws IOException {
        assertNoneContains(
                MAIN, text -> text.contains("System.out") || text.contains("System.err"));
    }

    /** A default would hide a new event, a new decision or a new rule from the compiler. */
    @Test
    void a_switch_of_the_domain_has_no_default() throws IOException {
        assertNoneContains(MAIN.resolve("dev/tally/licensing/domain"), t -> t.contains("default"));
    }

    private static void assertNoneContains(Path root, Predicate<String> unwanted)
            throws IOException {
        var found = new ArrayList<Path>();
        try (var files = Files.walk(root)) {
            var texts =
                    files.filter(Files::isRegularFile)
                            .filter(file -> !file.toString().endsWith(".png"))
                            .toList();
            assertThat(texts).isNotEmpty();
            for (var file : texts) {
                if (unwanted.test(Files.readString(file))) found.add(file);
            }
        }
        assertThat(found).isEmpty();
    }

    /**
     * Every folder from {@code dev/tally} down that contains Java files, directly or in a
     * subfolder.
     */
    private static Set<Path> packages() throws IOException {
        var packages = new TreeSet<Path>();
        for (var root : List.of(MAIN, TEST)) {
            try (var files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .map(file -> root.relativize(file).getParent())
                        .forEach(
                                folder -> {
                                    for (var up = folder;
                                            up.getNameCount() > 1;
                                            up = up.getParent()) {
                                        packages.add(up);
                                    }
                                });
            }
        }
        return packages;
    }

    private static boolean saysWhatFor(Path folder) {
        return Files.exists(folder.resolve("package-info.java"));
    }

    private static Predicate<Path> ignoredAtTheTop() throws IOException {
        return Files.readAllLines(Path.of(".gitignore")).stream()
                .map(line -> line.replaceFirst("/$", ""))
                .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern))
                .<Predicate<Path>>map(matcher -> matcher::matches)
                .reduce(file -> false, Predicate::or);
    }
}
