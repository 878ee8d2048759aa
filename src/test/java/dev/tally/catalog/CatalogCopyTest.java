package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.availability.SaidLosses;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.LocalPersistence;
import dev.tally.local.TestFolder;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/** Catalog 10: what a node knows of the catalogue without the database. */
class CatalogCopyTest {

    private static final String FILE = "catalogue.sqlite";
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final StudioId STUDIO = new StudioId("studio");
    private static final Logger LOGGER = Logger.getLogger(CatalogCopy.class.getName());

    private static Database database;
    private static EntityManagerFactory factory;

    private final String prefix = "title-" + Ids.next() + "-";
    private final String plan = "plan-" + Ids.next();
    private final List<CatalogCopy> nodes = new ArrayList<>();
    private final Log log = new Log();
    private Instant now = Instant.parse("2026-11-21T08:00:00Z");
    private TestFolder folder;
    private final Rows rows = new Rows();
    private final SaidLosses said = new SaidLosses();
    private final LostCatalog lost = new LostCatalog(rows, said);
    private CatalogCopy copy;

    /** The catalogue in the database, which can be cut off. */
    private static class Rows extends CatalogRows {

        private boolean gone;
        private Runnable atSecondPage = () -> {};
        private String cluster;
        private String version;

        Rows() {
            entityManager = factory.createEntityManager();
        }

        @Override
        public Source source() {
            if (gone) {
                throw new PersistenceException(new SQLTransientConnectionException("It is gone"));
            }
            // In the container, a query outside a transaction always sees what is stored.
            entityManager.clear();
            var source = super.source();
            return new Source(
                    cluster == null ? source.cluster() : cluster,
                    version == null ? source.version() : version,
                    source.now());
        }

        @Override
        public List<TitleVersion> titles(String after, int limit) {
            if (!after.isEmpty()) atSecondPage.run();
            return super.titles(after, limit);
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
        LOGGER.addHandler(log);
        folder = TestFolder.in(Path.of("target/copies"));
        folder.passed();
        copy = node(folder.path());
    }

    @AfterEach
    void closeAll() {
        nodes.forEach(CatalogCopy::close);
        folder.close();
        LOGGER.removeHandler(log);
    }

    @Test
    void everything_is_known_after_the_first_refresh() {
        var end = now.plusSeconds(3600);
        var start = now.minusSeconds(1);
        var glow = new Title(id(1), "Glow", STUDIO, start, end);
        store(List.of(glow, title(2)));
        put(0, 3, now);
        assertThat(copy.known()).isEmpty();
        assertThat(copy.state()).isEmpty();

        copy.refresh();

        assertThat(known().title(id(1))).contains(glow);
        assertThat(known().title(id(2))).contains(title(2));
        assertThat(known().title(id(3))).as("there is none").isEmpty();
        assertThat(known().availabilityEnds(Set.of(id(1), id(2), id(3))))
                .isEqualTo(Map.of(id(1), end));
        assertThat(devices(now)).isEqualTo(3);
        assertThat(known().policies().hasPlan(new PlanId("premium"), now)).isTrue();
        assertThat(known().refreshedAt()).isEqualTo(now);
        assertThat(copy.state().orElseThrow())
                .isEqualTo(new CatalogCopy.State(now, countTitles(), true));
    }

    @Test
    void what_has_changed_is_taken_over_by_the_next_refresh() {
        store(List.of(title(1)));
        copy.refresh();
        var changed = new Title(id(1), "Glow", STUDIO, null, now.plusSeconds(60));

        store(List.of(changed, title(2)));
        var first = put(0, 3, now);
        now = now.plusSeconds(5);
        assertThat(known().title(id(2))).isEmpty();
        copy.refresh();

        assertThat(known().title(id(1))).contains(changed);
        assertThat(known().title(id(2))).isPresent();
        assertThat(devices(now)).isEqualTo(3);
        assertThat(copy.state().orElseThrow())
                .isEqualTo(new CatalogCopy.State(now, countTitles(), true));
        put(first.version(), 4, now);
        copy.refresh();
        assertThat(devices(now)).isEqualTo(4);
    }

    @Test
    void changes_of_more_than_a_page_are_all_taken_over() {
        copy.refresh();
        for (int count : List.of(CatalogCopy.PAGE + 1, Catalog.MAX_CHANGES + 1)) {
            var all = many(count);
            store(all);

            copy.refresh();

            assertThat(all).allMatch(title -> known().title(title.id()).isPresent());
        }
        assertThat(log.messages).filteredOn(m -> m.contains("is copied")).hasSize(1);
    }

    /** A transaction may be slower to commit than its time says. */
    @Test
    void a_title_that_was_committed_late_is_taken_over() {
        var slow = factory.createEntityManager();
        slow.getTransaction().begin();
        var slowRows = new CatalogRows();
        slowRows.entityManager = slow;
        slowRows.put(List.of(title(1)));
        copy.refresh();
        assertThat(known().title(id(1))).isEmpty();

        slow.getTransaction().commit();
        slow.close();
        copy.refresh();

        assertThat(known().title(id(1))).contains(title(1));
    }

    @Test
    void a_node_that_starts_without_the_database_knows_what_was_copied() {
        store(List.of(title(1)));
        put(0, 3, now);
        copy.refresh();
        copy.close();
        rows.gone = true;

        var restarted = node(folder.path());
        restarted.open();
        restarted.refresh();

        copy = restarted;
        assertThat(known().title(id(1))).contains(title(1));
        assertThat(known().title(id(2))).isEmpty();
        assertThat(devices(now)).isEqualTo(3);
    }

    @Test
    void a_copy_that_is_too_old_is_not_used() {
        copy.refresh();
        rows.gone = true;

        now = now.plus(LONGEST);
        copy.refresh();
        assertThat(copy.known()).isPresent();
        now = now.plusMillis(1);
        assertThat(copy.known()).isEmpty();
        assertThat(copy.state().orElseThrow().usable()).isFalse();

        rows.gone = false;
        copy.refresh();
        assertThat(copy.known()).isPresent();
    }

    @Test
    void a_clock_that_is_far_behind_makes_no_copy_young() {
        copy.refresh();

        now = now.minus(LONGEST).minusMillis(1);

        assertThat(copy.known()).isEmpty();
    }

    @Test
    void an_outage_is_logged_once_and_its_end_too() {
        copy.refresh();
        rows.gone = true;
        for (int i = 0; i < 3; i++) copy.refresh();
        rows.gone = false;
        log.messages.clear();
        rows.gone = true;
        for (int i = 0; i < 3; i++) copy.refresh();
        assertThat(log.messages).as("still the same outage").isEmpty();
        rows.gone = false;
        for (int i = 0; i < 3; i++) copy.refresh();
        rows.gone = true;
        for (int i = 0; i < 3; i++) copy.refresh();

        assertThat(log.messages)
                .containsExactly(
                        "INFO The copy of the catalogue is up to date again",
                        "WARNING The copy of the catalogue is not refreshed: It is gone");
    }

    /** What is on the disk while a change is not committed is what a kill of the process leaves. */
    @Test
    void a_node_that_is_killed_during_the_first_load_has_no_copy() throws IOException {
        store(many(CatalogCopy.PAGE + 1));
        var killed = folder.path().resolve("killed");
        rows.atSecondPage = () -> copyFiles(folder.path(), killed);

        copy.refresh();
        rows.gone = true;

        var restarted = node(killed);
        restarted.open();
        assertThat(killed.resolve(FILE)).isNotEmptyFile();
        assertThat(restarted.known()).isEmpty();
        assertThat(restarted.state()).isEmpty();
        rows.gone = false;
        rows.atSecondPage = () -> {};
        restarted.refresh();
        assertThat(restarted.state().orElseThrow().titles()).isEqualTo(countTitles());
    }

    @Test
    void a_node_that_is_killed_while_everything_is_loaded_anew_has_the_copy_before() {
        var all = many(CatalogCopy.PAGE + 1);
        store(all);
        copy.refresh();
        var before = copy.state().orElseThrow();
        var killed = folder.path().resolve("killed");
        rows.atSecondPage = () -> copyFiles(folder.path(), killed);
        rows.version = "after a restore";
        now = now.plusSeconds(5);

        copy.refresh();
        rows.gone = true;

        var restarted = node(killed);
        restarted.open();
        assertThat(restarted.state()).contains(before);
        assertThat(restarted.known().orElseThrow().title(all.getLast().id())).isPresent();
        assertThat(copy.state().orElseThrow().refreshedAt()).isEqualTo(now);
    }

    @Test
    void an_outage_during_a_load_leaves_the_copy_before() {
        store(many(CatalogCopy.PAGE + 1));
        copy.refresh();
        var before = copy.state();
        rows.version = "after a restore";
        rows.atSecondPage =
                () -> {
                    throw new PersistenceException(new SQLTransientConnectionException("Gone"));
                };
        now = now.plusSeconds(5);

        copy.refresh();
        assertThat(copy.state()).isEqualTo(before);
        rows.atSecondPage = () -> {};
        copy.refresh();

        assertThat(copy.state().orElseThrow().refreshedAt()).isEqualTo(now);
    }

    @Test
    void titles_that_a_restored_database_lacks_are_forgotten() throws SQLException {
        store(List.of(title(1), title(2)));
        copy.refresh();
        asOwner("delete from title where title_id = '" + id(2) + "'");

        copy.refresh();
        assertThat(known().title(id(2))).as("no application deletes a title").isPresent();
        rows.version = "after a restore";
        copy.refresh();

        assertThat(known().title(id(1))).isPresent();
        assertThat(known().title(id(2))).isEmpty();
    }

    @Test
    void the_copy_of_another_cluster_is_not_used_once_that_is_known() {
        store(many(CatalogCopy.PAGE + 1));
        copy.refresh();
        rows.cluster = "another one";
        var used = new ArrayList<Optional<KnownCatalog>>();
        rows.atSecondPage =
                () -> {
                    used.add(copy.known());
                    throw new PersistenceException(new SQLTransientConnectionException("Gone"));
                };

        copy.refresh();

        assertThat(used).containsExactly(Optional.empty());
        assertThat(copy.known()).isEmpty();
        assertThat(log.messages).anyMatch(m -> m.startsWith("WARNING") && m.contains("another"));
        rows.atSecondPage = () -> {};
        copy.refresh();
        assertThat(copy.known()).isPresent();
    }

    @Test
    void a_file_that_is_no_database_is_made_anew() throws IOException {
        var file = folder.path().resolve(FILE);
        Files.writeString(file, "This is not SQLite, and longer than its header is. ".repeat(100));
        rows.gone = true;
        for (int i = 0; i < 3; i++) copy.refresh();
        assertThat(copy.known()).isEmpty();
        assertThat(log.messages).filteredOn(m -> m.contains("cannot be opened")).hasSize(1);

        rows.gone = false;
        copy.refresh();

        assertThat(copy.state().orElseThrow().titles()).isEqualTo(countTitles());
    }

    @Test
    void a_file_that_is_damaged_while_it_is_used_is_made_anew() throws IOException {
        var all = many(CatalogCopy.PAGE + 1);
        store(all);
        copy.refresh();
        copy.close();
        copy.open();
        damage(folder.path().resolve(FILE));
        var used = known();
        rows.gone = true;

        assertThatThrownBy(() -> all.forEach(title -> used.title(title.id())))
                .isInstanceOf(UnreadableCopy.class);
        assertThat(copy.known()).isEmpty();
        copy.refresh();
        assertThat(copy.known()).as("the damage is seen when the file is opened").isEmpty();
        assertThat(log.messages)
                .filteredOn(m -> m.contains("copy of the catalogue can"))
                .hasSize(1);

        rows.gone = false;
        copy.refresh();

        var anew = known();
        assertThat(all).allMatch(title -> anew.title(title.id()).isPresent());
    }

    @Test
    void a_file_of_another_release_is_made_anew() throws SQLException {
        copy.refresh();
        copy.close();
        inFile("pragma user_version = 999");

        copy.open();
        assertThat(copy.known()).isEmpty();
        copy.refresh();

        assertThat(copy.known()).isPresent();
    }

    /** A value that SQLite does not find to be wrong. */
    @Test
    void a_file_whose_content_makes_no_sense_is_made_anew() throws SQLException {
        copy.refresh();
        for (var damage :
                List.of(
                        "update mark set refreshed_at = 'yesterday'",
                        "update policy set settings = '{'",
                        "drop table title")) {
            copy.close();
            inFile(damage);

            copy.open();
            copy.refresh();
            copy.refresh();

            assertThat(copy.known()).as(damage).isPresent();
            assertThat(known().title(id(1))).as(damage).isEmpty();
        }
    }

    @Test
    void a_full_disk_leaves_the_copy_before_and_the_database_in_peace() {
        store(List.of(title(1)));
        copy.refresh();
        var before = copy.state();
        copy.close();
        copy = node(folder.path(), 1);
        store(many(CatalogCopy.PAGE + 1));
        now = now.plusSeconds(5);
        log.messages.clear();
        var tries = new AtomicInteger();
        rows.atSecondPage = tries::incrementAndGet;
        rows.version = "after a restore";

        for (int i = 0; i < 4; i++) copy.refresh();

        assertThat(copy.state()).isEqualTo(before);
        assertThat(known().title(id(1))).isPresent();
        assertThat(log.messages).filteredOn(m -> m.startsWith("WARNING")).hasSize(1);
        now = now.plus(CatalogCopy.DISK_RETRY).minusMillis(1);
        var after = tries.get();
        copy.refresh();
        assertThat(tries).hasValue(after);
        now = now.plusMillis(1);
        copy.refresh();
        assertThat(tries.get()).isGreaterThan(after);
        copy.close();
        copy = node(folder.path());
        copy.refresh();
        assertThat(copy.state().orElseThrow())
                .isEqualTo(new CatalogCopy.State(now, countTitles(), true));
    }

    @Test
    void a_folder_that_cannot_be_written_is_no_reason_to_stop() throws IOException {
        var file = Files.createFile(folder.path().resolve("file"));
        var node = node(file);

        for (int i = 0; i < 3; i++) node.refresh();

        assertThat(node.known()).isEmpty();
        assertThat(log.messages).filteredOn(m -> m.startsWith("WARNING")).hasSize(1);
    }

    @Test
    void a_policy_that_begins_later_begins_at_its_time_without_the_database() {
        var first = put(0, 1, now);
        put(first.version(), 2, now.plusSeconds(60));
        copy.refresh();
        rows.gone = true;

        assertThat(devices(now.plusSeconds(59))).isEqualTo(1);
        assertThat(devices(now.plusSeconds(60))).isEqualTo(2);
    }

    @Test
    void a_policy_that_is_superseded_is_known_for_commands_that_began_before() {
        var first = put(0, 1, now.minusSeconds(120));
        put(first.version(), 2, now.minusSeconds(60));
        copy.refresh();
        copy.close();
        copy.open();
        assertThat(devices(now.minusSeconds(61))).isEqualTo(1);

        copy.close();
        now = now.plus(Catalog.POLICIES_REACH_BACK);
        copy.open();

        assertThat(devices(now)).isEqualTo(2);
        assertThat(devices(now.minus(Catalog.POLICIES_REACH_BACK).minusSeconds(61)))
                .as("no longer in memory")
                .isEqualTo(4);
    }

    /** Catalog 7. */
    @Test
    void a_policy_that_is_removed_sets_nothing() {
        var first = put(0, 1, now.minusSeconds(1));
        copy.refresh();
        assertThat(known().policies().hasPlan(new PlanId(plan), now)).isTrue();

        var removed =
                inTransaction(r -> r.put(Scope.PLAN, plan, first.version(), null, now))
                        .orElseThrow();
        copy.refresh();

        assertThat(known().policies().hasPlan(new PlanId(plan), now)).isFalse();
        assertThat(devices(now)).isEqualTo(4);
        assertThat(known().policies().newest(Scope.PLAN, plan)).contains(removed);
    }

    @Test
    void policies_of_more_than_a_page_are_all_known() throws SQLException {
        asOwner(
                """
                insert into policy (scope, scope_id, version, supersedes, settings, valid_from)
                select 'plan', '%s' || i, nextval('policy_version'), 0,
                    '{"maxDownloadDevices": 7}', '%s'
                from generate_series(1, %d) i
                """
                        .formatted(plan, now, CatalogCopy.PAGE + 1));

        copy.refresh();

        assertThat(IntStream.rangeClosed(1, CatalogCopy.PAGE + 1))
                .allMatch(i -> known().policies().hasPlan(new PlanId(plan + i), now));
    }

    @Test
    void refreshes_at_the_same_time_take_turns() {
        store(many(CatalogCopy.PAGE + 1));
        var refreshes =
                IntStream.range(0, 4)
                        .mapToObj(i -> CompletableFuture.runAsync(copy::refresh))
                        .toList();
        refreshes.forEach(CompletableFuture::join);

        assertThat(log.messages).noneMatch(message -> message.startsWith("WARNING"));
        assertThat(log.messages).filteredOn(m -> m.contains("is copied")).hasSize(1);
        assertThat(copy.state().orElseThrow())
                .isEqualTo(new CatalogCopy.State(now, countTitles(), true));
    }

    @Test
    void titles_are_found_while_everything_is_loaded_anew() {
        var all = many(CatalogCopy.PAGE + 1);
        store(all);
        copy.refresh();
        rows.version = "after a restore";
        var found = new ArrayList<Boolean>();
        rows.atSecondPage =
                () -> found.add(all.stream().allMatch(t -> known().title(t.id()).isPresent()));

        copy.refresh();

        assertThat(found).contains(true).doesNotContain(false);
    }

    private CatalogCopy node(Path folder) {
        return node(folder, CopyFile.MAX_PAGES);
    }

    private CatalogCopy node(Path folder, int maxPages) {
        var path = folder.resolve(FILE);
        var node = new CatalogCopy(rows, lost, () -> now, path, maxPages, LONGEST);
        nodes.add(node);
        return node;
    }

    private KnownCatalog known() {
        return copy.known().orElseThrow();
    }

    private TitleId id(int number) {
        return new TitleId(prefix + number);
    }

    private Title title(int number) {
        return new Title(id(number), "Title " + number, STUDIO, null, null);
    }

    private List<Title> many(int count) {
        return IntStream.range(0, count).mapToObj(this::title).toList();
    }

    private static void store(List<Title> titles) {
        inTransaction(
                rows -> {
                    rows.put(titles);
                    return null;
                });
    }

    private PolicyDocument put(int supersedes, int devices, Instant from) {
        var settings = PolicySettings.of(Map.of(MAX_DOWNLOAD_DEVICES, devices));
        return inTransaction(r -> r.put(Scope.PLAN, plan, supersedes, settings, from))
                .orElseThrow();
    }

    private Integer devices(Instant at) {
        return known().policies().inForce(null, new PlanId(plan), at).limit(MAX_DOWNLOAD_DEVICES);
    }

    private static <T> T inTransaction(Function<CatalogRows, T> work) {
        return factory.callInTransaction(
                (EntityManager entityManager) -> {
                    var rows = new CatalogRows();
                    rows.entityManager = entityManager;
                    return work.apply(rows);
                });
    }

    private static int countTitles() {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var row = statement.executeQuery("select count(*) from title")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void asOwner(String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void inFile(String sql) throws SQLException {
        var url = "jdbc:sqlite:" + folder.path().resolve(FILE);
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void copyFiles(Path from, Path to) {
        try {
            if (Files.exists(to)) return;
            Files.createDirectory(to);
            try (var files = Files.list(from)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Overwrites everything but the first pages, as a disk does that has lost them. */
    private static void damage(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            var start = channel.size() / 4;
            channel.position(start);
            var garbage = new byte[(int) (channel.size() - start)];
            Arrays.fill(garbage, (byte) 0x5a);
            channel.write(ByteBuffer.wrap(garbage));
        }
    }

    /** Collects what was logged. */
    private static final class Log extends Handler {

        private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void publish(LogRecord record) {
            var parameters = record.getParameters();
            var message = record.getMessage();
            messages.add(
                    record.getLevel()
                            + " "
                            + (parameters == null
                                    ? message
                                    : MessageFormat.format(message, parameters)));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
