package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.http.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.List;

/** What a dry run says of a supposition is what happens, and what is exported is what happened. */
class PotentialIT {

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private final String other = Customer.newTitle();

    private JsonNode suppose(String whatIf, String query) {
        var request =
                """
                {"titleId":"%s","deviceId":"tablet","plan":"basic","type":"DOWNLOAD","whatIf":%s}
                """
                        .formatted(title, whatIf);
        var answer = anna.reader().post(anna.path("/decisions" + query), request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static String result(JsonNode decision) {
        return decision.get("result").stringValue();
    }

    private static String then(JsonNode decision) {
        return result(decision.get("whatIf").get("then"));
    }

    @Test
    void what_would_be_decided_is_decided_once_it_is_so() {
        var license = anna.acquire(other, "phone", "basic").json().get("licenseId").stringValue();
        var events = anna.events();
        var released = "{\"commands\":[{\"type\":\"RELEASE\",\"licenseId\":\"%s\"}]}";

        var supposed = suppose(released.formatted(license), "");
        assertThat(result(supposed)).isEqualTo("DENIED");
        assertThat(then(supposed)).isEqualTo("ALLOWED");
        var differences = supposed.get("whatIf").get("differences");
        assertThat(differences.get(0).get("rule").stringValue()).isEqualTo("maxDownloadDevices");
        assertThat(differences.get(0).at("/now/current").intValue()).isEqualTo(1);
        assertThat(differences.get(0).at("/then/current").intValue()).isZero();
        assertThat(anna.events()).isEqualTo(events);

        assertThat(then(suppose("{\"plan\":\"premium\"}", ""))).isEqualTo("ALLOWED");
        var policy =
                "{\"policies\":[{\"scope\":\"plan\",\"id\":\"basic\",\"settings\":"
                        + "{\"maxDownloadDevices\":2}}]}";
        var proposed = suppose(policy, "").get("whatIf").get("then");
        assertThat(result(proposed)).isEqualTo("ALLOWED");
        assertThat(proposed.get("policyVersion").isNull()).isTrue();
        var later = "{\"at\":\"%s\"}".formatted(Instant.now().plusSeconds(40 * 24 * 3_600));
        assertThat(then(suppose(later, ""))).isEqualTo("ALLOWED");
        var asOf = Instant.now().toString();

        anna.post(license, "/release");
        assertThat(result(suppose("{}", ""))).isEqualTo("ALLOWED");
        var past = suppose(released.formatted(license), "?asOf=" + asOf);
        assertThat(result(past)).isEqualTo("DENIED");
        assertThat(then(past)).isEqualTo("ALLOWED");
    }

    @Test
    void what_cannot_be_supposed_is_refused() {
        for (var wrong :
                List.of(
                        "{\"at\":\"2020-01-01T00:00:00Z\"}",
                        "{\"at\":\"2999-01-01T00:00:00Z\"}",
                        "{\"policyVersion\":0}",
                        "{\"commands\":[{\"type\":\"RELEASE\"}]}",
                        "{\"commands\":[{\"type\":\"RELEASE\",\"licenseId\":\"x\",\"plan\":\"y\"}]}",
                        "{\"commands\":[null]}",
                        "{\"policies\":[{\"scope\":\"world\",\"id\":\"x\",\"settings\":{}}]}")) {
            assertThat(refused(wrong)).as(wrong).isEqualTo("invalid-request");
        }
        assertThat(refused("{\"policyVersion\":999999999}")).isEqualTo("invalid-policy");
        assertThat(
                        refused(
                                "{\"policies\":[{\"scope\":\"plan\",\"id\":\"x\",\"settings\":"
                                        + "{\"maxNothing\":1}}]}"))
                .isEqualTo("invalid-policy");
        assertThat(refused("{\"plan\":\"no-such-plan\"}")).isEqualTo("unknown-plan");
    }

    private String refused(String whatIf) {
        var request =
                """
                {"titleId":"%s","deviceId":"tablet","plan":"basic","type":"DOWNLOAD","whatIf":%s}
                """
                        .formatted(title, whatIf);
        return anna.reader().post(anna.path("/decisions"), request).problem();
    }

    @Test
    void all_that_is_stored_is_exported() {
        anna.acquire(title, "phone", "premium");
        var answer = anna.operator().get(anna.path("/export"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("application/x-ndjson");
        var lines = answer.body().lines().map(line -> Json.MAPPER.readTree(line)).toList();
        assertThat(lines.stream().map(line -> line.get("kind").stringValue()))
                .containsExactly(
                        "export",
                        "device",
                        "license",
                        "download",
                        "event",
                        "event",
                        "event",
                        "end");
        assertThat(lines.getLast().at("/value/lines/event").intValue()).isEqualTo(3);
        assertThat(anna.reader().get(anna.path("/export")).status()).isEqualTo(403);
    }

    @Test
    void plays_are_found_by_the_devices_clock() {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        var occurred = Instant.now().toString();
        var start =
                "{\"licenseId\":\"%s\",\"sessionId\":\"s\",\"occurredAt\":\"%s\"}"
                        .formatted(license, occurred);
        anna.edge().post(anna.path("/sessions"), start);
        assertThat(commands("?occurredFrom=2020-01-01T00:00:00Z")).isEqualTo(1);
        assertThat(commands("?occurredTo=2020-01-01T00:00:00Z")).isZero();
        assertThat(commands("?occurredFrom=2999-01-01T00:00:00Z")).isZero();
        assertThat(commands("")).isEqualTo(2);
    }

    private int commands(String query) {
        return anna.reader().get(anna.path("/timeline" + query)).json().get("commands").size();
    }
}
