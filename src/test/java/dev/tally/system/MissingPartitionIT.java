package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** A DBA detaches the current month of a running service. */
class MissingPartitionIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path LOG = Path.of("target/system/tally.log");

    private final TallyServer server = TallyServer.get();
    private final Client operator = server.as("operator");
    private final Customer anna = new Customer();
    private final String partition =
            "event_%1$tY_%1$tm".formatted(OffsetDateTime.now(ZoneOffset.UTC));

    @Test
    void events_without_a_partition_are_refused_with_a_reason_until_the_job_has_repaired_it()
            throws Exception {
        var title = Customer.newTitle();
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        server.awaitCatalogueCopy();
        try (var dba = server.database().connect(Role.POSTGRES);
                var sql = dba.createStatement()) {
            // While the DBA has the lead, no job repairs anything.
            sql.execute("select pg_advisory_lock(hashtext('tally.partition_job'))");
            detach(sql);
            var loggedBefore = stackTraces();

            var refused = anna.operator().post(anna.path("/licenses/" + license + "/revocation"));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().get("type").stringValue())
                    .isEqualTo("urn:tally:problem:unavailable");
            assertThat(refused.json().get("detail").stringValue())
                    .contains("no place for events of the current time");
            assertThat(stackTraces()).isEqualTo(loggedBefore);

            var ready = server.client().get("/health/ready");
            assertThat(ready.status()).isEqualTo(200);
            await().until(() -> server.health("store").has("missingPartitions"));
            var store = server.health("store");
            assertThat(store.get("warning").stringValue())
                    .isEqualTo("No partition takes events of the current time");
            assertThat(store.get("missingPartitions").stringValue()).isEqualTo(partition);
            // Members play on.
            var promised = anna.acquire(title, "tablet", "premium");
            assertThat(promised.json().get("provisional").booleanValue()).isTrue();
            assertThat(state()).isEqualTo("MISSING");
        } finally {
            operator.put("/v1/partition-job", "{\"paused\":false}");
        }

        await().atMost(LIMIT).until(() -> !server.health("store").has("missingPartitions"));
        assertThat(state()).isEqualTo("HOT");
        assertThat(anna.acquire(title, "tv", "premium").status()).isEqualTo(201);
    }

    private void detach(Statement sql) throws SQLException {
        sql.execute("alter table tally.event detach partition tally." + partition);
    }

    private String state() {
        return operator.get("/v1/partitions/" + partition).json().get("state").stringValue();
    }

    private static long stackTraces() throws IOException {
        try (var lines = Files.lines(LOG)) {
            return lines.filter(line -> line.startsWith("\tat ")).count();
        }
    }
}
