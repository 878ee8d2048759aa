package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.List;

/** Customers are forgotten, wherever their rows lie. */
class ErasureTest extends ArchiveFixture {

    @Test
    void an_erased_customer_is_gone_from_every_tier_and_nobody_else() throws Exception {
        for (var month : List.of(oldest, old, month(-1), month(0))) {
            downloadsIn(month);
        }
        while (!state("event", oldest).equals("VERIFYING")) aNodeThatDiesAfterOneStep();
        aNodeThatDiesAfterOneStep();
        var others = rows().stream().filter(row -> !row.startsWith("(customer-1,")).toList();
        erase("customer-1");

        archiver().run();
        archiver().run();

        assertThat(rows()).isEqualTo(others);
        assertThat(texts("select customer_id from tally.stream where customer_id = 'customer-1'"))
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
        download("customer-1", now);
        assertThat(head("customer-1").seq()).isEqualTo(1);
    }

    @Test
    void an_erasure_of_what_is_archived_keeps_its_number_of_rows_and_checksum_true()
            throws Exception {
        downloadsIn(oldest);
        archiver().run();
        erase("customer-7");

        archiver().run();

        var partition = partition("event", oldest);
        assertThat(rowsAndChecksum(partition)).isEqualTo(rowsAndChecksumAsListed(partition));
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    @Test
    void nothing_is_erased_while_a_partition_is_under_legal_hold() throws Exception {
        downloadsIn(oldest);
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

    private static void erase(String customer) throws SQLException {
        asOwner(
                """
                insert into tally.erasure (erasure_id, customer_digest, customer_id, requested_by)
                values ('%1$s', sha256('%1$s'), '%1$s', 'anna')
                """
                        .formatted(customer));
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
