package dev.tally.licensing.provisional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.fallback.Entry;
import dev.tally.http.Json;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.provisional.Promise.Acquired;
import dev.tally.licensing.provisional.Promise.Renewed;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.provisional.Promise.What;
import dev.tally.licensing.write.Asked;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Promises as journals and tokens keep them, which nodes of other releases read. */
class PromiseTextTest {

    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
    private static final Instant TOMORROW = NOON.plus(Duration.ofDays(1));
    private static final LicenseId LICENSE = new LicenseId("license");

    private static final Acquired ACQUIRED =
            new Acquired(
                    new LicenseIssued(
                            LICENSE,
                            new TitleId("glow"),
                            new StudioId("studio"),
                            new DeviceId("phone"),
                            LicenseType.DOWNLOAD,
                            new PlanId("basic"),
                            NOON,
                            TOMORROW,
                            Duration.ofHours(7),
                            null,
                            7),
                    "Anna's phone",
                    new DownloadId("download"));

    private static Promise promise(What what, Instant until) {
        var asked = new Asked(new CommandId("key", 42), new Caller("edge", "gateway"), null);
        return new Promise("id", new CustomerId("anna"), asked, NOON, until, what);
    }

    @Test
    void what_is_written_is_read() {
        var all =
                List.of(
                        promise(ACQUIRED, TOMORROW),
                        promise(new Renewed(LICENSE, new DownloadId("download")), TOMORROW),
                        promise(new Started(LICENSE, new SessionId("session")), null));
        for (var promise : all) {
            assertThat(PromiseText.promise(PromiseText.entry(promise))).isEqualTo(promise);
        }
    }

    @Test
    void a_field_of_a_newer_release_is_not_lost_but_makes_the_promise_unreadable() {
        assertUnreadable(promise -> promise.put("screen", "small"));
    }

    @Test
    void a_field_of_another_kind_makes_it_unreadable() {
        assertUnreadable(promise -> promise.put("sessionId", "session"));
    }

    @Test
    void a_kind_of_a_newer_release_makes_it_unreadable() {
        assertUnreadable(promise -> promise.put("kind", "lent"));
    }

    @Test
    void a_field_that_is_missing_makes_it_unreadable() {
        assertUnreadable(promise -> promise.remove("titleId"));
    }

    private static void assertUnreadable(Consumer<ObjectNode> change) {
        var entry = PromiseText.entry(promise(ACQUIRED, TOMORROW));
        var json = (ObjectNode) Json.MAPPER.readTree(entry.content());
        change.accept(json);
        var content = Json.MAPPER.writeValueAsBytes(json);
        var changed = new Entry(entry.id(), entry.customerId(), entry.at(), content);

        assertThatThrownBy(() -> PromiseText.promise(changed))
                .isInstanceOf(UnreadableHistory.class)
                .hasMessageStartingWith("Promise id of customer anna cannot be read");
        assertThatThrownBy(() -> PromiseText.promise(new CustomerId("anna"), json))
                .isInstanceOf(UnreadableHistory.class);
    }
}
