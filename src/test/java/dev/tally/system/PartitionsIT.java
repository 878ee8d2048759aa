package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.ids.DeviceId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** An operator archives old months, and queries for the history are not affected. */
class PartitionsIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int DEVICES = 12;
    private static final int PAGE = 5;

    private final TallyServer server = TallyServer.get();
    private final Client operator = server.as("operator");
    private final Customer anna = new Customer();
    private final OffsetDateTime thisMonth =
            OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1);
    private final OffsetDateTime twoMonthsAgo = thisMonth.minusMonths(2);

    @Test
    void a_month_goes_to_the_archive_before_its_time_when_an_operator_asks() throws Exception {
        pause(true);
        annaActivatesDevicesTwoMonthsAgo();
        var archived = archivedRows();
        var before = events("ALL");
        assertThat(before).hasSize(DEVICES);

        var asked = operator.post(path("event") + "/archive");
        assertThat(asked.status()).isEqualTo(202);
        assertThat(asked.json().get("state").stringValue()).isEqualTo("HOT");
        assertThat(asked.json().get("requestedAt").isNull()).isFalse();
        var job = operator.get("/v1/partitions").json().get("job");
        assertThat(job.get("paused").booleanValue()).isTrue();
        assertThat(job.get("pausedBy").isNull()).isFalse();

        pause(false);
        await().atMost(LIMIT).until(() -> isArchived("event") && isArchived("snapshot"));

        var partition = operator.get(path("event")).json();
        assertThat(partition.get("tier").stringValue()).isEqualTo("ARCHIVE");
        assertThat(partition.get("tablespace").stringValue()).isEqualTo("archive");
        assertThat(partition.get("rows").intValue()).isEqualTo(DEVICES);
        assertThat(partition.get("rowsAreExact").booleanValue()).isTrue();
        assertThat(partition.get("lastError").isNull()).isTrue();
        assertThat(operator.post(path("event") + "/archive").status()).isEqualTo(200);
        // The last of the devices closed a generation, so there is one snapshot too.
        await().atMost(LIMIT).until(() -> archivedRows() >= archived + DEVICES + 1);
        assertThat(events("ALL")).isEqualTo(before);
        assertThat(events("ARCHIVE")).isEqualTo(before);
        assertThat(events("HOT")).isEmpty();

        var title = Customer.newTitle();
        assertThat(anna.acquire(title, "device-1", "premium").status()).isEqualTo(201);
        assertThat(events("HOT")).containsExactly("13", "14", "15");
        assertThat(events("ALL")).hasSize(DEVICES + 3);
    }

    private void pause(boolean paused) {
        var answer = operator.put("/v1/partition-job", "{\"paused\":%s}".formatted(paused));
        assertThat(answer.status()).isEqualTo(200);
    }

    private boolean isArchived(String table) {
        return operator.get(path(table)).json().get("state").stringValue().equals("ARCHIVED");
    }

    private double archivedRows() {
        return server.metric("tally_partition_rows", "ARCHIVE");
    }

    private String path(String table) {
        return "/v1/partitions/%s_%d_%02d"
                .formatted(table, twoMonthsAgo.getYear(), twoMonthsAgo.getMonthValue());
    }

    /** The ids of all events, read page by page. */
    private List<String> events(String tier) {
        var ids = new ArrayList<String>();
        var cursor = "";
        do {
            var page = page(tier, cursor);
            page.get("events").forEach(event -> ids.add(event.get("eventId").stringValue()));
            cursor = page.get("next").isNull() ? "" : "&cursor=" + page.get("next").stringValue();
        } while (!cursor.isEmpty());
        return ids;
    }

    private JsonNode page(String tier, String cursor) {
        return anna.reader()
                .get(anna.path("/events?limit=%d&tier=%s%s".formatted(PAGE, tier, cursor)))
                .json();
    }

    private void annaActivatesDevicesTwoMonthsAgo() throws SQLException {
        try (var connection = server.database().connect(Role.TALLY_OWNER);
                var create = connection.prepareStatement("select create_partitions(?, 2)")) {
            create.setObject(1, twoMonthsAgo);
            create.execute();
        }
        try (var past = new Past(server.database(), DEVICES)) {
            for (int n = 1; n <= DEVICES; n++) {
                Instant at = twoMonthsAgo.plusDays(n).toInstant();
                var device = new DeviceId("device-" + n);
                past.append(anna.id, at, new DeviceActivated(device, null, at));
            }
        }
    }
}
