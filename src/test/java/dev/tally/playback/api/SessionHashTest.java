package dev.tally.playback.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.http.Json;
import dev.tally.ids.SessionId;
import dev.tally.playback.api.SessionsResource.Said;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;

/** Golden hashes of requests about sessions, like those of the licensing commands. */
class SessionHashTest {

    private static final Instant AT = Instant.parse("2026-11-21T08:15:30.123Z");

    @Test
    void the_hash_of_each_command_has_not_changed() {
        assertThat(SessionsResource.hash(new StartRequest("l1", "s1", AT)).value())
                .isEqualTo(-939_588_673);
        assertThat(SessionsResource.hash(new StartRequest("l1", null, null)).value())
                .isEqualTo(1_859_429_937);
        assertThat(report("[{\"type\":\"PAUSE\"},{\"type\":\"NAP\"}]")).isEqualTo(1_694_393_853);
    }

    @Test
    void how_a_client_writes_its_json_makes_no_other_command() {
        var one = report("[{\"type\":\"STOP\",\"occurredAt\":\"2026-11-21T08:15:30.123Z\"}]");

        assertThat(
                        report(
                                "[{\"occurredAt\":\"2026-11-21T09:15:30.1230+01:00\","
                                        + " \"type\":\"STOP\"}]"))
                .isEqualTo(one);
        assertThat(report("[{\"type\":\"STOP\"}]")).isNotEqualTo(one);
    }

    private static int report(String json) {
        var body = Json.MAPPER.readTree(json);
        var said = new ArrayList<Said>();
        for (var event : body) said.add(said(event));
        return SessionsResource.hash("s1", body, said).value();
    }

    /**
     * Reads an event. NAP is not a valid type, and the message that says so is not part of the
     * hash.
     */
    private static Said said(JsonNode event) {
        if (event.get("type").asString().equals("NAP")) return new Said(null, null);
        var read = Json.MAPPER.treeToValue(event, ReportRequest.class);
        return new Said(read.of(new SessionId("s1")), null);
    }
}
