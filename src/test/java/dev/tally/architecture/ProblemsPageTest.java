package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.http.ProblemType;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The page of problems explains every type of problem, and no other. */
class ProblemsPageTest {

    private static final Path PAGE = Path.of("src/docs/problems.md");

    private static final Pattern SECTION =
            Pattern.compile(
                    """
                    ## (?<name>\\S+)

                    (?<status>\\d{3}) · (?<title>[^\\n]+)

                    \\*\\*When\\.\\*\\* (?<when>.+?)

                    \\*\\*What to do\\.\\*\\* (?<remedy>.+?)

                    ```json
                    (?<example>.+?)
                    ```
                    """,
                    Pattern.DOTALL);

    private record Section(String name, int status, String title, String example) {

        private String type() {
            return "urn:tally:problem:" + name;
        }
    }

    @Test
    void every_type_is_explained_with_its_status_and_title_and_no_other_is() throws IOException {
        assertThat(sections().stream().map(s -> s.type() + " " + s.status + " " + s.title))
                .containsExactlyElementsOf(
                        Arrays.stream(ProblemType.values())
                                .map(t -> t.uri() + " " + t.status() + " " + t.title())
                                .toList());
        var headings = Files.readString(PAGE).lines().filter(line -> line.startsWith("## "));
        assertThat(headings).hasSize(ProblemType.values().length);
    }

    @Test
    void an_example_is_a_problem_of_its_type() throws IOException {
        for (var section : sections()) {
            var example = JsonMapper.shared().readTree(section.example);
            assertThat(OpenApi.errors("Problem", example)).as(section.name).isEmpty();
            assertThat(example.get("type").asString()).isEqualTo(section.type());
            assertThat(example.get("status").asInt()).isEqualTo(section.status);
            assertThat(example.get("title").asString()).isEqualTo(section.title);
            assertThat(OpenApi.timesOfOtherForm(section.example)).isEmpty();
        }
    }

    private static List<Section> sections() throws IOException {
        return SECTION.matcher(Files.readString(PAGE))
                .results()
                .map(
                        s ->
                                new Section(
                                        s.group("name"),
                                        Integer.parseInt(s.group("status")),
                                        s.group("title"),
                                        s.group("example")))
                .toList();
    }
}
