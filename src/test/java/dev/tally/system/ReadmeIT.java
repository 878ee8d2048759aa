package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The commands of the README are run, all in one shell and in their order, and show what it says
 * they show. Ids, times, tokens and numbers of versions are taken as equal.
 *
 * <p>When an answer has changed, {@code -Dreadme=write} puts the new ones into the README.
 */
class ReadmeIT {

    private static final Path README = Path.of("README.md");
    private static final Path FOLDER = Path.of("target/readme");
    private static final long LIMIT_IN_SECONDS = 180;
    private static final int FEWEST_COMMANDS = 10;

    /** A line between what two commands have printed. */
    private static final String BOUNDARY = "---- end of command ----";

    private final TallyServer server = TallyServer.get();

    @Test
    void each_command_of_the_readme_shows_what_it_says() throws Exception {
        assumeThat(isInstalled("bash") && isInstalled("curl")).isTrue();
        var readme = ReadmeSession.of(Files.readString(README));
        assertThat(readme.commands()).hasSizeGreaterThanOrEqualTo(FEWEST_COMMANDS);
        var withoutSql = isInstalled("psql") ? readme : readme.without("psql");
        titles();

        var shown = run(withoutSql.commands());

        if (System.getProperty("readme", "").equals("write")) {
            assertThat(withoutSql).as("psql has to be installed").isSameAs(readme);
            Files.writeString(README, readme.showing(shown));
            return;
        }
        for (int n = 0; n < withoutSql.commands().size(); n++) {
            var documented = withoutSql.outputs().get(n);
            if (documented == null) continue;
            assertThat(ReadmeSession.comparable(shown.get(n)))
                    .as("the output of%n%s", withoutSql.commands().get(n))
                    .isEqualTo(ReadmeSession.comparable(documented));
        }
    }

    /** The titles of the sample catalogue that the README uses. */
    private void titles() {
        for (var title : List.of("glow-s01e01", "glow-s01e02")) {
            var stored =
                    server.as("operator")
                            .put(
                                    "/v1/titles/" + title,
                                    "{\"name\":\"Glow\",\"studioId\":\"northlight\"}");
            assertThat(stored.status()).isBetween(200, 201);
        }
    }

    /** What each command has printed, run by one shell. */
    private List<List<String>> run(List<String> commands) throws Exception {
        var tokens = Files.createDirectories(FOLDER.resolve(".tally"));
        for (var role : List.of("edge", "reader", "operator")) {
            Files.writeString(tokens.resolve(role + ".jwt"), server.tokens().of(role) + "\n");
        }
        var script = new StringBuilder();
        for (var command : commands) {
            script.append(here(command)).append("\necho '").append(BOUNDARY).append("'\n");
        }
        var file = Files.writeString(FOLDER.resolve("session.sh"), script);
        var output = FOLDER.resolve("output.txt");
        var shell =
                new ProcessBuilder("bash", file.getFileName().toString())
                        .directory(FOLDER.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertThat(shell.waitFor(LIMIT_IN_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
        }
        return parts(Files.readAllLines(output, StandardCharsets.UTF_8));
    }

    /** The command with the ports of the server that tests use. */
    private String here(String command) {
        return command.replace("http://localhost:9080", server.url().toString())
                .replace(
                        "-h localhost -p 54329",
                        "-h %s -p %d"
                                .formatted(server.database().host(), server.database().port()));
    }

    private static List<List<String>> parts(List<String> lines) {
        var parts = new ArrayList<List<String>>();
        var part = new ArrayList<String>();
        for (var line : lines) {
            if (line.equals(BOUNDARY)) {
                parts.add(List.copyOf(part));
                part.clear();
            } else if (!line.isBlank()) {
                part.add(line);
            }
        }
        return parts;
    }

    private static boolean isInstalled(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
