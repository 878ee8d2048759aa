package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.http.Json;
import dev.tally.http.Lines;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** What a device is told about many titles, and about itself, is what its commands are told. */
class OffersIT {

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();
    private final String other = Customer.newTitle();

    private JsonNode ask(String device, String... titles) {
        return askAt("", device, titles);
    }

    private JsonNode askAt(String query, String device, String... titles) {
        var answer = anna.reader().post(anna.path("/decisions" + query), request(device, titles));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("titles");
    }

    private static String request(String device, String... titles) {
        var quoted = List.of(titles).stream().map(t -> '"' + t + '"');
        return "{\"titles\":[%s],\"deviceId\":\"%s\",\"plan\":\"basic\"}"
                .formatted(quoted.collect(Collectors.joining(",")), device);
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(node -> node.get(field).asString("-"))
                .toList();
    }

    @Test
    void a_home_screen_is_told_of_each_title_in_its_order() {
        var license = anna.acquire(title, "phone", "basic").json().get("licenseId").stringValue();

        var told = ask("phone", other, title, "no-such-title", title);
        assertThat(texts(told, "titleId")).containsExactly(other, title, "no-such-title", title);
        assertThat(texts(told, "best")).containsExactly("STREAM", "PLAY", "-", "PLAY");
        assertThat(told.get(1).at("/license/licenseId").stringValue()).isEqualTo(license);
        var plays = Instant.parse(told.get(1).at("/license/playsUntil").stringValue());
        assertThat(plays).isAfter(Instant.now().plus(Duration.ofHours(47)));
        assertThat(told.get(2).at("/problem/type").stringValue())
                .isEqualTo("urn:tally:problem:unknown-title");
    }

    @Test
    void what_a_member_is_told_to_do_makes_room() {
        var license = anna.acquire(other, "phone", "basic").json().get("licenseId").stringValue();
        var events = anna.events();

        var download = ask("tablet", title).get(0).get("download");
        assertThat(download.get("allowed").booleanValue()).isFalse();
        assertThat(texts(download.get("forbiddenBy"), "rule"))
                .containsExactly("maxDownloadDevices");
        var step = download.get("remedy").get(0);
        assertThat(download.get("remedy").size()).isEqualTo(1);
        assertThat(step.get("act").stringValue()).isEqualTo("RELEASE");
        assertThat(step.get("licenseId").stringValue()).isEqualTo(license);
        assertThat(anna.events()).isEqualTo(events);
        assertThat(anna.acquire(title, "tablet", "basic").status()).isEqualTo(409);
        var before = Instant.now().toString();

        anna.post(license, "/release");
        assertThat(anna.acquire(title, "tablet", "basic").status()).isEqualTo(201);
        var past = askAt("?asOf=" + before, "tablet", title).get(0);
        assertThat(past.at("/download/allowed").booleanValue()).isFalse();
        assertThat(past.get("license").isNull()).isTrue();
    }

    @Test
    void thousands_of_titles_are_lines_and_a_bad_line_costs_only_itself() {
        anna.acquire(title, "phone", "basic");
        var line = "{\"titleId\":\"%s\",\"deviceId\":\"%s\",\"plan\":\"%s\"}\n";
        var lines = new StringBuilder();
        for (int n = 0; n < 1_000; n++) lines.append(line.formatted(title, "phone", "basic"));
        lines.append("\n{\"titleId\":7}\n").append(line.formatted(other, "tv", "no-such-plan"));
        lines.append(line.formatted(other, "tv", "basic"));

        var answer =
                anna.reader()
                        .send(
                                "POST",
                                anna.path("/decisions"),
                                Lines.NDJSON,
                                BodyPublishers.ofString(lines.toString()));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith(Lines.NDJSON);
        var told = answer.body().lines().map(text -> Json.MAPPER.readTree(text)).toList();
        assertThat(told.stream().map(node -> node.get("line").intValue()))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 1_004).filter(n -> n != 1_001).boxed().toList());
        assertThat(told.getFirst().get("best").stringValue()).isEqualTo("PLAY");
        assertThat(told.get(1_000).at("/problem/status").intValue()).isEqualTo(400);
        assertThat(told.get(1_001).at("/problem/type").stringValue())
                .isEqualTo("urn:tally:problem:unknown-plan");
        assertThat(told.getLast().get("best").stringValue()).isEqualTo("STREAM");
    }

    @Test
    void what_is_asked_wrongly_is_refused_with_its_place() {
        assertThat(refused("{\"titles\":[],\"deviceId\":\"d\",\"plan\":\"basic\"}"))
                .contains("titleId");
        var many = "\"t\",".repeat(200) + "\"t\"";
        assertThat(refused("{\"titles\":[" + many + "],\"deviceId\":\"d\",\"plan\":\"basic\"}"))
                .contains("titles");
        assertThat(refused("{\"titles\":[\"t\",null],\"deviceId\":\"d\",\"plan\":\"basic\"}"))
                .contains("titles[1]");
        assertThat(refused("{\"titles\":[\"a/b\"],\"deviceId\":\"d\",\"plan\":\"basic\"}"))
                .contains("titles[0]");
        var both = "{\"titles\":[\"t\"],\"%s\":%s,\"deviceId\":\"d\",\"plan\":\"basic\"}";
        assertThat(refused(both.formatted("titleId", "\"t\""))).contains("titleId");
        assertThat(refused(both.formatted("type", "\"DOWNLOAD\""))).contains("type");
        assertThat(refused(both.formatted("whatIf", "{}"))).contains("whatIf");
        assertThat(refused("{\"deviceId\":\"d\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}"))
                .contains("titleId");
        assertThat(refused("{\"deviceId\":\"d\",\"plan\":\"basic\",\"titleId\":\"t\"}"))
                .contains("type");
    }

    private String refused(String request) {
        var answer = anna.reader().post(anna.path("/decisions"), request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        return answer.json().get("errors").toString();
    }

    @Test
    void a_player_hears_when_to_renew_and_the_token_says_the_same() throws Exception {
        var license = anna.acquire(title, "phone", "premium").json();
        var from = Instant.parse(license.get("renewFrom").stringValue());
        var by = Instant.parse(license.get("renewBy").stringValue());
        var issued = Instant.parse(license.get("issuedAt").stringValue());
        assertThat(Duration.between(from, by)).isEqualTo(Duration.between(issued, by).dividedBy(4));

        var claims = verified(license.get("token").stringValue());
        assertThat(claims.get("renewFrom").longValue()).isEqualTo(from.getEpochSecond());
        assertThat(claims.get("renewBy").longValue()).isEqualTo(by.getEpochSecond());
        assertThat(claims.get("offline").booleanValue()).isTrue();
        assertThat(Duration.parse(claims.get("rentalDuration").stringValue()))
                .isEqualTo(Duration.between(issued, by));
        var seen = anna.get(license.get("licenseId").stringValue()).json();
        assertThat(seen.get("renewFrom")).isEqualTo(license.get("renewFrom"));
        var stream =
                anna.edge()
                        .post(
                                anna.path("/licenses"),
                                Customer.request(other, "tv", "premium")
                                        .replace("DOWNLOAD", "STREAMING"))
                        .json();
        assertThat(stream.get("renewFrom").isNull()).isTrue();
        assertThat(verified(stream.get("token").stringValue()).get("offline").booleanValue())
                .isFalse();
    }

    private JsonNode verified(String token) throws GeneralSecurityException {
        var keys = anna.reader().get("/.well-known/jwks.json").json();
        return new SampleVerifier(keys).verify(token, "urn:tally", Instant.now());
    }

    @Test
    void a_token_that_somebody_changed_or_that_is_over_is_found_out() throws Exception {
        var token = anna.acquire(title, "phone", "basic").json().get("token").stringValue();
        var verifier = new SampleVerifier(anna.reader().get("/.well-known/jwks.json").json());
        var now = Instant.now();
        var parts = token.split("\\.", -1);
        var longer =
                new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                        .replaceFirst("\"exp\":1", "\"exp\":2");
        var forged =
                parts[0]
                        + "."
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(longer.getBytes(StandardCharsets.UTF_8))
                        + "."
                        + parts[2];

        assertThat(verifier.verify(token, "urn:tally", now).get("device").stringValue())
                .isEqualTo("phone");
        assertThatThrownBy(() -> verifier.verify(forged, "urn:tally", now))
                .hasMessage("The signature is wrong");
        assertThatThrownBy(() -> verifier.verify(token, "urn:other", now))
                .hasMessage("Somebody else issued it");
        var later = now.plus(Duration.ofDays(400));
        assertThatThrownBy(() -> verifier.verify(token, "urn:tally", later))
                .hasMessage("It has expired");
    }

    @Test
    void a_device_shows_its_home_page_by_one_call() {
        var license = anna.acquire(title, "phone", "basic").json();
        anna.acquire(other, "phone", "basic");
        var answer = anna.edge().get(anna.path("/devices/phone/downloads"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var home = answer.json();

        assertThat(home.get("name").stringValue()).isEqualTo("Anna's phone");
        assertThat(home.get("active").booleanValue()).isTrue();
        assertThat(home.get("total").intValue()).isEqualTo(2);
        assertThat(texts(home.get("downloads"), "titleId")).containsExactlyInAnyOrder(title, other);
        assertThat(texts(home.get("downloads"), "renewBy"))
                .contains(license.get("renewBy").stringValue());
        assertThat(home.get("endsSoon").isEmpty()).isTrue();
        assertThat(home.get("renewNow").isEmpty()).isTrue();
        assertThat(texts(home.get("quotas"), "rule"))
                .contains("maxActiveDownloadsPerDevice", "maxDownloadDevices");
        var again =
                anna.edge()
                        .with("If-None-Match", answer.header("ETag"))
                        .get(anna.path("/devices/phone/downloads"));
        assertThat(again.status()).isEqualTo(304);

        var unknown = anna.edge().get(anna.path("/devices/new/downloads")).json();
        assertThat(unknown.get("active").booleanValue()).isFalse();
        assertThat(unknown.get("downloads").isEmpty()).isTrue();
    }
}
