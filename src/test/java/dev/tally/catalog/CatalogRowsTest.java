package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.LocalPersistence;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/** Policies in the database: concurrent writers, and policies of a newer release. */
class CatalogRowsTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int ALL = Integer.MAX_VALUE;
    private static final StudioId STUDIO = new StudioId("studio");

    private static Database database;
    private static EntityManagerFactory factory;

    private final Instant now = Instant.parse("2026-11-21T08:00:00Z");
    private final String plan = "plan-" + Ids.next();
    private final TitleId title = new TitleId("title-" + Ids.next());

    @BeforeAll
    static void asTheApplicationConnects() throws IOException {
        database = Database.forTests().migrated();
        factory = LocalPersistence.on(database.dataSource(Role.TALLY_APP));
    }

    @AfterAll
    static void stop() {
        factory.close();
        database.close();
    }

    @Test
    void what_is_written_is_read_again() {
        var written = put(plan, 0, 3).orElseThrow();

        assertThat(written.settings().known()).isEqualTo(Map.of(MAX_DOWNLOAD_DEVICES, 3));
        assertThat(newest(plan)).isEqualTo(written);
    }

    /** Catalog 3. */
    @Test
    void a_version_is_superseded_once() {
        var first = put(plan, 0, 3).orElseThrow();

        assertThat(put(plan, 0, 4)).isEmpty();
        var second = put(plan, first.version(), 4).orElseThrow();
        assertThat(put(plan, first.version(), 5)).isEmpty();
        assertThat(newest(plan)).isEqualTo(second);
    }

    /** Catalog 2. An event that names a version was decided with all earlier versions. */
    @Test
    void writers_that_race_get_versions_in_the_order_in_which_they_become_visible() {
        var stored = new CountDownLatch(1);
        var mayCommit = new CountDownLatch(1);
        var early =
                CompletableFuture.supplyAsync(
                        () ->
                                inTransaction(
                                        rows -> {
                                            var policy = put(rows, plan + "-early", 0, 1);
                                            stored.countDown();
                                            pass(mayCommit);
                                            return policy.orElseThrow();
                                        }),
                        Thread::startVirtualThread);
        pass(stored);
        var late =
                CompletableFuture.supplyAsync(
                        () -> put(plan + "-late", 0, 2).orElseThrow(), Thread::startVirtualThread);

        await().atMost(LIMIT).until(CatalogRowsTest::somebodyWaitsForTheLock);
        assertThat(policies(ALL, now).newest(Scope.PLAN, plan + "-late")).isEmpty();
        mayCommit.countDown();

        assertThat(late.join().version()).isGreaterThan(early.join().version());
        assertThat(policies(late.join().version(), now).newest(Scope.PLAN, plan + "-early"))
                .contains(early.join());
    }

    /** Catalog 2. */
    @Test
    void what_was_in_force_is_found_by_version_and_time() {
        var first = put(plan, 0, 1).orElseThrow();
        var second =
                inTransaction(
                        rows ->
                                put(rows, plan, first.version(), 2, now.plusSeconds(60))
                                        .orElseThrow());

        assertThat(devices(second.version(), now.plusSeconds(60))).isEqualTo(2);
        assertThat(devices(second.version(), now.plusSeconds(59))).isEqualTo(1);
        assertThat(devices(first.version(), now.plusSeconds(60))).isEqualTo(1);
        assertThat(devices(first.version() - 1, now.plusSeconds(60))).isEqualTo(4);
        assertThat(devices(second.version(), now.minusSeconds(1))).isEqualTo(4);
    }

    @Test
    void in_memory_are_the_versions_that_may_still_be_asked_for() {
        var first = put(plan, 0, 1).orElseThrow();
        inTransaction(rows -> put(rows, plan, first.version(), 2, now.plusSeconds(60)));

        var before = policies(ALL, now.plusSeconds(59));
        var after = policies(ALL, now.plusSeconds(60));

        assertThat(devices(before, now.plusSeconds(59))).isEqualTo(1);
        assertThat(devices(before, now.plusSeconds(60))).isEqualTo(2);
        assertThat(devices(after, now.plusSeconds(59))).as("no longer held").isEqualTo(4);
        assertThat(devices(after, now.plusSeconds(60))).isEqualTo(2);
    }

    /** Catalog 7. */
    @Test
    void a_policy_that_is_removed_sets_nothing_and_its_version_tells_so() {
        var first = put(plan, 0, 1).orElseThrow();
        var removed =
                inTransaction(
                        rows ->
                                rows.put(Scope.PLAN, plan, first.version(), null, now)
                                        .orElseThrow());

        assertThat(removed.removed()).isTrue();
        assertThat(newest(plan)).isEqualTo(removed);
        assertThat(put(plan, first.version(), 2)).isEmpty();
        var known = policies(ALL, now);
        assertThat(devices(known, now)).isEqualTo(4);
        assertThat(known.hasPlan(new PlanId(plan), now)).isFalse();
        assertThat(known.inForce(null, new PlanId(plan), now).version())
                .isEqualTo(removed.version());
        assertThat(devices(first.version(), now)).isEqualTo(1);
        var again = put(plan, removed.version(), 3).orElseThrow();
        assertThat(devices(again.version(), now)).isEqualTo(3);
    }

    /** A node of the release before reads a removal as a policy that sets nothing. */
    @Test
    void a_policy_that_is_removed_has_no_settings() {
        assertThatThrownBy(
                        () ->
                                asOwner(
                                        """
                                        insert into policy
                                            (scope, scope_id, version, supersedes, settings, removed)
                                        values ('plan', '%s', nextval('policy_version'), 0,
                                            '{"maxRenewals": 1}', true)
                                        """
                                                .formatted(plan)))
                .hasMessageContaining("policy_that_is_removed_sets_nothing");
    }

    /** Catalog 8. */
    @Test
    void each_version_of_a_title_is_kept_and_one_that_changes_nothing_is_none() {
        var end = now.plusSeconds(3600);
        assertThat(putTitle(end).version()).isEqualTo(1);
        assertThat(putTitle(end).version()).isEqualTo(1);
        var changed = inTransaction(rows -> rows.titlesChanged(null, 1).until());
        inTransaction(
                rows -> {
                    rows.put(List.of(title(end), title(end.minusSeconds(60))));
                    return null;
                });
        inTransaction(
                rows -> {
                    rows.put(List.of(title(end.minusSeconds(60))));
                    return null;
                });

        var kept = inTransaction(rows -> rows.titles(Set.of(title, new TitleId("none"))));
        assertThat(kept.keySet()).containsExactly(title);
        assertThat(kept.get(title).version()).isEqualTo(2);
        assertThat(endAsOf(changed)).isEqualTo(end);
        assertThat(endAsOf(Instant.now().plusSeconds(60))).isEqualTo(end.minusSeconds(60));
        assertThat(endAsOf(Instant.EPOCH)).isNull();
        assertThat(putTitle(null).version()).isEqualTo(3);
        assertThat(endAsOf(Instant.now().plusSeconds(60))).isNull();
        assertThat(inTransaction(rows -> rows.titlesChanged(changed, 10)).titles()).contains(title);
        var later = inTransaction(rows -> rows.titlesChanged(changed, 10)).until();
        assertThat(inTransaction(rows -> rows.titlesChanged(later, 10)).titles()).isEmpty();
    }

    @Test
    void a_title_is_stored_only_where_its_condition_holds() {
        assertThat(put(version -> version == 1)).isEmpty();
        assertThat(put(version -> version == 0).orElseThrow().created()).isTrue();
        assertThat(put(version -> version == 0)).isEmpty();
        assertThat(put(version -> version == 2)).isEmpty();
        var same = put(version -> version == 1).orElseThrow();
        assertThat(same.created()).isFalse();
        assertThat(same.title().version()).isEqualTo(1);
    }

    /** The second of two callers who both want to create the title. */
    @Test
    void a_title_that_another_creates_meanwhile_is_not_replaced() {
        var stored = new CountDownLatch(1);
        var mayCommit = new CountDownLatch(1);
        var first =
                CompletableFuture.supplyAsync(
                        () ->
                                inTransaction(
                                        rows -> {
                                            var put =
                                                    rows.put(title(null), version -> version == 0);
                                            stored.countDown();
                                            pass(mayCommit);
                                            return put;
                                        }),
                        Thread::startVirtualThread);
        pass(stored);
        var second =
                CompletableFuture.supplyAsync(
                        () ->
                                inTransaction(
                                        rows ->
                                                rows.put(
                                                        title(now.plusSeconds(1)),
                                                        version -> version == 0)),
                        Thread::startVirtualThread);
        await().atMost(LIMIT).until(CatalogRowsTest::somebodyWaits);
        mayCommit.countDown();

        assertThat(first.join()).isPresent();
        assertThat(second.join()).isEmpty();
    }

    @Test
    void a_studio_is_known_by_its_titles() {
        var studio = new StudioId("studio of " + title);
        assertThat(isKnown(studio)).isFalse();
        putTitle(null);
        assertThat(isKnown(studio)).isTrue();
    }

    /** Many titles are written by few statements, and those that stay as they are by none. */
    @Test
    void titles_that_stay_as_they_are_write_nothing() throws SQLException {
        var many =
                IntStream.range(0, 5_000)
                        .mapToObj(i -> new Title(new TitleId(plan + i), "n", STUDIO, null, null))
                        .toList();
        for (int round = 0; round < 2; round++) {
            inTransaction(
                    rows -> {
                        rows.put(many);
                        return null;
                    });
        }
        assertThat(count("title where title_id like '" + plan + "%' and version = 1"))
                .isEqualTo(5_000);
        assertThat(count("title_history where title_id like '" + plan + "%'")).isEqualTo(5_000);
    }

    private static boolean isKnown(StudioId studio) {
        return inTransaction(rows -> rows.hasStudio(studio));
    }

    private TitleVersion putTitle(Instant end) {
        return inTransaction(rows -> rows.put(title(end), version -> true)).orElseThrow().title();
    }

    private Optional<PutTitle> put(IntPredicate condition) {
        return inTransaction(rows -> rows.put(title(null), condition));
    }

    private Title title(Instant end) {
        return new Title(title, "Glow", new StudioId("studio of " + title), null, end);
    }

    private Instant endAsOf(Instant at) {
        return inTransaction(rows -> rows.availabilityEnds(Set.of(title), at)).get(title);
    }

    private static int count(String from) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from " + from)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static boolean somebodyWaits() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var found = statement.executeQuery("select from pg_locks where not granted")) {
            return found.next();
        }
    }

    /** Catalog 5. The shipped policies have version 1 and set few keys. */
    @Test
    void an_old_version_has_the_keys_that_were_added_later() {
        var policy = policies(1, Instant.EPOCH).inForce(null, new PlanId("premium"), Instant.EPOCH);

        assertThat(policy.version()).isEqualTo(1);
        assertThat(policy.limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(6);
        assertThat(policy.settings()).containsOnlyKeys(PolicyKey.values());
    }

    /** Catalog 6. */
    @Test
    void what_a_newer_release_has_written_is_read_around_and_logged_once() throws SQLException {
        asOwner("alter table policy drop constraint policy_scope_is_known");
        write("household", plan, "{\"maxDownloadDevices\": 1}");
        write("plan", plan, "{\"maxDownloadDevices\": 3, \"maxProfiles\": 2}");
        write("plan", plan + "-2", "{\"maxProfiles\": 5, \"yearWindow\": \"CALENDAR\"}");
        var log = new Log();
        Logger.getLogger(CatalogRows.class.getName()).addHandler(log);

        var policies =
                inTransaction(
                        rows -> {
                            rows.policies(ALL, now);
                            return rows.policies(ALL, now);
                        });

        Logger.getLogger(CatalogRows.class.getName()).removeHandler(log);
        assertThat(devices(policies, now)).isEqualTo(3);
        assertThat(policies.unknownScopes()).containsExactly("household");
        assertThat(policies.newest(Scope.PLAN, plan + "-2").orElseThrow().settings().unknown())
                .isEqualTo(Map.of("maxProfiles", 5, "yearWindow", "CALENDAR"));
        assertThat(log.messages).hasSize(3);
        assertThat(log.messages).filteredOn(m -> m.contains("maxProfiles")).hasSize(1);
        assertThat(log.messages).filteredOn(m -> m.contains("yearWindow")).hasSize(1);
        assertThat(log.messages).filteredOn(m -> m.contains("household")).hasSize(1);
    }

    private Integer devices(int version, Instant at) {
        return devices(policies(version, at), at);
    }

    private Integer devices(PolicySet policies, Instant at) {
        return policies.inForce(null, new PlanId(plan), at).limit(MAX_DOWNLOAD_DEVICES);
    }

    private Optional<PolicyDocument> put(String id, int supersedes, int devices) {
        return inTransaction(rows -> put(rows, id, supersedes, devices));
    }

    private Optional<PolicyDocument> put(CatalogRows rows, String id, int supersedes, int devices) {
        return put(rows, id, supersedes, devices, now);
    }

    private static Optional<PolicyDocument> put(
            CatalogRows rows, String id, int supersedes, int devices, Instant validFrom) {
        var settings = PolicySettings.of(Map.of(MAX_DOWNLOAD_DEVICES, devices));
        return rows.put(Scope.PLAN, id, supersedes, settings, validFrom);
    }

    private static PolicyDocument newest(String id) {
        return inTransaction(rows -> rows.newest(Scope.PLAN, id)).orElseThrow();
    }

    private static PolicySet policies(int version, Instant from) {
        return inTransaction(rows -> rows.policies(version, from));
    }

    private static <T> T inTransaction(Function<CatalogRows, T> work) {
        return factory.callInTransaction(
                (EntityManager entityManager) -> {
                    var rows = new CatalogRows();
                    rows.entityManager = entityManager;
                    return work.apply(rows);
                });
    }

    private static boolean somebodyWaitsForTheLock() throws SQLException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var found =
                        statement.executeQuery(
                                "select from pg_locks where locktype = 'advisory' and not"
                                        + " granted")) {
            return found.next();
        }
    }

    private void write(String scope, String id, String settings) throws SQLException {
        asOwner(
                """
                insert into policy (scope, scope_id, version, supersedes, settings, valid_from)
                values ('%s', '%s', nextval('policy_version'), 0, '%s', '%s')
                """
                        .formatted(scope, id, settings, now));
    }

    private static void asOwner(String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Collects the messages that were logged. */
    private static final class Log extends Handler {

        private final List<String> messages = new ArrayList<>();

        @Override
        public void publish(LogRecord record) {
            messages.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
