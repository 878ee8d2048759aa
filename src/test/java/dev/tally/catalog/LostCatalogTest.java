package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.availability.LostWrites.Kind;
import dev.tally.availability.SaidLosses;
import dev.tally.availability.StoreReplaced;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.LocalPersistence;
import dev.tally.local.TestFolder;
import dev.tally.runtime.Ids;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The database loses titles and policies, as it does when a standby that lagged takes over or a
 * backup is restored. A node says which, and does not keep them.
 */
@SuppressWarnings("UnnecessaryAssignment") // here nothing injects
class LostCatalogTest {

    private static final StudioId STUDIO = new StudioId("studio");

    private static Database database;
    private static EntityManagerFactory factory;

    private final Instant now = Instant.parse("2026-11-21T08:00:00Z");
    private final TitleId glow = new TitleId("title-" + Ids.next());
    private final TitleId dark = new TitleId("title-" + Ids.next());
    private final String plan = "plan-" + Ids.next();
    private final SaidLosses said = new SaidLosses();
    private final Rows rows = new Rows();
    private final LostCatalog lost = new LostCatalog(rows, said);
    private TestFolder folder;
    private CatalogCopy copy;

    /** The catalogue in the database, which another server can seem to answer for. */
    private static class Rows extends CatalogRows {

        private String server;

        Rows() {
            entityManager = factory.createEntityManager();
        }

        @Override
        public Source source() {
            // In the container, a query outside a transaction always sees what is stored.
            entityManager.clear();
            var source = super.source();
            return server == null ? source : new Source(source.cluster(), server, source.now());
        }

        @Override
        public Map<TitleId, TitleVersion> titles(Set<TitleId> ids) {
            entityManager.clear();
            return super.titles(ids);
        }
    }

    @BeforeAll
    static void asTheApplicationConnects() throws IOException {
        database = Database.forTests().migrated().hurried();
        factory = LocalPersistence.on(database.dataSource(Role.TALLY_APP));
    }

    @AfterAll
    static void stop() {
        factory.close();
        database.close();
    }

    @BeforeEach
    void makeCopy() throws IOException {
        folder = TestFolder.in(Path.of("target/copies"));
        folder.passed();
        copy = node();
    }

    @AfterEach
    void close() {
        copy.close();
        folder.close();
    }

    @Test
    void a_title_and_a_policy_of_the_copy_that_were_lost_are_said_once() throws SQLException {
        store(title(glow, "Glow"), title(dark, "Dark"));
        var policy = put(0, 3);
        copy.refresh();
        loseTitle(glow, 0);
        losePolicy(policy);

        copy.refresh();
        assertThat(said.of(Kind.TITLE)).as("the same server").isEmpty();
        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 1");
        assertThat(said.of(Kind.POLICY)).containsExactly(named(policy));
        assertThat(copy.known().orElseThrow().title(glow)).isEmpty();
        assertThat(copy.known().orElseThrow().title(dark)).isPresent();
        assertThat(copy.known().orElseThrow().policies().hasPlan(new PlanId(plan), now)).isFalse();
        findsAnotherServer("c");
        assertThat(said.of(Kind.TITLE)).hasSize(1);
        assertThat(said.of(Kind.POLICY)).hasSize(1);
    }

    /** The database is replaced before the copy has taken over what this node has written. */
    @Test
    void a_write_of_this_node_that_was_never_copied_is_said_once() throws SQLException {
        copy.refresh();
        lost.remember(store(title(glow, "Glow"), title(dark, "Dark")));
        var policy = put(0, 3);
        lost.remember(PolicyRow.of(policy, 0));
        loseTitle(glow, 0);
        losePolicy(policy);

        findsAnotherServer("b");
        findsAnotherServer("c");

        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 1");
        assertThat(said.of(Kind.POLICY)).containsExactly(named(policy));
    }

    @Test
    void what_both_the_copy_and_the_node_know_is_said_once() throws SQLException {
        lost.remember(store(title(glow, "Glow")));
        var policy = put(0, 3);
        lost.remember(PolicyRow.of(policy, 0));
        copy.refresh();
        loseTitle(glow, 0);
        losePolicy(policy);

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).hasSize(1);
        assertThat(said.of(Kind.POLICY)).hasSize(1);
    }

    @Test
    void a_title_that_was_loaded_by_sql_is_not_lost() throws SQLException {
        asSuperuser(
                "insert into tally.title (title_id, name, studio_id) values ('%s', 'Glow', 'studio')"
                        .formatted(glow.value()));
        copy.refresh();

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).isEmpty();
        loseTitle(glow, 0);
        findsAnotherServer("a");
        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 1");
    }

    @Test
    void a_node_that_was_restarted_finds_what_its_copy_has() throws SQLException {
        store(title(glow, "Glow"));
        copy.refresh();
        copy.close();
        loseTitle(glow, 0);
        copy = node();
        copy.open();

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 1");
        assertThat(copy.known().orElseThrow().title(glow)).isEmpty();
    }

    @Test
    void a_copy_that_is_ahead_of_the_database_goes_back_to_its_version() throws SQLException {
        store(title(glow, "Glow"));
        store(title(glow, "Glow 2"));
        store(title(glow, "Glow 3"));
        copy.refresh();
        loseTitle(glow, 1);

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 3");
        assertThat(copy.known().orElseThrow().title(glow)).contains(title(glow, "Glow"));
    }

    @Test
    void another_title_or_policy_under_the_number_of_a_lost_one_does_not_hide_it()
            throws SQLException {
        store(title(glow, "Glow"));
        store(title(glow, "Lost"));
        var policy = put(0, 3);
        copy.refresh();
        loseTitle(glow, 1);
        losePolicy(policy);
        store(title(glow, "Since"));
        asSuperuser(
                "insert into tally.policy (scope, scope_id, version, supersedes, settings) values"
                        + " ('plan', '%s', %d, 0, '{\"maxDownloadDevices\": 5}')"
                                .formatted(plan, policy.version()));

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).containsExactly(glow.value() + " version 2");
        assertThat(said.of(Kind.POLICY)).containsExactly(named(policy));
        assertThat(copy.known().orElseThrow().title(glow)).contains(title(glow, "Since"));
        assertThat(
                        copy.known()
                                .orElseThrow()
                                .policies()
                                .inForce(null, new PlanId(plan), Instant.now())
                                .limit(MAX_DOWNLOAD_DEVICES))
                .isEqualTo(5);
    }

    @Test
    void what_was_written_again_or_changed_since_is_not_missed() throws SQLException {
        store(title(glow, "Glow"), title(dark, "Dark"));
        var policy = put(0, 3);
        copy.refresh();
        loseTitle(glow, 0);
        losePolicy(policy);
        store(title(glow, "Glow"), title(dark, "Dark 2"));
        var again = put(0, 3);
        put(again.version(), 4);

        findsAnotherServer("b");

        assertThat(said.of(Kind.TITLE)).isEmpty();
        assertThat(said.of(Kind.POLICY)).isEmpty();
    }

    @Test
    void the_removal_of_a_policy_that_was_lost_is_said() throws SQLException {
        var policy = put(0, 3);
        var removal =
                inTransaction(r -> r.put(Scope.PLAN, plan, policy.version(), null, now))
                        .orElseThrow();
        copy.refresh();
        losePolicy(removal);

        findsAnotherServer("b");

        assertThat(said.of(Kind.POLICY)).containsExactly(named(removal) + " (its removal)");
        assertThat(copy.known().orElseThrow().policies().hasPlan(new PlanId(plan), now)).isTrue();
    }

    @Test
    void only_the_titles_that_were_written_are_told() {
        assertThat(store(title(glow, "Glow")))
                .containsExactly(new TitleVersion(title(glow, "Glow"), 1));

        assertThat(store(title(glow, "Glow"), title(dark, "Dark")))
                .extracting(TitleVersion::title)
                .containsExactly(title(dark, "Dark"));
    }

    @Test
    void a_title_in_memory_that_the_database_lost_is_forgotten() throws SQLException {
        store(title(glow, "Glow"));
        var catalog = catalog();
        assertThat(catalog.title(glow)).isPresent();
        loseTitle(glow, 0);
        assertThat(catalog.title(glow)).as("from memory").isPresent();

        catalog.forget(new StoreReplaced());

        assertThat(catalog.title(glow)).isEmpty();
    }

    /** A title that is read while another server's clock is behind the one before. */
    @Test
    void changes_are_asked_for_by_the_clock_of_the_server_that_answers() throws SQLException {
        store(title(glow, "Glow"));
        var hour = new Instant[] {Instant.now().plusSeconds(3_600)};
        rows.entityManager.clear();
        var catalog = catalog();
        catalog.rows =
                new Rows() {
                    @Override
                    public Changes titlesChanged(Instant since, int limit) {
                        var changes = super.titlesChanged(since, limit);
                        return new Changes(
                                hour[0] == null ? changes.until() : hour[0], changes.titles());
                    }
                };
        catalog.prepare();
        assertThat(catalog.title(glow)).isPresent();

        hour[0] = null;
        catalog.forget(new StoreReplaced());
        assertThat(catalog.title(glow)).isPresent();
        store(title(glow, "Glow 2"));
        catalog.takeOverChanges();

        assertThat(catalog.title(glow)).contains(title(glow, "Glow 2"));
    }

    private Catalog catalog() {
        var catalog = new Catalog();
        catalog.rows = rows;
        catalog.clock = Instant::now;
        catalog.copyJob =
                new CatalogCopyJob() {
                    @Override
                    void refreshSoon() {
                        // The copy is not what is tested.
                    }
                };
        catalog.executor =
                (ManagedExecutorService)
                        Proxy.newProxyInstance(
                                ManagedExecutorService.class.getClassLoader(),
                                new Class<?>[] {ManagedExecutorService.class},
                                (proxy, method, arguments) -> {
                                    ((Runnable) arguments[0]).run();
                                    return null;
                                });
        catalog.prepare();
        return catalog;
    }

    private CatalogCopy node() {
        var path = folder.path().resolve("catalogue.sqlite");
        var longestAge = Duration.ofHours(24);
        return new CatalogCopy(rows, lost, () -> now, path, CopyFile.MAX_PAGES, longestAge);
    }

    private void findsAnotherServer(String server) {
        rows.server = server;
        copy.refresh();
    }

    private String named(PolicyDocument policy) {
        return "plan/" + plan + " version " + policy.version();
    }

    private static Title title(TitleId id, String name) {
        return new Title(id, name, STUDIO, null, null);
    }

    private static Collection<TitleVersion> store(Title... titles) {
        return inTransaction(r -> r.put(List.of(titles)));
    }

    private PolicyDocument put(int supersedes, int devices) {
        var settings = PolicySettings.of(Map.of(MAX_DOWNLOAD_DEVICES, devices));
        return inTransaction(r -> r.put(Scope.PLAN, plan, supersedes, settings, now)).orElseThrow();
    }

    /**
     * Lets the database lose the versions of a title.
     *
     * @param kept the newest that it has; 0: none
     */
    private static void loseTitle(TitleId id, int kept) throws SQLException {
        asSuperuser(
                "delete from tally.title_history where title_id = '%s' and version > %d"
                        .formatted(id.value(), kept));
        asSuperuser("delete from tally.title where title_id = '" + id.value() + "'");
        asSuperuser(
                """
                insert into tally.title (title_id, name, studio_id, version, changed_at)
                select title_id, name, studio_id, version, changed_at
                from tally.title_history where title_id = '%s' order by version desc limit 1
                """
                        .formatted(id.value()));
    }

    private static void losePolicy(PolicyDocument policy) throws SQLException {
        asSuperuser("delete from tally.policy where version = " + policy.version());
    }

    private static void asSuperuser(String statement) throws SQLException {
        try (var dba = database.connect(Role.POSTGRES);
                var change = dba.createStatement()) {
            change.execute(statement);
        }
    }

    private static <T> T inTransaction(Function<CatalogRows, T> work) {
        return factory.callInTransaction(
                (EntityManager entityManager) -> {
                    var rows = new CatalogRows();
                    rows.entityManager = entityManager;
                    return work.apply(rows);
                });
    }
}
