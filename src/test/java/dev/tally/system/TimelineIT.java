package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.architecture.OpenApi;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The timeline of a customer tells what each command changed, as the states of then have it. */
class TimelineIT {

    private static final Set<String> FIELDS_OF_LICENSES =
            Set.of("state", "expiresAt", "firstPlayedAt", "renewals");

    private final Customer anna = new Customer();
    private String title;
    private String license;

    @BeforeEach
    void aDownloadThatIsPlayedAndGivenBack() {
        title = Customer.newTitle();
        license =
                anna.acquire("wish", title, "phone", "premium")
                        .json()
                        .get("licenseId")
                        .stringValue();
        anna.post(license, "/confirmation");
        var start = "{\"licenseId\":\"%s\",\"sessionId\":\"evening\"}".formatted(license);
        assertThat(anna.edge().post(anna.path("/sessions"), start).status()).isEqualTo(201);
        anna.edge().post(anna.path("/sessions/evening/events"), "{\"type\":\"STOP\"}");
        anna.acquire(title, "tablet", "premium");
        anna.post(license, "/release");
        assertThat(anna.edge().delete(anna.path("/devices/tablet")).status()).isEqualTo(200);
    }

    private JsonNode page(String query) {
        var answer = anna.reader().get(anna.path("/timeline" + query));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> events(JsonNode page) {
        return page.findValues("event").stream().map(JsonNode::stringValue).toList();
    }

    @Test
    void a_customer_is_found_by_what_stands_in_the_history() {
        for (var id : List.of(license, "wish", "evening")) {
            var answer = anna.reader().get("/v1/customers?id=" + id);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(OpenApi.errors("FoundCustomers", answer.json())).isEmpty();
            assertThat(answer.json().findValuesAsString("customerId")).as(id).contains(anna.id);
        }
        assertThat(anna.reader().get("/v1/customers?id=nobody-has-it").json().get("customers"))
                .isEmpty();
        assertThat(anna.reader().get("/v1/customers").status()).isEqualTo(400);
        assertThat(anna.edge().get("/v1/customers?id=" + license).status()).isEqualTo(403);
    }

    @Test
    void each_command_is_told_with_its_events() {
        var commands = page("").get("commands");
        var first = commands.get(0);
        assertThat(first.get("commandId").stringValue()).isEqualTo("wish");
        assertThat(first.get("caller").stringValue()).startsWith("edge");
        assertThat(events(first))
                .containsExactly("LicenseIssued", "DownloadCounted", "DeviceActivated");
        assertThat(first.get("events").get(0).get("tier").stringValue()).isEqualTo("HOT");
        assertThat(events(commands))
                .isEqualTo(anna.events().stream().map(TimelineIT::name).toList());
        assertThat(commands.size()).isEqualTo(7);
    }

    private static String name(String event) {
        return event.replaceFirst(".* ", "");
    }

    /** The same before and after each command as the license was answered then. */
    @Test
    void what_a_command_changed_is_the_difference_between_the_answers_of_then() {
        var compared = new ArrayList<String>();
        for (var command : page("").get("commands")) {
            var at = Instant.parse(command.get("at").stringValue());
            for (var event : command.get("events")) {
                if (!event.get("aggregateType").stringValue().equals("License")) continue;
                var id = event.get("aggregateId").stringValue();
                var before = licenseAt(id, at.minus(1, ChronoUnit.MICROS));
                var after = licenseAt(id, at);
                for (var field : FIELDS_OF_LICENSES) {
                    var change = change(event, field);
                    if (change == null) {
                        if (before != null)
                            assertThat(before.get(field)).isEqualTo(after.get(field));
                        continue;
                    }
                    compared.add(field);
                    assertThat(change.get("after")).isEqualTo(text(after, field));
                    assertThat(change.get("before")).isEqualTo(text(before, field));
                }
            }
        }
        assertThat(compared).contains("state", "expiresAt", "firstPlayedAt", "renewals");
    }

    private static String change(JsonNode event, String field, String side) {
        return change(event, field).get(side).stringValue();
    }

    private static JsonNode change(JsonNode event, String field) {
        for (var change : event.get("changes")) {
            if (change.get("field").stringValue().equals(field)) return change;
        }
        return null;
    }

    private static JsonNode text(JsonNode license, String field) {
        var nodes = JsonNodeFactory.instance;
        if (license == null || license.get(field).isNull()) return nodes.nullNode();
        return nodes.stringNode(license.get(field).asString());
    }

    private JsonNode licenseAt(String id, Instant at) {
        var answer = anna.reader().get(anna.path("/licenses/" + id + "?asOf=" + at));
        return answer.status() == 404 ? null : answer.json();
    }

    @Test
    void budgets_are_used_and_given_back() {
        var commands = page("").get("commands");
        var year = budget(commands.get(0), "maxDownloadsPerTitlePerYear");
        assertThat(year.get("usedBefore").intValue()).isZero();
        assertThat(year.get("usedAfter").intValue()).isEqualTo(1);
        var given = budget(commands.get(5), "maxActiveDownloadsPerDevice");
        assertThat(given.get("usedBefore").intValue()).isEqualTo(1);
        assertThat(given.get("usedAfter").intValue()).isZero();
    }

    private static JsonNode budget(JsonNode command, String rule) {
        for (var budget : command.get("budgets")) {
            if (budget.get("rule").stringValue().equals(rule)) return budget;
        }
        throw new AssertionError(rule + " is not in " + command);
    }

    @Test
    void a_devices_end_is_told_with_what_it_released() {
        var last = page("?newest=true&limit=1").get("commands").get(0);
        assertThat(events(last)).contains("LicenseReleased", "DeviceDeactivated");
        for (var event : last.get("events")) {
            if (!event.get("event").stringValue().equals("LicenseReleased")) continue;
            assertThat(change(event, "state", "before")).isEqualTo("ISSUED");
            assertThat(change(event, "state", "after")).isEqualTo("RELEASED");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void pages_go_both_ways_and_leave_nothing_out(int limit) {
        var all = page("").get("commands");
        var forward = new ArrayList<JsonNode>();
        var page = page("?limit=" + limit);
        page.get("commands").forEach(forward::add);
        while (!page.get("next").isNull()) {
            page = page("?limit=" + limit + "&cursor=" + page.get("next").stringValue());
            page.get("commands").forEach(forward::add);
        }
        assertThat(forward).containsExactlyElementsOf(all);

        var backward = new ArrayList<JsonNode>();
        page = page("?newest=true&limit=" + limit);
        backward.addAll(0, list(page));
        while (!page.get("previous").isNull()) {
            page = page("?limit=" + limit + "&cursor=" + page.get("previous").stringValue());
            backward.addAll(0, list(page));
        }
        assertThat(backward).containsExactlyElementsOf(all);
    }

    private static List<JsonNode> list(JsonNode page) {
        return page.get("commands").valueStream().toList();
    }

    @Test
    void a_page_ends_with_the_command_of_a_time_or_of_an_event() {
        var all = list(page(""));
        var third = all.get(2);
        var at = third.get("at").stringValue();
        var begins = new ArrayList<>(List.of("?at=" + at));
        for (var event : all.get(0).get("events")) {
            var page = page("?limit=2&eventId=" + event.get("eventId").stringValue());
            assertThat(list(page)).containsExactly(all.get(0));
            assertThat(page.get("previous").isNull()).isTrue();
        }
        for (var event : third.get("events")) {
            begins.add("?eventId=" + event.get("eventId").stringValue());
        }
        for (var begin : begins) {
            var page = page(begin + "&limit=2");
            assertThat(list(page)).as(begin).containsExactly(all.get(1), third);
            var next = page("?limit=1&cursor=" + page.get("next").stringValue());
            assertThat(list(next)).as(begin).containsExactly(all.get(3));
        }
        assertThat(list(page("?at=2020-01-01T00:00:00Z"))).isEmpty();
        assertThat(list(page("?at=9998-01-01T00:00:00Z&limit=1"))).containsExactly(all.getLast());
        assertThat(list(page("?eventId=999999999&limit=1"))).containsExactly(all.getLast());
    }

    @Test
    void a_command_is_listed_if_one_of_its_events_fits() {
        assertThat(page("?event=DeviceActivated").get("commands").size()).isEqualTo(2);
        assertThat(page("?aggregateType=Session").get("commands").size()).isEqualTo(2);
        assertThat(page("?aggregateType=License&aggregateId=" + license).get("commands").size())
                .isEqualTo(4);
        assertThat(page("?text=WISH").get("commands").size()).isEqualTo(1);
        assertThat(page("?text=nobody-wrote-this").get("commands").size()).isZero();
        assertThat(page("?tier=ARCHIVE").get("commands").size()).isZero();
        var at = page("").get("commands").get(3).get("at").stringValue();
        assertThat(page("?from=" + at).get("commands").size()).isEqualTo(4);
        assertThat(page("?to=" + at).get("commands").size()).isEqualTo(3);
        var ids = new HashSet<>(page("?newest=true&event=LicenseIssued").findValues("commandId"));
        assertThat(ids).hasSize(2);
    }

    @Test
    void nobody_else_may_look_and_what_is_asked_wrongly_is_refused() {
        assertThat(anna.edge().get(anna.path("/timeline")).status()).isEqualTo(403);
        for (var wrong :
                List.of(
                        "?cursor=eA",
                        "?cursor=MTp4MQ",
                        "?cursor=MTphYg",
                        "?newest=perhaps",
                        "?limit=0",
                        "?at=yesterday",
                        "?eventId=0",
                        "?eventId=one",
                        "?tier=COLD",
                        "?text=" + "x".repeat(129),
                        "?asOf=2026-01-01T00:00:00Z")) {
            var refused = anna.reader().get(anna.path("/timeline" + wrong));
            assertThat(refused.problem()).as(wrong).isEqualTo("invalid-request");
        }
        var nobody = anna.reader().get(new Customer().path("/timeline?newest=true")).json();
        assertThat(nobody.get("commands").size()).isZero();
        assertThat(nobody.get("next").isNull()).isTrue();
        assertThat(nobody.get("previous").isNull()).isTrue();
    }
}
