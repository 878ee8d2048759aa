package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.List;

/** Customers are erased from all tables that have rows of theirs. */
class ErasureTest extends ArchiveFixture {

    @Test
    void an_erased_customer_is_gone_from_every_tier_and_nobody_else() throws Exception {
        for (var month : List.of(oldest, old, month(-1), month(0))) {
            notesIn(month);
        }
        while (!state("event", oldest).equals("VERIFYING")) aNodeThatDiesAfterOneStep();
        aNodeThatDiesAfterOneStep();
        var others = rows().stream().filter(row -> !row.contains(",customer-1,")).toList();
        erase("customer-1");

        archiver().run();
        archiver().run();

        assertThat(rows()).isEqualTo(others);
        assertThat(texts("select customer_id from tally.customer where customer_id = 'customer-1'"))
                .isEmpty();
        assertThat(
                        texts(
                                """
                                select concat_ws(' ', requested_by, completed_at is not null,
                                    customer_id, rows_erased > 4, last_error)
                                from tally.erasure
                                """))
                .containsExactly("anna t t");
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(rowsAndChecksum(partition("event", oldest)))
                .isEqualTo(rowsAndChecksumAsListed(partition("event", oldest)));
        write("customer-1", "note", now);
        assertThat(head("customer-1").lastSeq()).isEqualTo(1);
    }

    @Test
    void an_erasure_of_what_is_archived_keeps_its_number_of_rows_and_checksum_true()
            throws Exception {
        notesIn(oldest);
        archiver().run();
        erase("customer-7");

        archiver().run();

        var partition = partition("event", oldest);
        assertThat(rowsAndChecksum(partition)).isEqualTo(rowsAndChecksumAsListed(partition));
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    @Test
    void nothing_is_erased_while_a_partition_is_under_legal_hold() throws Exception {
        notesIn(oldest);
        var before = rows();
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition("event", oldest)));
        erase("customer-1");

        archiver().run();
        assertThat(rows()).isEqualTo(before);
        assertThat(texts("select last_error from tally.erasure").getFirst())
                .contains("legal hold in " + partition("event", oldest));

        asOwner("update tally.partition set legal_hold = null");
        archiver().run();
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    @Test
    void an_emptied_account_is_gone_from_the_views_before_its_rows_are() throws Exception {
        notesIn(oldest);
        note("customer-1", old);
        erase("customer-1");
        // The customer has more rows than one step erases.
        asOwner("update tally.erasure set first_seq = 3");
        store().erase("customer-1", now, firstSeq -> {});

        assertThat(texts("select 1 from tally.event where customer_id = 'customer-1'")).hasSize(2);
        assertThat(texts("select 1 from tally.event_history where customer_id = 'customer-1'"))
                .isEmpty();
        assertThat(texts("select 1 from tally.event_history")).hasSize(CUSTOMERS - 1);
    }

    @Test
    void a_new_life_that_began_meanwhile_goes_on() throws Exception {
        for (var month : List.of(oldest, old, month(-1))) {
            note("customer-1", month);
        }
        erase("customer-1");
        aNodeThatDiesAfterOneStep();
        assertThat(texts("select first_seq from tally.erasure")).containsExactly("4");
        write("customer-1", "new", now);

        archiver().run();

        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
        assertThat(texts("select seq from tally.event")).containsExactly("4");
        assertThat(head("customer-1").firstSeq()).isEqualTo(4);
        assertThat(read("customer-1").state().byId()).containsOnlyKeys("new");
    }

    @Test
    void a_node_that_dies_between_announcing_and_emptying_has_begun_no_new_life() throws Exception {
        for (var month : List.of(oldest, old, month(-1))) {
            note("customer-1", month);
        }
        erase("customer-1");
        // The number is committed, and then the node is killed: nothing else has happened.
        asOwner("update tally.erasure set first_seq = 4");
        write("customer-1", "stored before the account is emptied", now);
        assertThat(texts("select seq from tally.event order by seq")).endsWith("4");

        archiver().run();

        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
        assertThat(rows()).isEmpty();
        assertThat(texts("select customer_id from tally.customer")).isEmpty();
    }

    @Test
    void a_customer_of_whom_nothing_is_known_is_erased_at_once() throws Exception {
        erase("nobody");

        archiver().run();

        assertThat(
                        texts(
                                "select concat_ws(' ', completed_at is not null, rows_erased,"
                                        + " customer_id) from tally.erasure"))
                .containsExactly("t 0");
    }

    @Test
    void rows_in_a_partition_that_somebody_attached_by_hand_go_too() throws Exception {
        note("customer-1", old);
        asOwner(
                "create table tally.by_hand partition of tally.event for values from ('2001-01-01')"
                        + " to ('2001-02-01')",
                """
                insert into tally.by_hand (event_time, seq, generation, event_mapper,
                    aggregate_type, customer_id, aggregate_id, event_data)
                values ('2001-01-05', 0, 1, 1, 1, 'customer-1', 'a', '')
                """);
        try {
            erase("customer-1");
            archiver().run();

            assertThat(rows()).isEmpty();
            assertThat(texts("select difference from tally.partition_difference"))
                    .containsExactly("It is attached, and table partition does not know it.");
        } finally {
            asOwner("drop table tally.by_hand");
        }
    }

    private static String rowsAndChecksum(String partition) throws SQLException {
        return texts(
                        "select count(*) || ' ' || sum(hash_record_extended(e, 0)) from tally.%s e"
                                .formatted(partition))
                .getFirst();
    }

    private static String rowsAndChecksumAsListed(String partition) throws SQLException {
        return texts(
                        "select row_count || ' ' || checksum from tally.partition where name = '%s'"
                                .formatted(partition))
                .getFirst();
    }
}
