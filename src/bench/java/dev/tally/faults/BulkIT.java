package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.bench.Catalogue;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.local.Database.Role;
import dev.tally.local.Node;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;

/**
 * A server with the heap that it is shipped with, 224 MB, takes the largest bulk request that is
 * allowed.
 */
@EnabledIfSystemProperty(named = "tally.faults", matches = "full")
class BulkIT {

    private static final Logger LOG = Logger.getLogger(BulkIT.class.getName());

    private static final int LINES = 100_000;
    private static final int CUSTOMERS = 1_000;
    private static final Catalogue CATALOGUE = Catalogue.of(1, 1);

    @Test
    void a_hundred_thousand_lines_pass_through_a_server_as_it_is_shipped() throws Exception {
        try (var home = TestFolder.in(Path.of("target/faults"));
                var machine = new Machine(home.path(), Node.SHIPPED_JVM)) {
            try (var connection = machine.database().connect(Role.TALLY_OWNER)) {
                CATALOGUE.load(connection);
            }
            machine.start();
            var licenses = acquire(machine);
            var began = System.nanoTime();

            var recorded = send(machine, licenses);

            var seconds = (System.nanoTime() - began) / 1_000_000_000;
            LOG.info(() -> "%d lines in %d s".formatted(LINES, seconds));
            assertThat(recorded).isEqualTo(LINES);
            try (var connection = machine.database().connect(Role.TALLY_OWNER);
                    var statement = connection.createStatement();
                    var row =
                            statement.executeQuery(
                                    "select count(*) from tally.event where aggregate_type = "
                                            + SessionEvent.AGGREGATE.number())) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(LINES);
            }
            home.passed();
        }
    }

    private static List<String> acquire(Machine machine) {
        var licenses = new ArrayList<String>();
        for (int customer = 0; customer < CUSTOMERS; customer++) {
            var answer =
                    machine.as("edge")
                            .post(
                                    "/v1/customers/" + customer + "/licenses",
                                    """
                                    {"titleId":"title-0000","deviceId":"phone","plan":"basic","type":"DOWNLOAD"}
                                    """);
            licenses.add(answer.json().get("licenseId").stringValue());
        }
        return licenses;
    }

    /** Sends the lines and reads the results meanwhile; returns how many events were recorded. */
    private static long send(Machine machine, List<String> licenses) throws Exception {
        var lines = new PipedInputStream(1 << 16);
        var writer = new Thread(() -> write(licenses, lines), "lines");
        writer.start();
        try (var http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(machine.url().resolve("/v1/sessions/events"))
                            .header("Authorization", "Bearer " + machine.token("edge"))
                            .header("Content-Type", "application/x-ndjson")
                            .POST(BodyPublishers.ofInputStream(() -> (InputStream) lines))
                            .build();
            var response = http.send(request, BodyHandlers.ofLines());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body()
                    .filter(line -> line.endsWith("\"result\":\"RECORDED\"}"))
                    .count();
        }
    }

    private static void write(List<String> licenses, PipedInputStream lines) {
        try (var out =
                new PrintStream(new PipedOutputStream(lines), false, StandardCharsets.UTF_8)) {
            var now = Instant.now();
            for (int line = 0; line < LINES; line++) {
                int customer = line % CUSTOMERS;
                int round = line / CUSTOMERS;
                var type = round == 0 ? "START" : round % 2 == 0 ? "RESUME" : "PAUSE";
                var license = ",\"licenseId\":\"" + licenses.get(customer) + "\"";
                out.printf(
                        "{\"customerId\":\"%d\",\"sessionId\":\"s\",\"type\":\"%s\",\"occurredAt\":\"%s\"%s}%n",
                        customer, type, now.plusMillis(round), round == 0 ? license : "");
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
