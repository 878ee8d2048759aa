package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

class PackedEventsTest {

    @Test
    void rows_come_back_as_they_were_in_the_order_of_their_appends() {
        var first = row(1, "2026-11-21T08:15:30.123456Z", "trip-7", -7, "01kahq5x6t8z9w");
        var second = row(2, "2026-11-21T08:15:30.123456Z", null, null, "pixel 9 \uD83D\uDCF1");
        var third = row(200_000, "1970-01-01T00:00:00Z", "generated", null, "");

        var packed = PackedEvents.append(PackedEvents.NONE, List.of(first, second));
        packed = PackedEvents.append(packed, List.of(third));

        assertThat(PackedEvents.rows("customer", packed))
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(first, second, third);
    }

    @Test
    void no_rows_take_no_bytes() {
        assertThat(PackedEvents.append(PackedEvents.NONE, List.of())).isEmpty();
        assertThat(PackedEvents.rows("customer", PackedEvents.NONE)).isEmpty();
    }

    private static EventRow row(
            int seq, String time, String commandId, Integer hash, String aggregateId) {
        var row = new EventRow();
        row.customerId = "customer";
        row.seq = seq;
        row.eventTime = Instant.parse(time);
        row.generation = 3;
        row.eventMapper = 17;
        row.aggregateType = 4;
        row.aggregateId = aggregateId;
        row.eventData = new byte[seq % 300];
        row.commandId = commandId;
        row.commandHash = hash;
        return row;
    }
}
