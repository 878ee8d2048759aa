package dev.tally.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.tally.accounting.Build.State;
import dev.tally.accounting.Projector.Left;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedLag;
import dev.tally.eventstore.FeedPage;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.http.Json;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

/** The numbers are those in the documentation of package {@code accounting}. */
class StudioUsageTest {

    private static final int CUSTOMERS = 4;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    private final LocalDate lastMonth = today.withDayOfMonth(1).minusMonths(1);

    private Database database;
    private Stores stores;
    private Projector projector;

    /** What a reader of the feed is refused for; null: nothing. */
    private FeedCut.Why cut;

    /** Statements after which the owner's connection breaks; 0: never. */
    private int statementsLeft;

    @BeforeEach
    void start() throws IOException, SQLException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, AccountModel.MODEL, Settings.cold(50));
        asOwner("select create_partitions(date_trunc('month', now()) - interval '2 months', 3)");
        projector = projector(new StudioUsage());
        for (int i = 0; i < CUSTOMERS; i++) {
            var license = "l" + i;
            issue("c" + i, license, lastMonth.plusDays(9), null);
            release("c" + i, license, lastMonth.plusDays(19L + i));
        }
    }

    @AfterEach
    void stop() {
        stores.close();
        database.close();
    }

    /** Requirements 1 and 7. */
    @Test
    void usage_is_counted_by_title_and_day() throws SQLException {
        lastMonthIsCounted();
    }

    private void lastMonthIsCounted() throws SQLException {
        catchUp();

        assertThat(lastMonthsUsage().days())
                .extracting(UsageRow::day, UsageRow::acquired, UsageRow::active, UsageRow::released)
                .containsExactly(
                        row(9, 4, 4, 0),
                        row(19, 0, 3, 1),
                        row(20, 0, 2, 1),
                        row(21, 0, 1, 1),
                        row(22, 0, 0, 1));
        assertThat(usage(today, today).countedUntil()).isAfter(now.minusSeconds(1));
    }

    @Test
    void commands_are_counted_by_hour() throws SQLException {
        var capacity = projector(new CapacityHours());
        while (capacity.round() == Left.MORE) assertThat(capacity).isNotNull();

        assertThat(texts("select distinct event || commands || events from capacity_hour"))
                .contains("LicenseReleased11")
                .allMatch(text -> text.matches("License(Issued44|Released11)"));
    }

    /** Requirement 6: the connection breaks before each statement in turn. */
    @Test
    void each_event_is_counted_once_wherever_a_node_is_killed() throws SQLException {
        var kills = 0;
        // Each step is a transaction, so one that is killed has to be begun again from its start.
        for (var state : List.of(State.SERVING, State.BUILDING, State.SERVING)) {
            var left = Left.MORE;
            for (int statements = 1; left == Left.MORE; statements++) {
                statementsLeft = statements;
                try {
                    left = projector.step(state);
                    statements = 0;
                } catch (SQLException e) {
                    kills++;
                    awaitEndOfSession();
                }
            }
        }
        statementsLeft = 0;

        assertThat(kills).isGreaterThan(30);
        lastMonthIsCounted();
    }

    /** A server notices a little later that a connection is gone, and keeps its lock until then. */
    private void awaitEndOfSession() {
        var locks =
                """
                select 1 from pg_locks where locktype = 'advisory'
                and database = (select oid from pg_database where datname = current_database())
                """;
        await().pollInterval(Duration.ofMillis(2)).until(() -> texts(locks).isEmpty());
    }

    /** Requirement 4. */
    @Test
    void two_nodes_never_count_at_the_same_time() throws SQLException {
        try (var other = database.connect(Role.TALLY_OWNER);
                var statement = other.createStatement()) {
            statement.execute("select pg_advisory_lock(hashtext('tally.projection.studio-usage'))");

            assertThat(projector.round()).isEqualTo(Left.NOTHING);
            assertThat(texts("select count(*) from projection")).containsExactly("0");
        }
        catchUp();
        catchUp(projector(new StudioUsage()));
        lastMonthIsCounted();
    }

    /** Requirement 7. */
    @Test
    void the_same_question_about_a_closed_month_has_the_same_bytes() throws SQLException {
        catchUp();
        var before = bytes();
        assertThat(lastMonthsUsage().closed()).isTrue();

        issue("late", "late", lastMonth.plusDays(12), null);
        asOwner("select rebuild_projection('studio-usage')");
        catchUp();

        assertThat(bytes()).isEqualTo(before);
    }

    @Test
    void what_is_stored_after_its_month_was_closed_counts_on_the_first_open_day()
            throws SQLException {
        catchUp();
        issue("late", "late", lastMonth.plusDays(12), null);
        catchUp();

        var first = lastMonth.plusMonths(1);
        assertThat(usage(first, first).days()).extracting(UsageRow::acquired).containsExactly(1);
    }

    /** Requirement 6. */
    @Test
    void a_build_catches_up_while_the_one_before_is_shown() throws SQLException {
        catchUp();
        var before = lastMonthsUsage();
        asOwner("delete from studio_usage_closed", "delete from studio_usage_month");
        asOwner("select rebuild_projection('studio-usage')");
        assertThatThrownBy(() -> asOwner("select rebuild_projection('studio-usage')"))
                .hasMessageContaining("is being built already");

        assertThat(lastMonthsUsage().days()).isEqualTo(before.days());
        issue("new", "new", today, null);
        assertThat(projector.step(State.SERVING)).isEqualTo(Left.MORE);
        assertThat(usage(today, today).days())
                .as("the one that is shown goes on")
                .extracting(UsageRow::acquired)
                .containsExactly(1);

        catchUp();
        assertThat(texts("select build || state from projection")).containsExactly("2SERVING");
        assertThat(texts("select distinct build from studio_usage")).containsExactly("2");
        assertThat(texts("select distinct build from usage_license")).containsExactly("2");
        assertThat(lastMonthsUsage().days()).isEqualTo(before.days());
    }

    @Test
    void a_count_begins_anew_where_the_feed_cannot_be_read_on() throws SQLException {
        catchUp();
        cut = FeedCut.Why.OTHER_TIMELINE;
        assertThat(projector.step(State.SERVING)).isEqualTo(Left.MORE);
        assertThat(projector.step(State.SERVING)).as("one is enough").isEqualTo(Left.NOTHING);
        assertThat(lastMonthsUsage().days()).hasSize(5);

        cut = null;
        catchUp();

        assertThat(texts("select state from projection")).containsExactly("SERVING");
        assertThat(texts("select reason from projection").getFirst()).contains("standby took over");
        assertThat(lastMonthsUsage().days()).hasSize(5);
    }

    /** Requirement 5. */
    @Test
    void counts_of_an_erased_customer_stay_and_their_licenses_end() throws SQLException {
        issue("gone", "gone", today, null);
        catchUp();
        assertThat(usage(today, today).days()).extracting(UsageRow::active).containsExactly(1);

        stores.store().erase("gone", now, seq -> {});
        asOwner("select forget_usage('gone', 1000)");

        assertThat(texts("select customer_id from usage_license where customer_id = 'gone'"))
                .isEmpty();
        assertThat(usage(today, today).days())
                .extracting(UsageRow::acquired, UsageRow::active)
                .containsExactly(tuple(1, 0));
    }

    @Test
    void the_application_reads_figures_and_changes_none() {
        for (var sql :
                List.of(
                        "delete from studio_usage_closed",
                        "update projection set position = 0",
                        "insert into studio_usage_month values ('2026-01-01')",
                        "select rebuild_projection('capacity')",
                        "select forget_usage('c0', 1)",
                        "select * from usage_license")) {
            assertThatThrownBy(() -> run(Role.TALLY_APP, sql))
                    .as(sql)
                    .hasMessageContaining("permission denied");
        }
    }

    private Tuple row(int day, int acquired, int active, int released) {
        return tuple(lastMonth.plusDays(day), acquired, active, released);
    }

    private String bytes() throws SQLException {
        return Json.MAPPER.writeValueAsString(lastMonthsUsage()) + UsageCsv.text(lastMonthsUsage());
    }

    private Usage lastMonthsUsage() throws SQLException {
        return usage(lastMonth, lastMonth.plusMonths(1).minusDays(1));
    }

    private Usage usage(LocalDate from, LocalDate to) throws SQLException {
        try (var connection = database.connect(Role.TALLY_APP)) {
            return UsageQuery.find(connection, Told.STUDIO, null, from, to).orElseThrow();
        }
    }

    private void catchUp() throws SQLException {
        catchUp(projector);
    }

    private static void catchUp(Projector projector) throws SQLException {
        for (int rounds = 0; projector.round() == Left.MORE; rounds++) {
            assertThat(rounds).isLessThan(100);
        }
    }

    private void issue(String customer, String license, LocalDate day, Instant expiresAt) {
        var at = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        append(customer, at, Told.issued(license, at, expiresAt));
    }

    private void release(String customer, String license, LocalDate day) {
        var at = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        append(
                customer,
                at,
                new LicenseReleased(new LicenseId(license), at, ReleaseCause.MEMBER, null));
    }

    private void append(String customer, Instant at, CustomerEvent event) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        stores.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(at),
                        List.of((Record) event));
    }

    private Projector projector(Projection projection) {
        return new Projector(owner(), feed(), projection);
    }

    private EventFeed feed() {
        var feed = stores.feed();
        return new EventFeed() {
            @Override
            public FeedPage read(FeedCursor after, int limit) {
                if (cut != null && after != null) throw new FeedCut(cut);
                // Small pages, so that there are several.
                return feed.read(after, Math.min(limit, 3));
            }

            @Override
            public FeedCursor newest() {
                return feed.newest();
            }

            @Override
            public FeedLag lag() {
                return feed.lag();
            }
        };
    }

    /** The owner's connections, which break where a test wants them to. */
    private DataSource owner() {
        var source = database.dataSource(Role.TALLY_OWNER);
        return (DataSource)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (proxy, method, arguments) -> breakable(source.getConnection()));
    }

    private Connection breakable(Connection connection) {
        return (Connection)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            var isStep =
                                    method.getName().equals("prepareStatement")
                                            || method.getName().equals("commit");
                            if (isStep && statementsLeft > 0 && --statementsLeft == 0) {
                                connection.close();
                                throw new SQLException("the connection broke");
                            }
                            try {
                                return method.invoke(connection, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private List<String> texts(String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var found = new ArrayList<String>();
            while (rows.next()) found.add(rows.getString(1));
            return found;
        }
    }

    private void asOwner(String... statements) throws SQLException {
        for (var sql : statements) run(Role.TALLY_OWNER, sql);
    }

    private void run(Role role, String sql) throws SQLException {
        try (var connection = database.connect(role);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
