package dev.tally.local;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class ServerFolderTest {

    @TempDir Path usr;
    @TempDir Path other;

    private Path folder;
    private Node node;

    /**
     * Creates a node with another application than the packaged one, which does not exist yet when
     * unit tests run.
     */
    @BeforeEach
    void aNode() throws IOException {
        var war = Files.writeString(other.resolve("other.war"), "another version");
        var migrations = Files.createDirectory(other.resolve("migrations"));
        Files.writeString(migrations.resolve("V001__other.sql"), "select 1");
        node = Node.named("other").running(war, migrations);
        folder = usr.resolve("servers/other");
    }

    @Test
    void every_server_runs_with_the_configuration_that_ships() throws IOException {
        lay(Map.of());
        assertThat(folder.resolve("server.xml")).hasSameBinaryContentAs(Path.of("server.xml"));
        assertThat(folder.resolve("jvm.options"))
                .hasSameBinaryContentAs(Path.of("src/main/liberty/jvm.options"));
        assertThat(folder.resolve("application.xml"))
                .hasSameBinaryContentAs(Path.of("src/main/liberty/application.xml"));
    }

    @Test
    void a_node_may_run_another_version_of_the_application() throws IOException {
        lay(Map.of());
        assertThat(folder.resolve("apps/tally.war")).hasContent("another version");
        assertThat(folder.resolve("db-migrations"))
                .isDirectoryContaining("glob:**/V001__other.sql")
                .isDirectoryNotContaining("glob:**/V001__schema.sql");
    }

    @Test
    void a_server_for_arquillian_has_the_same_configuration_and_no_application()
            throws IOException {
        lay(Map.of());
        ServerFolder.lay(usr, node, Map.of()).addWhatArquillianNeeds();
        assertThat(folder.resolve("server.xml")).hasSameBinaryContentAs(Path.of("server.xml"));
        assertThat(folder.resolve("configDropins/overrides/arquillian.xml")).exists();
        assertThat(folder.resolve("application.xml")).doesNotExist();
        assertThat(folder.resolve("apps")).doesNotExist();
    }

    @Test
    void a_server_that_is_laid_again_forgets_its_environment_and_keeps_the_password_of_its_keys()
            throws IOException {
        var first = lay(Map.of("TALLY_LIVE_HEARTBEAT", "PT1S", "TALLY_DB_PORT", "1"));
        var second = lay(Map.of("TALLY_DB_PORT", "2"));

        assertThat(first).contains("TALLY_LIVE_HEARTBEAT=PT1S", "TALLY_DB_PORT=1").hasSize(3);
        assertThat(second).contains("TALLY_DB_PORT=2").hasSize(2);
        assertThat(password(second)).isEqualTo(password(first)).isNotEmpty();
    }

    @Test
    void only_the_owner_reads_the_environment_and_what_the_server_writes() throws IOException {
        lay(Map.of());
        assertThat(Files.getPosixFilePermissions(folder))
                .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE);
        assertThat(Files.getPosixFilePermissions(folder.resolve("server.env")))
                .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
    }

    /** A token of a year is as good as a password. */
    @Test
    void only_the_owner_reads_keys_and_tokens() throws IOException {
        var tokens = Tokens.in(usr.resolve("keys"));
        var token = usr.resolve("edge.jwt");
        Files.writeString(token, "written by a version that let others read it");
        Secret.write(token, tokens.of("edge"));

        for (var file :
                List.of(tokens.entitlementKeys, usr.resolve("keys/callers.jwks.json"), token)) {
            assertThat(Files.getPosixFilePermissions(file))
                    .as(file.toString())
                    .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
        }
    }

    private List<String> lay(Map<String, String> environment) throws IOException {
        ServerFolder.lay(usr, node, environment).addApplication(node.war());
        return Files.readAllLines(folder.resolve("server.env"));
    }

    private static List<String> password(List<String> environment) {
        return environment.stream().filter(line -> line.startsWith("keystore_password=")).toList();
    }
}
