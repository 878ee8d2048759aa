package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Each threat of the page about security names tests that there are. */
class SecurityPageTest {

    private static final Path PAGE = Path.of("src/docs/security.md");
    private static final List<Path> SOURCES =
            List.of(Path.of("src/test/java"), Path.of("src/bench/java"));

    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

    /** An annotation, and the first method after it. */
    private static final Pattern TEST =
            Pattern.compile(
                    "(?ms)^ +@(?:Test|ParameterizedTest|RepeatedTest|Property)\\b.*?^ +void"
                            + " (\\w+)\\(");

    private static final int THREATS = 30;

    @Test
    void each_threat_names_a_test() throws IOException {
        var threats = threats();
        assertThat(threats).hasSizeGreaterThan(THREATS);
        for (var threat : threats) {
            var cells = threat.split(" *\\| *", -1);
            assertThat(cells).as(threat).hasSize(5);
            assertThat(cells[1]).as(threat).isNotEmpty();
            assertThat(cells[2]).as(threat).isNotEmpty();
            assertThat(NAMED.matcher(cells[3]).find()).as(threat).isTrue();
        }
    }

    @Test
    void each_test_that_is_named_exists() throws IOException {
        var tests = tests();
        assertThat(tests.get("JournalTest")).contains("only_the_owner_can_read_the_files");
        var missing = new ArrayList<String>();
        for (var named : NAMED.matcher(Files.readString(PAGE)).results().toList()) {
            if (!tests.getOrDefault(named.group(1), List.of()).contains(named.group(2))) {
                missing.add(named.group());
            }
        }
        assertThat(missing).isEmpty();
    }

    /** The rows of the tables whose last column is of tests. */
    private static List<String> threats() throws IOException {
        var rows = new ArrayList<String>();
        var inTable = false;
        for (var line : Files.readAllLines(PAGE)) {
            if (!line.startsWith("|")) inTable = false;
            if (inTable && !line.startsWith("| ---")) rows.add(line);
            if (line.endsWith("| test |")) inTable = true;
        }
        return rows;
    }

    /** The methods of each class that are tests. */
    private static Map<String, List<String>> tests() throws IOException {
        var tests = new HashMap<String, List<String>>();
        for (var source : SOURCES) {
            try (var files = Files.walk(source)) {
                for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    var type = file.getFileName().toString().replace(".java", "");
                    tests.put(type, methods(Files.readString(file)));
                }
            }
        }
        return tests;
    }

    private static List<String> methods(String source) {
        return TEST.matcher(source).results().map(test -> test.group(1)).toList();
    }
}
