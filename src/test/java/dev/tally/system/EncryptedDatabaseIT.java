package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Certificate;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Node;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node that talks to its database over TLS, and one that does not trust it. */
class EncryptedDatabaseIT {

    private static final Path HOME = Path.of("target/encrypted");

    private static Installation installation;
    private static Certificate server;
    private static Certificate stranger;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(HOME);
        server = Certificate.of("localhost", HOME.resolve("server"));
        stranger = Certificate.of("localhost", HOME.resolve("stranger"));
        var data = Files.createTempDirectory(HOME, "database-");
        installation =
                Installation.embedded(
                        data,
                        Map.of(
                                "ssl", "on",
                                "ssl_cert_file", server.certificate().toString(),
                                "ssl_key_file", server.key().toString()));
    }

    @AfterAll
    static void stop() throws IOException {
        if (installation != null) installation.close();
    }

    @Test
    void a_node_that_knows_the_authority_encrypts_every_connection() throws Exception {
        var node = installation.start(Node.named("trusting").patient().with(verified(server)));
        var reader = new Client(node.url(), installation.tokens()).as("reader");

        assertThat(reader.get("/v1/customers/anna/licenses").status()).isEqualTo(200);
        assertThat(connections()).contains("tally_app true", "tally_owner true");
        assertThat(connections()).noneMatch(connection -> connection.endsWith("false"));
        node.close();
    }

    @Test
    void a_node_refuses_a_server_of_another_authority_and_says_why_in_a_line() throws Exception {
        var node = installation.lay(Node.named("distrusting").with(verified(stranger)));
        node.launch();
        try {
            var log = installation.log("distrusting");
            await().atMost(3, TimeUnit.MINUTES).until(() -> !refusals(log).isEmpty());

            assertThat(refusals(log).getFirst()).contains("certificat");
            assertThat(Files.readString(log)).doesNotContain("\tat ");
        } finally {
            node.close();
        }
    }

    private static List<String> refusals(Path log) throws IOException {
        return Files.exists(log)
                ? Files.readAllLines(log).stream()
                        .filter(line -> line.contains("The schema is not migrated yet"))
                        .toList()
                : List.of();
    }

    private static Map<String, String> verified(Certificate authority) {
        return Map.of(
                "TALLY_DB_SSLMODE",
                "verify-full",
                "TALLY_DB_SSL_CA",
                authority.certificate().toString());
    }

    /** Each connection of the node: its role, and whether it is encrypted. */
    private static List<String> connections() throws SQLException {
        try (var connection = installation.database().connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select usename || ' ' || ssl
                                from pg_stat_activity join pg_stat_ssl using (pid)
                                where application_name in ('tally', 'tally-owner')
                                """)) {
            var found = new ArrayList<String>();
            while (rows.next()) found.add(rows.getString(1));
            return found;
        }
    }
}
