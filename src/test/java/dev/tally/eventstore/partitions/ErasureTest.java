package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Customers are erased from all tables that have rows of theirs. */
class ErasureTest extends ArchiveFixture {

    /** A time after everything that a test erases. */
    private final Instant soon = now.plus(1, ChronoUnit.HOURS);

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

    @Test
    void rows_that_hide_in_a_default_partition_or_in_a_table_set_aside_go_too() throws Exception {
        note("customer-1", old);
        note("customer-1", month(-1));
        asOwner(
                "create table tally.stray partition of tally.event default",
                """
                insert into tally.stray (event_time, seq, generation, event_mapper,
                    aggregate_type, customer_id, aggregate_id, event_data)
                values ('2001-01-05', 0, 1, 1, 1, 'customer-1', 'a', '')
                """,
                "create table tally.set_aside (like tally.snapshot)",
                "insert into tally.set_aside values ('2001-01-05', 0, 1, 1, 1, 'customer-1', '')",
                "alter table tally.event detach partition tally." + partition("event", month(-1)));
        asOwner(
                "alter table tally.%s rename to \"Kept by hand\""
                        .formatted(partition("event", month(-1))));
        try {
            erase("customer-1");
            archiver(null, soon).run();

            assertThat(rows()).isEmpty();
            assertThat(texts("select seq from tally.\"Kept by hand\"")).isEmpty();
            assertThat(texts("select seq from tally.set_aside")).isEmpty();
            assertThat(texts("select completed_at is not null from tally.erasure"))
                    .containsExactly("t");
            assertThat(texts("select table_name from tally.erased_from")).isEmpty();
        } finally {
            asOwner("drop table tally.stray, tally.set_aside, tally.\"Kept by hand\"");
        }
    }

    @Test
    void an_erasure_is_not_complete_while_a_row_is_left_anywhere() throws Exception {
        note("customer-1", old);
        var partition = partition("event", old);
        asOwner(
                "create function tally.keep() returns trigger language plpgsql as"
                        + " 'begin return null; end'",
                "create trigger keep before delete on tally.%s for each row execute function tally.keep()"
                        .formatted(partition));
        try {
            erase("customer-1");
            archiver().run();

            assertThat(texts("select completed_at from tally.erasure")).containsOnlyNulls();
            assertThat(texts("select last_error from tally.erasure").getFirst())
                    .startsWith("55000: ")
                    .contains("rows of the customer are left in " + partition);
        } finally {
            asOwner("drop function tally.keep() cascade");
        }

        archiver().run();

        assertThat(rows()).isEmpty();
        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
    }

    @Test
    void the_bytes_of_erased_rows_are_gone_from_the_files_of_every_month_that_is_over()
            throws Exception {
        var marker = "a very unusual device name";
        for (var month : List.of(oldest, old, month(-1))) {
            notesIn(month);
            write("customer-9", marker + month, month.plus(4, ChronoUnit.DAYS));
        }
        for (int n = 0; n <= EVENTS_PER_GENERATION; n++) {
            write("customer-9", marker + n, month(-1).plus(10 + n, ChronoUnit.HOURS));
        }
        archiver().run();
        erase("customer-9");
        archiverThatRewritesIn(Period.ofDays(7)).run();
        assertThat(texts("select completed_at is not null from tally.erasure"))
                .containsExactly("t");
        asOwner("vacuum");
        assertThat(filesWith(marker))
                .contains(partition("event", oldest), partition("event", month(-1)));
        assertThat(bytesLeftIn())
                .contains(partition("event", oldest), partition("event", month(-1)));
        var others = rows();

        archiver(null, soon).run();

        assertThat(bytesLeftIn()).isEmpty();
        assertThat(filesWith(marker)).isEmpty();
        assertThat(rows()).isEqualTo(others);
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(state("event", month(-1))).isEqualTo("HOT");
        assertThat(texts("select * from tally.partition_difference")).isEmpty();
        assertThat(rowsAndChecksum(partition("event", oldest)))
                .isEqualTo(rowsAndChecksumAsListed(partition("event", oldest)));
        assertThat(
                        texts(
                                "select to_regclass('tally.%s_by_time') is not null"
                                        .formatted(partition("event", month(-1)))))
                .containsExactly("t");
    }

    @Test
    void a_month_written_anew_leaves_the_hot_tier_in_its_time() throws Exception {
        notesIn(month(-2));
        erase("customer-1");
        archiver(null, soon).run();
        assertThat(state("event", month(-2))).isEqualTo("HOT");
        assertThat(bytesLeftIn()).isEmpty();

        archiver(null, month(2)).run();

        assertThat(state("event", month(-2))).isEqualTo("ARCHIVED");
        assertThat(rows()).hasSize(CUSTOMERS - 1);
    }

    @Test
    void erased_bytes_of_a_retired_month_go_from_its_detached_original_too() throws Exception {
        var marker = "a very unusual device name";
        write("customer-1", marker, oldest);
        strike("customer-1", marker, oldest.plusSeconds(1));
        notesIn(oldest);
        var retention = Period.ofMonths(4);
        archiver(retention, now).run();
        assertThat(filesWith(marker)).contains(partition("event", oldest) + "_retired");
        erase("customer-1");

        archiver(retention, soon).run();

        // The month that takes appends is written anew when it is over.
        assertThat(filesWith(marker)).isSubsetOf(partition("snapshot", month(0)));
        assertThat(bytesLeftIn()).containsExactly(partition("snapshot", month(0)));
        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(texts("select 1 from tally.partition where detached_at is not null"))
                .isNotEmpty();
    }

    @Test
    void a_node_that_dies_while_a_month_is_written_anew_leaves_it_to_the_next() throws Exception {
        notesIn(oldest);
        notesIn(month(-1));
        archiver().run();
        erase("customer-1");
        archiver().run();
        asOwner("update tally.erased_from set erased_since = erased_since - interval '1 hour'");
        while (aNodeThatDiesAfterOneStep()) {
            assertThat(texts("select count(*) from tally.event where customer_id = 'customer-2'"))
                    .containsExactly("2");
        }

        assertThat(bytesLeftIn()).isEmpty();
        assertThat(texts("select state from tally.partition where back_to is not null")).isEmpty();
    }

    @Test
    void an_older_node_that_takes_a_month_written_anew_for_one_that_moves_does_no_harm()
            throws Exception {
        notesIn(month(-1));
        var before = rows();
        var partition = partition("event", month(-1));

        // An older node knows these functions, but not why the partition is MARKED.
        asOwner(
                "select tally.begin_rewrite('%s')".formatted(partition),
                "select tally.begin_copy('%s', 'archive')".formatted(partition),
                "select tally.copy_batch('%s', 1000)".formatted(partition),
                "select tally.verify_batch('%s', 1000)".formatted(partition),
                "select tally.swap_partition('%s')".formatted(partition));

        assertThat(state("event", month(-1))).isEqualTo("HOT");
        assertThat(texts("select tablespace from tally.partition where tablespace is not null"))
                .isEmpty();
        assertThat(texts("select * from tally.partition_difference")).isEmpty();
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void a_hold_on_the_events_of_a_month_keeps_its_snapshots_and_the_other_way_round()
            throws Exception {
        note("customer-1", month(-1));
        for (var held : List.of("event", "snapshot")) {
            asOwner(
                    "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                            .formatted(partition(held, month(-1))));
            assertThat(texts("select tally.held_partitions_of('customer-1')").getFirst())
                    .contains(partition(held, month(-1)));
            assertThat(
                            texts(
                                    "select legal_hold from tally.partition_tier where starts_at ="
                                            + " '%s'".formatted(month(-1))))
                    .containsExactly("Case 1", "Case 1");
            asOwner("update tally.partition set legal_hold = null");
        }
        assertThat(texts("select unnest(tally.held_partitions_of('customer-1'))")).isEmpty();
    }

    @Test
    void rows_of_a_held_month_are_kept_in_whichever_table_they_are() throws Exception {
        note("customer-1", old);
        var partition = partition("event", old);
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition),
                "alter table tally.event detach partition tally." + partition,
                "alter table tally.%s rename to set_aside".formatted(partition));
        try {
            erase("customer-1");
            archiver().run();

            assertThat(texts("select seq from tally.set_aside")).hasSize(1);
            assertThat(texts("select last_error from tally.erasure").getFirst())
                    .contains("legal hold in " + partition);
        } finally {
            asOwner("drop table tally.set_aside");
        }
    }

    private static List<String> bytesLeftIn() throws SQLException {
        return texts("select unnest(tally.bytes_left_in(e)) from tally.erasure e");
    }

    private Archiver archiverThatRewritesIn(Period time) {
        var usual = settings("archive");
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                store(),
                clock(),
                new ArchiveSettings(
                        usual.monthsAhead(),
                        usual.hotWindow(),
                        usual.tablespace(),
                        null,
                        GRACE,
                        time,
                        BATCH_ROWS,
                        usual.batchPause(),
                        usual.checkedCustomers(),
                        usual.denialRetention()));
    }

    /** The tables, indexes and overflow tables whose files on disk contain a text. */
    private static List<String> filesWith(String text) throws SQLException {
        asSuperuser("checkpoint");
        return texts(
                """
                select c.relname from pg_class c
                where c.relfilenode <> 0
                  and c.relnamespace in ('tally'::regnamespace, 'pg_toast'::regnamespace)
                  and position('%s'::bytea in pg_read_binary_file(pg_relation_filepath(c.oid))) > 0
                """
                        .formatted(text));
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
