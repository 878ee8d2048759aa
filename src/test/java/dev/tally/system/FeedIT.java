package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tally.architecture.OpenApi;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** The feed of all customers over HTTP: pages, lines and server-sent events tell the same. */
class FeedIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();
    private final Customer bert = new Customer();
    private final String title = Customer.newTitle();

    @Test
    void pages_lines_and_listeners_get_the_same_events_in_the_same_order() throws Exception {
        var start = newest();
        happen();

        var paged = new ArrayList<JsonNode>();
        var cursor = start;
        JsonNode page;
        do {
            page = page("?limit=2&cursor=" + cursor);
            page.get("events").forEach(paged::add);
            cursor = page.get("next").stringValue();
        } while (!page.get("caughtUp").booleanValue());
        var lines = lines(start);
        var last = lines.removeLast();
        var heard = listen("?after=" + start, null, paged.size());

        assertThat(mine(paged)).hasSizeGreaterThanOrEqualTo(8);
        assertThat(mine(lines)).isEqualTo(mine(paged));
        assertThat(mine(heard)).isEqualTo(mine(paged));
        assertThat(last.get("next").stringValue()).isNotEmpty();
        assertThat(last.get("caughtUp").isBoolean()).isTrue();
        assertThat(OpenApi.errors("FeedEnd", last)).isEmpty();
        for (var event : paged) assertThat(OpenApi.errors("FeedEvent", event)).isEmpty();
    }

    @Test
    void an_event_stands_in_the_envelope_of_cloud_events() {
        var start = newest();
        var license = anna.acquire("wish", title, "phone", "premium").json();

        var event = mine(events(page("?type=dev.tally.LicenseIssued&cursor=" + start))).getFirst();

        assertThat(event.get("specversion").stringValue()).isEqualTo("1.0");
        assertThat(event.get("id").stringValue()).isEqualTo("1");
        assertThat(event.get("source").stringValue()).isEqualTo(anna.path("/events"));
        assertThat(event.get("subject").stringValue())
                .isEqualTo("License/" + license.get("licenseId").stringValue());
        assertThat(event.get("data").get("title").stringValue()).isEqualTo(title);
        assertThat(event.get("commandid").stringValue()).isEqualTo("wish");
        assertThat(event.get("caller").stringValue()).startsWith("edge:");
    }

    @Test
    void a_filter_may_leave_a_page_empty_and_has_a_place_to_go_on_from() {
        var start = newest();
        happen();

        var issued = page("?type=dev.tally.LicenseIssued&titleId=" + title + "&cursor=" + start);
        assertThat(mine(events(issued)))
                .hasSize(2)
                .allMatch(e -> e.get("type").stringValue().equals("dev.tally.LicenseIssued"));
        var none = page("?titleId=no-such-title&cursor=" + start);
        assertThat(events(none)).isEmpty();
        assertThat(none.get("next").stringValue()).isNotEqualTo(start);
    }

    @Test
    void a_listener_that_comes_again_goes_on_where_it_was() throws Exception {
        var start = newest();
        happen();
        var all = listen("?after=" + start, null, 8);
        var third = all.get(2).get("cursor").stringValue();

        var rest = listen("?after=" + start, third, 5);

        assertThat(rest.getFirst()).isEqualTo(all.get(3));
    }

    @Test
    void a_listener_hears_what_happens_later() throws Exception {
        var start = newest();
        try (var thread = Executors.newSingleThreadExecutor()) {
            var heard = thread.submit(() -> listen("?newest=true", null, 1));
            while (!heard.isDone()) anna.acquire(Customer.newTitle(), "phone", "premium");
            assertThat(heard.get()).isNotEmpty();
        }
        assertThat(events(page("?cursor=" + start))).isNotEmpty();
    }

    @Test
    void a_cursor_of_another_database_is_refused_with_the_reason() {
        var start = newest();
        var content = new String(Base64.getUrlDecoder().decode(start), UTF_8);
        var timeline = content.split("\\.", -1)[1];
        var other =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(
                                content.replaceFirst("\\." + timeline + "\\.", ".zz.")
                                        .getBytes(UTF_8));

        var cut = anna.reader().get("/v1/events?cursor=" + other);

        assertThat(cut.status()).isEqualTo(410);
        assertThat(cut.problem()).isEqualTo("feed-cut");
        assertThat(cut.json().get("reason").stringValue()).isEqualTo("OTHER_TIMELINE");
        var lines = anna.reader().with("Accept", "application/x-ndjson");
        assertThat(lines.get("/v1/events?cursor=" + other).status()).isEqualTo(410);
        assertThat(anna.reader().get("/v1/events/stream?after=" + other).status()).isEqualTo(410);
    }

    @Test
    void what_is_asked_wrongly_is_refused() {
        for (var query : List.of("?type=LicenseIssued", "?cursor=x", "?newest=yes", "?limit=0")) {
            assertThat(anna.reader().get("/v1/events" + query).status()).as(query).isEqualTo(400);
        }
        var lines = anna.reader().with("Accept", "application/x-ndjson");
        assertThat(lines.get("/v1/events?limit=5").status()).isEqualTo(400);
        assertThat(anna.reader().with("Accept", "text/csv").get("/v1/events").status())
                .isEqualTo(406);
    }

    @Test
    void only_who_may_read_every_history_reads_the_feed() {
        for (var path : List.of("/v1/events?newest=true", "/v1/events/stream?newest=true")) {
            assertThat(anna.edge().get(path).status()).as(path).isEqualTo(403);
        }
        assertThat(anna.operator().get("/v1/events?newest=true").status()).isEqualTo(200);
    }

    private void happen() {
        for (var customer : List.of(anna, bert)) {
            var license =
                    customer.acquire(title, "phone", "premium")
                            .json()
                            .get("licenseId")
                            .stringValue();
            customer.post(license, "/release");
        }
    }

    private String newest() {
        return page("?newest=true").get("next").stringValue();
    }

    private JsonNode page(String query) {
        var answer = anna.reader().get("/v1/events" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private List<JsonNode> lines(String cursor) {
        var client = anna.reader().with("Accept", "application/x-ndjson");
        var answer = client.get("/v1/events?cursor=" + cursor);
        assertThat(answer.header("Content-Type")).startsWith("application/x-ndjson");
        return new ArrayList<>(
                answer.body().lines().map(line -> JsonMapper.shared().readTree(line)).toList());
    }

    /** Listens until so many events were told. */
    private List<JsonNode> listen(String query, String lastEventId, int events)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + "/v1/events/stream" + query))
                        .timeout(LIMIT)
                        .header("Authorization", "Bearer " + server.tokens().of("reader"));
        if (lastEventId != null) request.header("Last-Event-ID", lastEventId);
        try (var client = HttpClient.newHttpClient()) {
            var answer = client.send(request.build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            try (Stream<String> told = answer.body()) {
                var heard =
                        told.filter(line -> line.startsWith("data:"))
                                .limit(events)
                                .map(line -> JsonMapper.shared().readTree(line.substring(5)))
                                .toList();
                client.shutdownNow();
                return heard;
            }
        }
    }

    private static List<JsonNode> events(JsonNode page) {
        return page.get("events").valueStream().toList();
    }

    /** The events of this test's customers; others' may lie between them. */
    private List<JsonNode> mine(List<JsonNode> events) {
        return events.stream()
                .filter(
                        event -> {
                            var source = event.get("source").stringValue();
                            return source.equals(anna.path("/events"))
                                    || source.equals(bert.path("/events"));
                        })
                .toList();
    }
}
