package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.IntStream;

/** The job makes months for denials and drops them, and erasures reach them. */
class DenialMonthsTest extends ArchiveFixture {

    private static final String MONTHS =
            "select name from tally.denial_month where is_attached order by name";

    @BeforeEach
    void onlyTheMonthsOfThisTest() throws SQLException {
        for (var month : texts("select name from tally.denial_month")) {
            asOwner("drop table tally." + month);
        }
    }

    private List<String> names(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(month -> partition("denial", month(month)))
                .toList();
    }

    private void create(int from, int monthsAhead) throws SQLException {
        asOwner(
                "select tally.create_denial_months(timestamptz '%s', %d)"
                        .formatted(month(from), monthsAhead));
    }

    private static void deny(String customer, Instant at) throws SQLException {
        asOwner(
                """
                insert into tally.denial
                    (hour, first_at, last_at, denials, customer_id, kind, device_id, rules, denial_id, findings)
                values ('%1$s', '%1$s', '%1$s', 1, '%2$s', 'ACQUIRE', 'phone', '{renewAfter}', 'id', '[]')
                """
                        .formatted(at, customer));
    }

    private static List<String> denied() throws SQLException {
        return texts("select distinct customer_id from tally.denial order by 1");
    }

    @Test
    void months_are_there_three_ahead() throws Exception {
        archiver().run();

        assertThat(texts(MONTHS)).isEqualTo(names(0, 3));
        deny("anna", month(0));
        deny("anna", month(4).minusSeconds(1));
        assertThat(denied()).containsExactly("anna");
    }

    @Test
    void a_paused_job_makes_months_and_drops_none() throws Exception {
        create(-5, 0);
        asOwner("update tally.partition_job set paused = true");

        archiver().run();

        assertThat(texts(MONTHS)).contains(names(-5, -5).getFirst()).containsAll(names(0, 3));
    }

    @Test
    void a_month_is_dropped_ninety_days_after_its_end_and_not_before() throws Exception {
        create(-5, 5);
        var end = month(-3);
        var due = end.plus(90, ChronoUnit.DAYS);

        archiver(null, due.minusSeconds(1)).run();
        assertThat(texts(MONTHS)).contains(partition("denial", month(-4)));

        archiver(null, due).run();
        assertThat(texts(MONTHS))
                .doesNotContain(partition("denial", month(-4)), partition("denial", month(-5)))
                .contains(partition("denial", month(-3)));
    }

    @Test
    void a_month_under_legal_hold_keeps_its_denials() throws Exception {
        create(-6, 0);
        deny("anna", oldest);
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where starts_at = '"
                        + oldest
                        + "'");
        erase("anna");

        archiver().run();
        assertThat(denied()).containsExactly("anna");
        assertThat(texts("select last_error from tally.erasure").getFirst()).contains("legal hold");

        asOwner("update tally.partition set legal_hold = null");
        archiver().run();
        assertThat(texts(MONTHS)).doesNotContain(partition("denial", oldest));
    }

    @Test
    void an_erased_customer_has_no_denials_in_any_month_and_others_have() throws Exception {
        create(-3, 6);
        notesIn(month(0));
        for (var customer : List.of("customer-1", "customer-2", "nobody")) {
            deny(customer, month(-1));
            deny(customer, month(0));
        }
        asOwner(
                "alter table tally.denial detach partition tally."
                        + partition("denial", month(-1)));
        erase("customer-1");
        erase("nobody");

        archiver().run();

        assertThat(denied()).containsExactly("customer-2");
        assertThat(texts("select customer_id from tally." + partition("denial", month(-1))))
                .containsExactly("customer-2");
        assertThat(texts("select count(*) from tally.erasure where completed_at is null"))
                .containsExactly("0");
    }

    /** The files of months that lost rows to an erasure are written anew like all others. */
    @Test
    void the_bytes_of_erased_denials_leave_the_files() throws Exception {
        create(0, 3);
        deny("customer-of-whom-nothing-stays", month(0));
        erase("customer-of-whom-nothing-stays");

        archiver().run();
        assertThat(texts("select table_name from tally.erased_from"))
                .contains(partition("denial", month(0)));

        archiver(null, now.plus(1, ChronoUnit.HOURS)).run();
        assertThat(texts("select table_name from tally.erased_from"))
                .doesNotContain(partition("denial", month(0)));
    }

    @Test
    void a_month_that_was_detached_by_hand_is_attached_again() throws Exception {
        create(0, 3);
        deny("anna", month(0));
        asOwner("alter table tally.denial detach partition tally." + partition("denial", month(0)));
        assertThat(denied()).isEmpty();

        archiver().run();

        assertThat(denied()).containsExactly("anna");
        assertThat(texts("select last_error from tally.partition_job")).containsOnlyNulls();
    }

    @Test
    void what_keeps_a_month_from_being_made_is_told_and_holds_up_nothing_else() throws Exception {
        asOwner("create view tally." + partition("denial", month(2)) + " as select 1 as one");
        try {
            archiver().run();

            assertThat(texts("select last_error from tally.partition_job").getFirst())
                    .startsWith("denials ahead: ");
            assertThat(texts("select 1 from tally.attached_partition")).isNotEmpty();
        } finally {
            asOwner("drop view tally." + partition("denial", month(2)));
        }
        archiver().run();
        assertThat(texts(MONTHS)).isEqualTo(names(0, 3));
        assertThat(texts("select last_error from tally.partition_job")).containsOnlyNulls();
    }
}
