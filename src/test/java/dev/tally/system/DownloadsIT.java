package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A customer's counted downloads, devices and sessions are told, however long ago they were. */
class DownloadsIT {

    private final Instant twoYearsAgo =
            LocalDate.now(ZoneOffset.UTC).minusYears(2).atStartOfDay().toInstant(ZoneOffset.UTC);

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();
    private final String title = Customer.newTitle();

    /** Otherwise the partition job archives the month while the tests still write into it. */
    @BeforeAll
    static void theMonthStaysHot() {
        pauseThePartitionJob(true);
    }

    @AfterAll
    static void theMonthIsArchived() {
        pauseThePartitionJob(false);
    }

    private static void pauseThePartitionJob(boolean paused) {
        var answer =
                TallyServer.get()
                        .as("operator")
                        .put("/v1/partition-job", "{\"paused\":%s}".formatted(paused));
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void downloads_are_told_as_the_view_tells_them_the_newest_first() throws SQLException {
        annaDownloadedTwoYearsAgo();
        downloadAndRelease(title);
        downloadAndRelease(Customer.newTitle());
        downloadAndRelease(title);

        var told = pages(anna.path("/downloads?limit=1"));

        assertThat(told.stream().map(DownloadsIT::summary))
                .hasSize(4)
                .containsExactlyElementsOf(fromTheView());
        assertThat(told.stream().map(d -> d.get("counts").asBoolean()))
                .containsExactly(true, true, true, false);
        assertThat(told.getLast().get("countsUntil").isNull()).isTrue();
        assertThat(told.getLast().get("deviceId").asString()).isEqualTo("old-phone");
        assertThat(told.getFirst().get("deviceId").asString()).isEqualTo("phone");
        var counted = Instant.parse(told.getFirst().get("countedAt").asString());
        assertThat(Instant.parse(told.getFirst().get("countsUntil").asString()))
                .isEqualTo(counted.atZone(ZoneOffset.UTC).plusYears(1).toInstant());
    }

    @Test
    void downloads_are_asked_for_by_title_and_since_a_time() throws SQLException {
        annaDownloadedTwoYearsAgo();
        downloadAndRelease(Customer.newTitle());
        downloadAndRelease(title);

        var ofTitle = pages(anna.path("/downloads?titleId=" + title));
        assertThat(ofTitle).hasSize(2);
        var last = ofTitle.getFirst().get("countedAt").asString();
        assertThat(pages(anna.path("/downloads?since=" + last))).hasSize(1);
        assertThat(pages(anna.path("/downloads?titleId=none"))).isEmpty();
        assertThat(pages(anna.path("/downloads?since=" + twoYearsAgo))).hasSize(3);
        var later = twoYearsAgo.plusMillis(1);
        assertThat(pages(anna.path("/downloads?since=" + later))).hasSize(2);
    }

    @Test
    void a_device_tells_its_last_download_although_its_licenses_are_gone() throws SQLException {
        annaDownloadedTwoYearsAgo();
        var issued = downloadAndRelease(title);
        downloadAndRelease(title);

        var devices = anna.reader().get(anna.path("/devices")).json().get("devices");
        var before = anna.reader().get(anna.path("/devices?asOf=" + issued)).json().get("devices");

        assertThat(devices.get(0).get("deviceId").asString()).isEqualTo("phone");
        assertThat(devices.get(0).get("lastDownloadAt").asString()).isGreaterThan(issued);
        assertThat(before.get(0).get("lastDownloadAt").asString()).isEqualTo(issued);
        assertThat(devices.get(1).get("deviceId").asString()).isEqualTo("old-phone");
        assertThat(Instant.parse(devices.get(1).get("lastDownloadAt").asString()))
                .isEqualTo(twoYearsAgo);
    }

    @Test
    void a_session_that_left_the_account_is_told_from_its_events() throws SQLException {
        annaDownloadedTwoYearsAgo();
        downloadAndRelease(title);

        assertThat(anna.reader().get(anna.path("/sessions")).json().get("sessions")).isEmpty();
        var session = anna.reader().get(anna.path("/sessions/long-ago"));
        assertThat(session.status()).isEqualTo(200);
        assertThat(session.json().get("licenseType").asString()).isEqualTo("DOWNLOAD");
        assertThat(session.json().get("state").asString()).isEqualTo("OVER");
        var before = twoYearsAgo.minusSeconds(1);
        assertThat(anna.reader().get(anna.path("/sessions/long-ago?asOf=" + before)).status())
                .isEqualTo(404);
    }

    @Test
    void a_started_session_is_where_its_location_says() {
        var license = anna.acquire(title, "phone", "premium").json().get("licenseId").asString();
        var started =
                anna.edge()
                        .post(anna.path("/sessions"), "{\"licenseId\":\"%s\"}".formatted(license));
        var location = started.header("Location");

        var shown = anna.reader().get(location.substring(location.indexOf("/v1/")));

        assertThat(shown.status()).isEqualTo(200);
        assertThat(shown.json()).isEqualTo(started.json());
    }

    private String downloadAndRelease(String of) {
        var license = anna.acquire(of, "phone", "premium").json();
        anna.post(license.get("licenseId").asString(), "/release");
        return license.get("issuedAt").asString();
    }

    private List<JsonNode> pages(String path) {
        var all = new ArrayList<JsonNode>();
        var at = path;
        while (at != null) {
            var page = anna.reader().get(at);
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            page.json().get("downloads").forEach(all::add);
            var link = page.header("Link");
            assertThat(link == null).isEqualTo(page.json().get("next").isNull());
            at =
                    link == null
                            ? null
                            : path.replaceFirst("[?].*", "") + link.substring(1, link.indexOf('>'));
        }
        return all;
    }

    private static String summary(JsonNode download) {
        return String.join(
                " ",
                download.get("eventId").asString(),
                download.get("downloadId").asString(),
                download.get("licenseId").asString(),
                download.get("titleId").asString(),
                Instant.parse(download.get("countedAt").asString()).toString(),
                download.get("cause").asString());
    }

    private List<String> fromTheView() throws SQLException {
        var downloads = new ArrayList<String>();
        try (var connection = server.database().connect(Role.TALLY_READER);
                var query =
                        connection.prepareStatement(
                                """
                                select concat_ws(' ', event_id, download_id, license_id, title_id),
                                    counted_at, cause
                                from download_counted where customer_id = ?
                                order by event_id::integer desc
                                """)) {
            query.setString(1, anna.id);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    var at = rows.getTimestamp(2).toInstant();
                    downloads.add(rows.getString(1) + " " + at + " " + rows.getString(3));
                }
            }
        }
        return downloads;
    }

    private void annaDownloadedTwoYearsAgo() throws SQLException {
        try (var connection = server.database().connect(Role.TALLY_OWNER);
                var create = connection.prepareStatement("select create_partitions(?, 2)")) {
            create.setObject(1, twoYearsAgo.atOffset(ZoneOffset.UTC));
            create.execute();
        }
        var at = twoYearsAgo;
        var license = new LicenseId(Ids.next());
        var device = new DeviceId("old-phone");
        var issued =
                new LicenseIssued(
                        license,
                        new TitleId(title),
                        new StudioId("studio"),
                        device,
                        LicenseType.DOWNLOAD,
                        new PlanId("premium"),
                        at,
                        at.plus(30, ChronoUnit.DAYS),
                        Duration.ofDays(2),
                        null,
                        1);
        try (var past = new Past(server.database(), 50)) {
            past.append(anna.id, at, issued);
            past.append(
                    anna.id,
                    at,
                    new DownloadCounted(
                            new DownloadId(Ids.next()),
                            new TitleId(title),
                            license,
                            at,
                            CountCause.ACQUIRED,
                            null,
                            1));
            past.append(anna.id, at, new DeviceActivated(device, null, at));
            past.append(
                    anna.id,
                    at,
                    new SessionStarted(
                            new SessionId("long-ago"),
                            license,
                            new TitleId(title),
                            device,
                            LicenseType.DOWNLOAD,
                            at,
                            at,
                            null,
                            Duration.ofMinutes(2),
                            null,
                            1));
        }
    }
}
