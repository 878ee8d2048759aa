package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.partitions.RequestedErasures.Request;

import org.junit.jupiter.api.Test;

import java.time.Instant;

/** A node does not remember for long, or for many, whom it was asked to erase. */
class RequestedErasuresTest {

    private final Instant now = Instant.parse("2026-11-21T08:00:00Z");
    private final RequestedErasures requested = new RequestedErasures();

    @Test
    void the_newest_requests_are_remembered() {
        for (int i = 0; i < RequestedErasures.MOST; i++) add("erasure-" + i, now);
        assertThat(requested.all(now)).hasSize(RequestedErasures.MOST);

        add("one-more", now);

        assertThat(requested.all(now))
                .hasSize(RequestedErasures.MOST)
                .extracting(Request::erasureId)
                .endsWith("one-more")
                .doesNotContain("erasure-0");
    }

    @Test
    void a_request_is_forgotten_after_its_time() {
        add("old", now);
        var latest = now.plus(RequestedErasures.LONGEST);
        add("young", now.plusMillis(1));

        assertThat(requested.all(latest)).hasSize(2);
        assertThat(requested.all(latest.plusMillis(1)))
                .extracting(Request::erasureId)
                .containsExactly("young");
    }

    private void add(String id, Instant at) {
        requested.add(new Request(id, "customer", "anna", at));
    }
}
