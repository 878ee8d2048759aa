package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import io.opentelemetry.proto.trace.v1.Span;

import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * What a node exports while telemetry is on. The second node has it on, in all tests; the first one
 * has it off, as it is shipped.
 */
class TelemetryIT {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final TallyServer server = TallyServer.get();
    private final Collector collector = server.collector();
    private final Customer anna = new Customer();

    private static List<String> names(List<Span> spans) {
        return spans.stream().map(Span::getName).toList();
    }

    private static String text(Span span) {
        return span.getAttributesList().stream()
                .filter(attribute -> attribute.getKey().equals("db.query.text"))
                .map(attribute -> attribute.getValue().getStringValue())
                .findFirst()
                .orElse("");
    }

    @Test
    void a_trace_leads_from_the_callers_span_to_each_statement() throws Exception {
        var title = Customer.newTitle();
        var acquired =
                server.newerClient()
                        .as("edge")
                        .with("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                        .post(anna.path("/licenses"), Customer.request(title, "phone", "premium"));
        assertThat(acquired.status()).isEqualTo(201);
        assertThat(acquired.header("X-Request-Id")).isEqualTo(TRACE);

        await().until(() -> names(collector.spans(TRACE)).contains("COMMIT"));
        await().until(() -> request(TRACE) != null);
        var spans = collector.spans(TRACE);
        assertThat(request(TRACE).getName()).isEqualTo("POST /v1/customers/{customerId}/licenses");
        assertThat(request(TRACE).getParentSpanId())
                .isEqualTo(ByteString.fromHex("00f067aa0ba902b7"));
        var statements = spans.stream().filter(span -> !text(span).isEmpty()).toList();
        assertThat(names(statements)).contains("INSERT");
        for (var statement : statements) {
            assertThat(statement.getParentSpanId()).isEqualTo(request(TRACE).getSpanId());
            assertThat(text(statement)).doesNotContain(title);
        }
        assertThat(statements.stream().map(TelemetryIT::text).filter(t -> t.contains("event")))
                .isNotEmpty();
    }

    /** The span of the request itself. */
    private Span request(String trace) {
        return collector.spans(trace).stream()
                .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER)
                .findFirst()
                .orElse(null);
    }

    @Test
    void a_request_without_a_trace_has_the_id_of_the_one_that_is_made_for_it() throws Exception {
        var refused = server.newerClient().as("edge").get(anna.path("/licenses?limit=0"));
        var trace = refused.header("X-Request-Id");

        await().until(() -> request(trace) != null);
        // Its line in the log names the trace.
        await().until(() -> collector.logs().stream().anyMatch(line -> line.contains(trace)));
    }

    @Test
    void the_node_is_measured() throws Exception {
        server.newerNode();
        await().until(
                        () ->
                                collector
                                        .metrics()
                                        .containsAll(
                                                List.of(
                                                        "io.openliberty.connection_pool.connection.count",
                                                        "jvm.memory.used")));
    }
}
