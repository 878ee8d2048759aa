package dev.tally.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tally.faults.Ledger.Wish;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.InstalledPostgres;
import dev.tally.local.Programs;
import dev.tally.local.Relay;
import dev.tally.local.TestFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/**
 * The primary dies and a standby takes its place, while members use two nodes that know the
 * addresses of both. The old primary never comes back; a new standby is made of the new one.
 */
class StandbyIT {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    private static final String LOST_TITLE =
            """
            {"name":"Lost","studioId":"lost-studio"}
            """;

    private static TestFolder home;
    private static int[] ports;
    private static int made;
    private static Place primary;
    private static NodePair nodes;

    private final Ledger ledger = new Ledger();

    /** A server and the folder of its files. */
    private record Place(Path folder, InstalledPostgres server) {

        Database database() {
            return Database.on(server);
        }

        Path archive() {
            return folder.resolve("archive");
        }
    }

    /** A standby, and the relay through which it follows. */
    private record Standby(Place place, Relay relay) {}

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Programs.postgres().isPresent(), "PostgreSQL is not installed");
        home = TestFolder.in(Path.of("target/faults"));
        ports = new int[] {Database.freePort(), Database.freePort()};
        var folder = folder();
        primary = new Place(folder, InstalledPostgres.start(folder, ports[0], Map.of()));
        var database = Database.provisioned(primary.server(), folder);
        nodes =
                NodePair.start(
                        home.path(),
                        database,
                        Map.of("TALLY_DB_STANDBYS", "localhost:" + ports[1]));
    }

    private static Path folder() {
        return home.path().resolve("server-" + ++made);
    }

    @AfterAll
    static void stop() throws IOException {
        if (nodes != null) nodes.close();
        if (primary != null) primary.server().close();
        if (home == null) return;
        if (!TestFolder.anyFailed()) home.passed();
        home.close();
    }

    @Test
    void a_synchronous_standby_has_all_that_was_acknowledged() throws Exception {
        var standby = standby();
        waitForStandbys();
        await().atMost(LIMIT)
                .until(() -> sees("select from pg_stat_replication where sync_state = 'sync'"));
        try (var members = nodes.members(ledger)) {
            primary.server().kill();
            NodePair.awaitPromises(ledger);
            takesOver(standby);

            var lost =
                    nodes.recover(
                            "failover to a synchronous standby",
                            ledger,
                            members,
                            primary.database(),
                            true);
            assertThat(lost).isEmpty();
        }
    }

    @Test
    void what_an_asynchronous_standby_lacks_is_found_and_said() throws Exception {
        var standby = standby();
        try (var members = nodes.members(ledger)) {
            standby.relay().cut();
            NodePair.awaitStored(ledger);
            var wish = Wish.of(TwoNodes.TITLES.getFirst());
            var license = ledger.send(nodes.as("edge"), wish).json();
            // A busy machine may promise one, and a promise is not lost.
            while (license.get("provisional").booleanValue()) {
                wish = Wish.of(TwoNodes.TITLES.getFirst());
                license = ledger.send(nodes.as("edge"), wish).json();
            }
            var erased = operatorsWrite();
            primary.server().kill();
            NodePair.awaitPromises(ledger);
            takesOver(standby);

            var lost =
                    nodes.recover(
                            "failover to an asynchronous standby",
                            ledger,
                            members,
                            primary.database(),
                            true);
            var id = license.get("licenseId").stringValue();
            assertThat(lost).contains(id).hasSizeGreaterThanOrEqualTo(NodePair.SOME / 2);
            isGoneUntilItIsWishedAgain(wish, id, license.get("token").stringValue());
            whatOperatorsWroteIsSaid(erased);
        }
    }

    /** A month that no customer of the test has events in. */
    private static String heldMonth() {
        return "/v1/partitions/event_"
                + DateTimeFormatter.ofPattern("yyyy_MM")
                        .format(YearMonth.now(ZoneOffset.UTC).plusMonths(2));
    }

    /**
     * Writes a title, a policy, a hold and an erasure.
     *
     * @return path of the erasure
     */
    private static String operatorsWrite() {
        var operator = nodes.as("operator");
        var title = operator.put("/v1/titles/lost-title", LOST_TITLE);
        assertThat(title.status()).as(title.body()).isEqualTo(201);
        var policy = operator.put("/v1/policies/plan/lost-plan", TwoNodes.NO_LIMITS);
        assertThat(policy.status()).as(policy.body()).isEqualTo(201);
        var hold = operator.put(heldMonth() + "/legal-hold", "{\"reason\":\"Case 1\"}");
        assertThat(hold.status()).as(hold.body()).isEqualTo(200);
        var erasure = operator.delete("/v1/customers/lost-customer");
        assertThat(erasure.status()).as(erasure.body()).isEqualTo(202);
        return "/v1/erasures/" + erasure.json().get("erasureId").stringValue();
    }

    private static void whatOperatorsWroteIsSaid(String erased) throws IOException {
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> {
                            for (var kind : List.of("title", "policy", "hold", "erasure")) {
                                assertThat(nodes.countOfLostWrites(kind)).as(kind).isPositive();
                            }
                        });
        for (var words :
                List.of(
                        "lost-title version 1",
                        "plan/lost-plan version",
                        "is held again",
                        erased.substring(erased.lastIndexOf('/') + 1))) {
            assertThat(nodes.haveSaidLost(words)).as(words).isTrue();
        }
        var operator = nodes.as("operator");
        assertThat(operator.get("/v1/titles/lost-title").status()).isEqualTo(404);
        assertThat(operator.get(heldMonth()).json().get("legalHold").stringValue())
                .isEqualTo("Case 1");
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> {
                            var erasure = operator.get(erased);
                            assertThat(erasure.status()).as(erasure.body()).isEqualTo(200);
                            assertThat(erasure.json().get("completedAt").isNull()).isFalse();
                        });
    }

    /**
     * The device plays until its token ends. It cannot renew the license before it sends its wish
     * again.
     */
    private void isGoneUntilItIsWishedAgain(Wish wish, String lost, String token) {
        var renewals = "/v1/customers/" + wish.customer() + "/licenses/" + lost + "/renewals";
        var device = nodes.as("edge").with("Tally-Entitlement", token);
        var renewal = device.post(renewals);
        assertThat(renewal.status()).as(renewal.body()).isEqualTo(404);
        assertThat(renewal.problem()).isEqualTo("unknown-license");

        var again = ledger.send(nodes.as("edge"), wish);
        assertThat(again.status()).as(again.body()).isEqualTo(201);
        assertThat(again.json().get("licenseId").stringValue()).isEqualTo(lost);
        assertThat(again.json().get("provisional").booleanValue()).isFalse();
        assertThat(device.post(renewals).status()).isEqualTo(200);
    }

    /** A new standby of the primary, which has caught up. */
    private static Standby standby() throws Exception {
        var relay = Relay.to(primary.database());
        var folder = folder();
        var port = primary.server().port() == ports[0] ? ports[1] : ports[0];
        var server =
                InstalledPostgres.backup(
                        folder, port, Map.of(), relay.port(), primary.archive(), "-R");
        server.start();
        await().atMost(LIMIT)
                .until(() -> sees("select from pg_stat_replication where state = 'streaming'"));
        return new Standby(new Place(folder, server), relay);
    }

    private static void takesOver(Standby standby) throws IOException {
        standby.relay().close();
        primary = standby.place();
        primary.server().promote();
    }

    private static boolean sees(String query) throws SQLException {
        try (var dba = primary.database().connect(Role.POSTGRES);
                var statement = dba.createStatement()) {
            return statement.executeQuery(query).next();
        }
    }

    /** Lets each commit of the primary wait for its standby. */
    private static void waitForStandbys() throws SQLException {
        try (var dba = primary.database().connect(Role.POSTGRES);
                var statement = dba.createStatement()) {
            statement.execute("alter system set synchronous_standby_names = '*'");
            statement.execute("select pg_reload_conf()");
        }
    }
}
