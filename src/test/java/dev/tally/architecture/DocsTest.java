package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the documents refer to exists, and each decision says how it can be undone. */
class DocsTest {

    private static final Path DOCS = Path.of("src/docs");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern MADE =
            Pattern.compile("(?m)^create (?:or replace view|table) (\\w+)");
    private static final Pattern DOOR =
            Pattern.compile("\\A# \\d{4} .+\\n\\n(One|Two)-way door: [^\\n]{40,}");

    private static final int WORDS_OF_THE_TALK = 15;

    @Test
    void each_decision_says_what_going_back_costs() throws IOException {
        try (var decisions = Files.list(DOCS.resolve("decisions"))) {
            var all = decisions.toList();
            assertThat(all).hasSizeGreaterThan(10);
            for (var decision : all) {
                assertThat(DOOR.matcher(Files.readString(decision)).find())
                        .as(decision + ": its third line is 'One-way door: …' or 'Two-way door: …'")
                        .isTrue();
            }
        }
    }

    @Test
    void every_file_that_a_document_links_to_exists() throws IOException {
        var missing = new ArrayList<String>();
        for (var document : documents()) {
            LINK.matcher(Files.readString(document))
                    .results()
                    .map(link -> link.group(1))
                    .filter(link -> !link.contains(":"))
                    .filter(link -> !Files.exists(document.resolveSibling(link)))
                    .forEach(link -> missing.add(document + " → " + link));
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void the_words_of_the_talk_lead_to_classes_tables_and_tests() throws IOException {
        var rows =
                Files.readAllLines(DOCS.resolve("talk-to-code.md")).stream()
                        .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                        .skip(1)
                        .map(line -> line.split(" *\\| *", -1))
                        .toList();
        var classes = classes("src/main/java");
        var tests = classes("src/test/java");
        var tables = tables();
        assertThat(rows).hasSizeGreaterThan(WORDS_OF_THE_TALK);
        for (var row : rows) {
            var word = row[1];
            assertThat(names(row[2])).as(word).isNotEmpty().isSubsetOf(classes);
            assertThat(names(row[3])).as(word).isSubsetOf(tables);
            assertThat(names(row[4])).as(word).isNotEmpty().isSubsetOf(tests);
        }
    }

    private static List<Path> documents() throws IOException {
        try (var docs = Files.walk(DOCS)) {
            return Stream.concat(
                            Stream.of(Path.of("README.md"), Path.of("db-migrations/README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")))
                    .map(Path::toAbsolutePath)
                    .toList();
        }
    }

    private static List<String> names(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }

    private static Set<String> classes(String root) throws IOException {
        try (var files = Files.walk(Path.of(root))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".java"))
                    .map(file -> file.replace(".java", ""))
                    .collect(Collectors.toSet());
        }
    }

    private static Set<String> tables() throws IOException {
        var sql = new StringBuilder();
        try (var files = Files.list(Path.of("db-migrations"))) {
            for (var file : files.filter(file -> file.toString().endsWith(".sql")).toList()) {
                sql.append(Files.readString(file)).append('\n');
            }
        }
        return MADE.matcher(sql).results().map(made -> made.group(1)).collect(Collectors.toSet());
    }
}
