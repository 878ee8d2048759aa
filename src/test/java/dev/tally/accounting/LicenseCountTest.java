package dev.tally.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.bench.Catalogue;
import dev.tally.bench.SampleHistory;
import dev.tally.bench.UsualStory;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** The numbers are those in the documentation of package {@code accounting}. */
class LicenseCountTest {

    private static final int CUSTOMERS = 30;
    private static final String ACTIVE = "1000007";
    private static final String ERASED = "1000008";
    private static final String GONE = "1000029";

    /** Shows nothing if view and counts agree. */
    private static final String DIFFERENCE =
            """
            with kept as (
                select license_type, plan_id, studio_id, state, licenses from license_summary
            ),
            told as (
                select license_type, plan_id, studio_id, state, count(*)
                from licenses_at((select true_until from license_counting))
                group by 1, 2, 3, 4
            )
            select row(d.*)::text
            from ((table kept except table told) union all (table told except table kept)) as d
            """;

    private static Database database;
    private static LicenseCount count;

    @BeforeAll
    static void start() throws IOException, SQLException {
        database = Database.forTests().migrated().hurried();
        SampleHistory.coldNode(database).close();
        var to = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        var from = to.minus(200, ChronoUnit.DAYS);
        var catalogue = Catalogue.of(40, 4);
        var sample = new SampleHistory(database, 1);
        sample.prepare(catalogue, from, to);
        sample.customers(1_000_000, CUSTOMERS, new UsualStory(catalogue, from, to, 1));
        count = new LicenseCount(database.dataSource(Role.TALLY_OWNER));
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @BeforeEach
    void nothingIsCountedYet() throws SQLException {
        asOwner(
                "truncate license_count",
                "update license_counting set began_at = null, done_to = null, true_until = null");
    }

    /** Requirement 1. */
    @Test
    void counts_are_those_of_the_licenses_and_say_until_when() throws Exception {
        assertThat(rows("select * from license_summary")).isEmpty();

        count();

        assertThat(rows("select distinct state from license_summary")).hasSizeGreaterThan(2);
        assertThat(rows(DIFFERENCE)).isEmpty();
        assertThat(
                        rows(
                                "select distinct true_until > now() - interval '1 minute' from"
                                        + " license_summary"))
                .containsExactly("t");
    }

    @Test
    void a_license_that_has_expired_since_is_counted_as_expired() throws Exception {
        count();
        var live =
                "select sum(licenses) from license_summary where state in ('ISSUED', 'CONFIRMED',"
                        + " 'PLAYING')";
        assertThat(rows(live).getFirst()).isNotEqualTo("0");

        asOwner("update license_counting set true_until = '2100-01-01'");

        assertThat(rows("select coalesce((" + live + "), 0)")).containsExactly("0");
    }

    @Test
    void only_customers_with_a_new_revision_are_counted_again() throws Exception {
        count();
        asOwner(
                "update license_count set licenses = 1000000",
                "update customer set revision = revision + 1 where customer_id = '" + ACTIVE + "'");

        count();

        assertThat(rows("select distinct customer_id from license_count where licenses < 1000000"))
                .containsExactly(ACTIVE);
    }

    @Test
    void a_round_is_not_begun_again_before_its_time() throws Exception {
        count();
        var first = rows("select true_until from license_counting");

        count.bringUpToDate(Instant.now().minus(1, ChronoUnit.HOURS), worked -> Duration.ZERO);

        assertThat(rows("select true_until from license_counting")).isEqualTo(first);
    }

    /** Requirement 4. */
    @Test
    void a_round_that_was_cut_short_goes_on_where_it_was() throws Exception {
        assertThat(rows("select count_licenses(10, 1000)")).containsExactly("MORE");
        assertThat(rows("select done_to from license_counting"))
                .isEqualTo(rows("select max(customer_id) from license_count"));
        assertThat(rows("select count(distinct customer_id) from license_count"))
                .containsExactly("10");

        count.bringUpToDate(Instant.EPOCH, worked -> Duration.ZERO);

        assertThat(rows(DIFFERENCE)).isEmpty();
        assertThat(rows("select count(distinct customer_id) from license_count"))
                .isEqualTo(rows("select count(*) from customer"));
    }

    @Test
    void it_rests_after_each_transaction_but_the_last() throws Exception {
        asOwner("delete from license_count");
        var worked = new ArrayList<Duration>();

        count.bringUpToDate(
                Instant.now(),
                time -> {
                    worked.add(time);
                    return Duration.ZERO;
                });

        var customers = Integer.parseInt(rows("select count(*) from customer").getFirst());
        assertThat(worked)
                .isNotEmpty()
                .hasSize(customers / LicenseCount.MOST_CUSTOMERS)
                .allMatch(Duration::isPositive);
    }

    @Test
    void two_nodes_do_not_count_at_the_same_time() throws Exception {
        try (var other = database.connect(Role.TALLY_OWNER);
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select count_licenses(10, 1000)");

            assertThat(rows("select count_licenses(10, 1000)")).containsExactly("BUSY");
        }
    }

    /** Requirement 5. */
    @Test
    void nothing_is_left_of_an_erased_customer() throws Exception {
        count();
        asOwner(
                """
                insert into erasure (erasure_id, customer_digest, customer_id, first_seq, requested_by)
                select 'e', sha256(convert_to(customer_id, 'UTF8')), customer_id, last_seq + 1, 'test'
                from customer where customer_id = '%s'
                """
                        .formatted(ERASED),
                """
                update customer
                set first_seq = last_seq + 1, snapshot_seq = last_seq, revision = revision + 1
                where customer_id = '%s'
                """
                        .formatted(ERASED));
        assertThat(rows("select erase_batch('e', 100000) > 0")).containsExactly("t");
        assertThat(rows("select erase_batch('e', 100000)")).containsExactly("0");

        assertThat(
                        rows(
                                "select customer_id from license_count where customer_id = '"
                                        + ERASED
                                        + "'"))
                .isEmpty();
        assertThat(rows(DIFFERENCE)).isEmpty();
    }

    @Test
    void a_customer_without_a_head_is_forgotten_in_the_next_round() throws Exception {
        count();
        asOwner("delete from customer where customer_id = '" + GONE + "'");

        count();

        assertThat(rows("select * from license_count where customer_id = '" + GONE + "'"))
                .isEmpty();
        assertThat(rows("select count(distinct customer_id) from license_count"))
                .isEqualTo(rows("select count(*) from customer"));
    }

    private void count() throws SQLException, InterruptedException {
        count.bringUpToDate(Instant.now(), worked -> Duration.ZERO);
    }

    private List<String> rows(String sql) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var found = new ArrayList<String>();
            while (rows.next()) found.add(rows.getString(1));
            return found;
        }
    }

    private void asOwner(String... statements) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            for (var sql : statements) statement.execute(sql);
        }
    }
}
