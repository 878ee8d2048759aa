package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.ids.DeviceId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.Installation;
import dev.tally.local.Node;
import dev.tally.local.Programs;
import dev.tally.system.Client.Answer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The database is dumped and restored into another cluster, as the guide for DBAs says, and the
 * application goes on there. Both clusters are of the oldest PostgreSQL that is served, if that is
 * the one that this machine has.
 */
class RestoreIT {

    private static final Path HOME = Path.of("target/restore");

    /** More than a restore takes, so that the other cluster's next numbers are smaller. */
    private static final int TRANSACTIONS = 5_000;

    private static final int OLD_CUSTOMERS = 20;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String ALL =
            "select position from event order by position, customer_id, seq";

    private static final Node NODE =
            Node.named("restored").patient().with(Map.of("TALLY_ARCHIVE_INTERVAL", "PT1S"));

    private final Instant old = Instant.now().atOffset(ZoneOffset.UTC).minusMonths(7).toInstant();

    private record Before(List<String> events, String license, String aged, Feed feed) {}

    /**
     * The feed from its beginning to its end.
     *
     * @param events customer and number of each event
     * @param cursor the place behind them
     */
    private record Feed(List<String> events, String cursor) {}

    @Test
    void a_dump_restored_into_another_cluster_goes_on() throws Exception {
        assumeTrue(Programs.postgres().isPresent(), "PostgreSQL is not installed");
        Files.createDirectories(HOME);
        var dump = HOME.toAbsolutePath().resolve("tally.dump");
        Before before;
        try (var first = Installation.installed(HOME, Files.createTempDirectory(HOME, "first-"))) {
            before = used(first);
            postgres("pg_dump", first.database(), "-Fc", "-f", "" + dump, "tally");
        }
        try (var second =
                Installation.installed(HOME, Files.createTempDirectory(HOME, "second-"))) {
            postgres(
                    "pg_restore",
                    second.database(),
                    "--clean",
                    "--if-exists",
                    "--exit-on-error",
                    "-d",
                    "tally",
                    "" + dump);
            var node = second.start(NODE);

            assertThat(Files.readString(second.log(NODE.name())))
                    .contains("positions go on above")
                    .contains("copies of 1 partitions are made again");
            goesOn(second, node.url(), before);
            isArchived(second.database(), before);
            grantsHold(second.database());
        }
    }

    /** A database with a license of today, old events, and an unfinished copy of their month. */
    private Before used(Installation first) throws Exception {
        var node = first.start(NODE);
        var database = first.database();
        var title =
                client(first, node.url(), "operator")
                        .put("/v1/titles/glow", "{\"name\":\"Glow\",\"studioId\":\"s\"}");
        assertThat(title.status()).isBetween(200, 201);
        asOwner(
                database,
                "update partition_job set paused = true",
                "select create_partitions(now() - interval '8 months', 8)");
        try (var past = new Past(database, 50)) {
            for (int i = 0; i < OLD_CUSTOMERS; i++) {
                past.append("old-" + i, old, new DeviceActivated(new DeviceId("tv"), null, old));
            }
        }
        var aged = "event_" + old.toString().substring(0, 7).replace('-', '_');
        copy(database, aged);
        burn(database);
        var license = acquire(first, node.url(), "glow");
        var all = texts(database, ALL);
        var feed = feed(first, node.url(), all.size());
        node.close();
        return new Before(all, license.json().get("licenseId").stringValue(), aged, feed);
    }

    /** Reads the feed once it has so many events: each waits for older transactions to end. */
    private static Feed feed(Installation installation, URI url, int events) {
        var reader = client(installation, url, "reader");
        return await().atMost(LIMIT)
                .until(() -> read(reader), feed -> feed.events().size() >= events);
    }

    private static Feed read(Client reader) {
        var events = new ArrayList<String>();
        for (var query = ""; ; ) {
            var page = reader.get("/v1/events" + query).json();
            var next = page.get("next").stringValue();
            if (page.get("events").isEmpty()) return new Feed(events, next);
            for (var event : page.get("events")) {
                events.add(event.get("source").stringValue() + " " + event.get("id").stringValue());
            }
            query = "?cursor=" + next;
        }
    }

    /** Copies a month and loses a row of the copy, which only a new copy brings back. */
    private static void copy(Database database, String aged) throws SQLException {
        var months =
                texts(
                        database,
                        "select starts_at from partition where parent_table = 'event' and ends_at <= (select ends_at from partition where name = '%s') order by 1"
                                .formatted(aged));
        for (var month : months) {
            asOwner(database, "select mark_month('%s')".formatted(month));
        }
        asOwner(
                database,
                "select begin_copy('%s', 'archive')".formatted(aged),
                "select copy_batch('%s', 1000)".formatted(aged),
                "select verify_batch('%s', 1000)".formatted(aged),
                "delete from %s_copy where customer_id = 'old-0'".formatted(aged));
        assertThat(texts(database, "select state from partition where name = '%s'".formatted(aged)))
                .containsExactly("COPIED");
    }

    private static void burn(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (int i = 0; i < TRANSACTIONS; i++) {
                statement.execute("select pg_current_xact_id()");
            }
        }
    }

    /** Commands of before are remembered, and new events come after all that were stored. */
    private static void goesOn(Installation second, URI url, Before before) throws SQLException {
        var database = second.database();
        assertThat(texts(database, ALL)).isEqualTo(before.events());
        var cut = client(second, url, "reader").get("/v1/events?cursor=" + before.feed().cursor());
        assertThat(cut.status()).isEqualTo(410);
        assertThat(cut.json().get("reason").stringValue()).isEqualTo("OTHER_CLUSTER");
        var anew = feed(second, url, before.events().size());
        assertThat(anew.events()).isEqualTo(before.feed().events());
        var retry = acquire(second, url, "glow");
        assertThat(retry.json().get("licenseId").stringValue()).isEqualTo(before.license());
        assertThat(texts(database, ALL)).isEqualTo(before.events());

        var release =
                client(second, url, "edge")
                        .post("/v1/customers/anna/licenses/" + before.license() + "/release");

        assertThat(release.status()).isEqualTo(200);
        var all = feed(second, url, before.events().size() + 1).events();
        assertThat(all.subList(0, all.size() - 1)).isEqualTo(before.feed().events());
        var next = client(second, url, "reader").get("/v1/events?cursor=" + anew.cursor()).json();
        assertThat(next.get("events").size()).isEqualTo(1);
        assertThat(texts(database, ALL))
                .hasSize(before.events().size() + 1)
                .startsWith(before.events().toArray(String[]::new));
        assertThat(
                        texts(
                                database,
                                "select seq from event where customer_id = 'anna' order by"
                                        + " position, seq"))
                .containsExactly("1", "2", "3", "4");
        assertThat(texts(database, "select bool_and(position < safe_below) from event, feed_lag"))
                .containsExactly("t");
    }

    /** The copy is made again, whole, and the job goes on. */
    private static void isArchived(Database database, Before before) throws SQLException {
        var state =
                "select state || ' ' || coalesce(row_count, -1) from partition where name = '%s'"
                        .formatted(before.aged());
        asOwner(database, "update partition_job set paused = false");
        await().atMost(1, TimeUnit.MINUTES)
                .untilAsserted(
                        () ->
                                assertThat(texts(database, state))
                                        .containsExactly("ARCHIVED " + OLD_CUSTOMERS));
        assertThat(texts(database, "select count(*) from " + before.aged()))
                .containsExactly("" + OLD_CUSTOMERS);
        assertThat(texts(database, "select name || ': ' || difference from partition_difference"))
                .isEmpty();
    }

    private static void grantsHold(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "select count(*) from event_history where customer_id = 'anna'")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(4);
        }
        try (var connection = database.connect(Role.TALLY_APP);
                var statement = connection.createStatement()) {
            for (var forbidden :
                    List.of(
                            "delete from event",
                            "update event set seq = 1",
                            "delete from customer")) {
                assertThatThrownBy(() -> statement.execute(forbidden))
                        .hasMessageContaining("permission denied");
            }
        }
    }

    private static Answer acquire(Installation installation, URI url, String title) {
        var answer =
                client(installation, url, "edge")
                        .with("Idempotency-Key", "the-one")
                        .post(
                                "/v1/customers/anna/licenses",
                                Customer.request(title, "phone", "premium"));
        assertThat(answer.status()).isEqualTo(201);
        return answer;
    }

    private static Client client(Installation installation, URI url, String role) {
        return new Client(url, installation.tokens()).as(role);
    }

    private static void postgres(String program, Database database, String... arguments)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Programs.postgres().orElseThrow().resolve(program).toString());
        command.addAll(
                List.of("-h", database.host(), "-p", "" + database.port(), "-U", "postgres"));
        command.addAll(List.of(arguments));
        Programs.run(command);
    }

    private static void asOwner(Database database, String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> texts(Database database, String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) texts.add(rows.getString(1));
            return texts;
        }
    }
}
