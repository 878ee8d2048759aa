package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Each launcher of these tests is a process of its own, as the ones of {@code mvn} are. */
class ClaimTest {

    private static final Duration STOPS_FOR = Duration.ofSeconds(2);

    @TempDir Path home;
    private Process other;

    @AfterEach
    void endTheOther() throws InterruptedException {
        if (other != null) other.destroyForcibly().waitFor();
    }

    @Test
    void a_folder_in_which_another_runs_is_refused_at_once() throws Exception {
        launch("run");
        assertThatThrownBy(() -> Claim.on(home))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("already")
                .hasMessageContaining(Long.toString(other.pid()));
    }

    @Test
    void one_that_is_stopping_is_waited_for() throws Exception {
        launch("stop");
        var begin = System.nanoTime();
        Claim.on(home).close();
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(STOPS_FOR.dividedBy(2), Claim.STOP_LIMIT);
    }

    @Test
    void what_a_killed_one_left_is_ended() throws Exception {
        launch("database");
        var server = new ProcessBuilder("sh", "-c", "sleep 600; true").start();
        Files.writeString(
                home.resolve("server.pid"),
                server.pid() + " " + System.currentTimeMillis() / 1_000 + "\n");
        other.destroyForcibly().waitFor();
        var postmaster = postmaster();
        assertThat(postmaster.isAlive()).isTrue();

        Claim.on(home).close();

        assertThat(postmaster.isAlive()).isFalse();
        assertThat(server.isAlive()).isFalse();
        Database.embedded(home, 0).close();
    }

    @Test
    void the_number_of_another_program_is_not_taken_for_the_database() throws Exception {
        launch("run");
        other.destroyForcibly().waitFor();
        var folder = Files.createDirectories(home.resolve("postgres"));
        var file =
                Files.writeString(
                        folder.resolve("postmaster.pid"), ProcessHandle.current().pid() + "\n");

        Claim.on(home).close();

        assertThat(file).doesNotExist();
    }

    private ProcessHandle postmaster() throws IOException {
        var file = home.resolve("postgres/postmaster.pid");
        return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst())).orElseThrow();
    }

    private void launch(String how) throws IOException {
        other =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Djava.util.logging.config.file=src/test/resources/logging.properties",
                                "-classpath",
                                System.getProperty("java.class.path"),
                                Other.class.getName(),
                                home.toString(),
                                how)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        var output =
                new BufferedReader(
                        new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8));
        assertThat(output.readLine()).isEqualTo("claimed");
    }

    /** Another launcher. */
    static final class Other {

        private Other() {}

        public static void main(String[] arguments) throws Exception {
            var home = Path.of(arguments[0]);
            var claim = Claim.on(home);
            if (arguments[1].equals("database")) {
                var unused = Database.embedded(home, 0);
            }
            if (arguments[1].equals("stop")) claim.isStopping();
            System.out.println("claimed");
            Thread.sleep(arguments[1].equals("stop") ? STOPS_FOR : Duration.ofMinutes(1));
        }
    }
}
