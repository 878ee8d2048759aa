package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;
import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.net.http.HttpRequest.BodyPublishers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Sessions of an evening of streaming, and of two weeks without a network. */
class PlaybackIT {

    private static final int EVENTS_PER_GENERATION = 50;

    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();

    @Test
    void an_evening_of_streaming() {
        var license = stream("tv").json().get("licenseId").stringValue();
        assertThat(start(license, "evening").status()).isEqualTo(201);
        assertThat(licenseState(license)).isEqualTo("PLAYING");
        for (var device : List.of("phone", "tablet", "laptop")) {
            assertThat(start(stream(device).json().get("licenseId").stringValue(), device).status())
                    .isEqualTo(201);
        }
        var fifth = stream("console");
        assertThat(fifth.status()).isEqualTo(409);
        assertThat(fifth.json().at("/violations/0/rule").stringValue())
                .isEqualTo("maxConcurrentStreams");

        say("evening", "PAUSE");
        assertThat(say("evening", "RESUME").json().at("/session/state").stringValue())
                .isEqualTo("RUNNING");
        assertThat(say("evening", "KEEPALIVE").json().at("/results/0/result").stringValue())
                .isEqualTo("ACKNOWLEDGED");
        assertThat(say("evening", "STOP").json().at("/session/state").stringValue())
                .isEqualTo("STOPPED");

        assertThat(licenseState(license)).isEqualTo("RELEASED");
        assertThat(stream("console").status()).isEqualTo(201);
        var again = start(license, "again");
        assertThat(again.problem()).isEqualTo("playback-denied");
        assertThat(again.json().get("detail").stringValue())
                .startsWith("The license was released at ");
        assertThat(again.json().at("/violations/0/ending/state").stringValue())
                .isEqualTo("RELEASED");
        assertThat(anna.events())
                .filteredOn(event -> event.startsWith("Session"))
                .extracting(event -> event.replaceFirst(".* ", ""))
                .containsSubsequence(
                        "SessionStarted", "SessionPaused", "SessionResumed", "SessionStopped");
    }

    @Test
    void two_weeks_without_a_network() throws Exception {
        var left = Instant.now().truncatedTo(ChronoUnit.MILLIS).minus(Duration.ofDays(15));
        var license = downloadedAt(left);
        var plays = new ArrayList<String>();
        for (int day : List.of(5, 3, 9)) {
            var at = left.plus(Duration.ofDays(day));
            plays.add(event("STOP", null, at.plus(Duration.ofMinutes(50))));
            plays.add(event("PAUSE", null, at.plus(Duration.ofMinutes(20))));
            plays.add(event("START", license, at));
            plays.add(event("PAUSE", null, at.plus(Duration.ofMinutes(20))));
            var reported = report("trip-" + day, "[" + String.join(",", plays) + "]");
            assertThat(reported.json().at("/session/state").stringValue()).isEqualTo("STOPPED");
            assertThat(results(reported))
                    .containsExactly("RECORDED", "RECORDED", "RECORDED", "DUPLICATE");
            plays.clear();
        }
        var twice = report("trip-3", event("START", license, left.plus(Duration.ofDays(3))));
        assertThat(results(twice)).containsExactly("DUPLICATE");

        var played = anna.get(license).json();
        assertThat(Instant.parse(played.get("firstPlayedAt").stringValue()))
                .isEqualTo(left.plus(Duration.ofDays(3)));
        assertThat(played.get("state").stringValue()).isEqualTo("EXPIRED");
        assertThat(anna.reader().get(anna.path("/sessions")).json().get("sessions")).hasSize(3);
        var broke =
                anna.reader()
                        .get(anna.path("/events?aggregateId=trip-9"))
                        .json()
                        .get("events")
                        .valueStream()
                        .filter(e -> e.get("event").stringValue().equals("SessionStarted"))
                        .map(e -> e.at("/payload/broke").stringValue())
                        .toList();
        assertThat(broke).containsExactly("licenseActive");
    }

    @Test
    void a_list_loses_nothing_of_its_good_part() {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        start(license, "s1");

        var reported =
                report(
                        "s1",
                        "[%s,{\"type\":\"REWIND\"},%s,%s]"
                                .formatted(
                                        event("PAUSE", null, Instant.now()),
                                        event("STOP", null, Instant.now().plusSeconds(3_600)),
                                        event("START", "none", Instant.now())));

        assertThat(results(reported)).containsExactly("RECORDED", "REFUSED", "REFUSED", "REFUSED");
        assertThat(reported.json().at("/results/1/problem/type").stringValue())
                .isEqualTo("urn:tally:problem:invalid-request");
        assertThat(reported.json().at("/results/2/problem/type").stringValue())
                .isEqualTo("urn:tally:problem:clock-skew");
        assertThat(reported.json().at("/session/state").stringValue()).isEqualTo("PAUSED");
    }

    @Test
    void a_list_that_is_sent_again_says_again_what_was_refused() {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        start(license, "s1");
        var events =
                "[%s,%s]"
                        .formatted(
                                event("PAUSE", null, Instant.now()),
                                event("STOP", null, Instant.now().plusSeconds(3_600)));
        var keyed = anna.edge().with("Idempotency-Key", "k");
        var path = anna.path("/sessions/s1/events");
        assertThat(results(keyed.post(path, events))).containsExactly("RECORDED", "REFUSED");

        assertThat(results(keyed.post(path, events))).containsExactly("DUPLICATE", "REFUSED");
    }

    @Test
    void a_start_that_is_sent_again_has_the_session_that_it_began_and_displaces_nobody() {
        var license = stream("tv").json().get("licenseId").stringValue();
        start(license, "before");
        var keyed = anna.edge().with("Idempotency-Key", "k");
        var request = "{\"licenseId\":\"%s\"}".formatted(license);
        var first = keyed.post(anna.path("/sessions"), request);

        var again = keyed.post(anna.path("/sessions"), request);

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json().get("sessionId")).isEqualTo(first.json().get("sessionId"));
        assertThat(again.json().get("state").stringValue()).isEqualTo("RUNNING");
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    }

    @Test
    void a_session_is_one_of_one_license() {
        var glow = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        var another = anna.acquire(Customer.newTitle(), "phone", "premium");
        start(glow, "s1");

        assertThat(start(another.json().get("licenseId").stringValue(), "s1").problem())
                .isEqualTo("session-of-another-license");
    }

    @Test
    void a_player_learns_with_its_next_event_that_its_license_was_revoked() {
        var license = stream("tv").json().get("licenseId").stringValue();
        start(license, "s1");
        anna.operator().post(anna.path("/licenses/" + license + "/revocation"));

        var answer = say("s1", "KEEPALIVE").json();

        assertThat(answer.at("/results/0/result").stringValue()).isEqualTo("ENDED");
        assertThat(answer.at("/session/stopCause").stringValue()).isEqualTo("LICENSE_REVOKED");
    }

    @Test
    void a_gateway_passes_on_what_many_players_reported() {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").stringValue();
        var bert = new Customer();
        var of = "{\"customerId\":\"%s\",\"sessionId\":\"%s\",\"type\":\"%s\"%s}\n";
        var start = ",\"licenseId\":\"" + license + "\"";
        var lines =
                of.formatted(anna.id, "s1", "START", start)
                        + "\n"
                        + "not json\n"
                        + of.formatted(bert.id, "s1", "START", start)
                        + of.formatted(anna.id, "s1", "STOP", "")
                        + of.formatted(anna.id, "s1", "START", start)
                        + "{\"x\":\"%s\"}".formatted("y".repeat(9_000));

        var answer =
                anna.edge()
                        .send(
                                "POST",
                                "/v1/sessions/events",
                                "application/x-ndjson",
                                BodyPublishers.ofString(lines));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/x-ndjson");
        var results = answer.body().lines().map(JsonMapper.shared()::readTree).toList();
        assertThat(results)
                .extracting(
                        result -> result.get("line").intValue(),
                        result -> result.get("result").stringValue(),
                        result ->
                                result.at("/problem/type")
                                        .asString("")
                                        .replace("urn:tally:problem:", ""))
                .containsExactly(
                        tuple(1, "RECORDED", ""),
                        tuple(3, "REFUSED", "malformed-json"),
                        tuple(4, "REFUSED", "unknown-license"),
                        tuple(5, "RECORDED", ""),
                        tuple(6, "DUPLICATE", ""),
                        tuple(7, "REFUSED", "body-too-large"));
        assertThat(anna.events()).contains("Session:5 SessionStarted", "Session:6 SessionStopped");
    }

    private Answer stream(String device) {
        return anna.edge()
                .post(
                        anna.path("/licenses"),
                        Customer.request(title, device, "premium")
                                .replace("DOWNLOAD", "STREAMING"));
    }

    private Answer start(String license, String session) {
        return anna.edge()
                .post(
                        anna.path("/sessions"),
                        "{\"licenseId\":\"%s\",\"sessionId\":\"%s\"}".formatted(license, session));
    }

    private Answer say(String session, String type) {
        return report(session, "{\"type\":\"%s\"}".formatted(type));
    }

    private Answer report(String session, String events) {
        return anna.edge().post(anna.path("/sessions/" + session + "/events"), events);
    }

    private static String event(String type, String license, Instant at) {
        var of = license == null ? "" : ",\"licenseId\":\"%s\"".formatted(license);
        return "{\"type\":\"%s\",\"occurredAt\":\"%s\"%s}".formatted(type, at, of);
    }

    private static List<String> results(Answer answer) {
        return answer.json()
                .get("results")
                .valueStream()
                .map(result -> result.get("result").stringValue())
                .toList();
    }

    private String licenseState(String license) {
        return anna.get(license).json().get("state").stringValue();
    }

    /** Stores a download at a time in the past, so that the test does not have to wait. */
    private String downloadedAt(Instant at) throws SQLException {
        var database = TallyServer.get().database();
        try (var connection = database.connect(Role.TALLY_OWNER);
                var create = connection.prepareStatement("select create_partitions(?, 1)")) {
            create.setObject(1, at.atOffset(ZoneOffset.UTC));
            create.execute();
        }
        var license = Ids.next();
        var issued =
                new LicenseIssued(
                        new LicenseId(license),
                        new TitleId(title),
                        new StudioId("studio"),
                        new DeviceId("phone"),
                        LicenseType.DOWNLOAD,
                        new PlanId("premium"),
                        at,
                        at.plus(Duration.ofDays(30)),
                        Duration.ofDays(2),
                        null,
                        1);
        try (var past = new Past(database, EVENTS_PER_GENERATION)) {
            past.append(anna.id, at, issued);
        }
        return license;
    }
}
