package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Recorded;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/** Months past retention lose the events that no state needs, and reads are not affected. */
class RetirementTest extends ArchiveFixture {

    /** A retention that the oldest month and the one after it are past. */
    private static final Period RETENTION = Period.ofMonths(4);

    /** A time after the grace period of months that are retired now. */
    private final Instant afterGrace = now.plus(31, ChronoUnit.DAYS);

    @Test
    void only_what_a_state_is_made_of_stays() throws Exception {
        readOnce("anna", "phone", oldest);
        write("anna", "played", oldest.plusSeconds(1));
        write("anna", "kept", oldest.plusSeconds(2));
        strike("anna", "played", oldest.plusSeconds(3));
        note("anna", oldest);
        var before = states("anna");

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest)))
                .containsExactlyInAnyOrder("phone", "kept", "note-" + oldest);
        assertThat(aggregatesIn(partition("event", oldest) + "_retired")).contains("played");
        assertThat(states("anna")).isEqualTo(before);
        assertThat(
                        texts(
                                "select row_count || ' ' || tablespace from tally.partition_tier where name = '%s'"
                                        .formatted(partition("event", oldest))))
                .containsExactly("3 archive");
        assertThatThrownBy(() -> write("late", "note", oldest.plusSeconds(9)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void a_customer_whose_beginning_is_retired_is_replayed_from_what_stays() throws Exception {
        write("anna", "played", oldest);
        write("anna", "kept", oldest.plusSeconds(1));
        strike("anna", "played", month(-3));
        write("anna", "later", now.minusSeconds(1));
        var before = states("anna");

        archiver(RETENTION, now).run();
        asOwner("update tally.snapshot set checksum = checksum + 1");

        assertThat(read("anna").source()).isEqualTo(Source.REPLAY);
        assertThat(states("anna")).isEqualTo(before);
        write("anna", "last", now.plusSeconds(1));
        assertThat(read("anna").source()).isEqualTo(Source.CURRENT);
        assertThat(head("anna").lastSeq()).isEqualTo(5);
    }

    @Test
    void what_went_is_counted_by_customer_as_long_as_it_is_gone() throws Exception {
        write("anna", "kept", oldest);
        write("anna", "played", oldest.plusSeconds(1));
        strike("anna", "played", oldest.plusSeconds(2));
        write("anna", "endless", old);
        write("bert", "kept", oldest);
        stepUntil(now, "name = '%s' and state = 'SIFTED'".formatted(partition("event", oldest)));
        assertThat(texts("select dropped_rows from tally.sifted_rows")).containsExactly("2");
        assertThat(retired()).isEmpty();

        archiver(RETENTION, now).run();
        assertThat(retired()).containsExactly("anna 2");

        restore(old);
        assertThat(retired()).containsExactly("anna 2");
        restore(oldest);
        assertThat(retired()).isEmpty();
        assertThat(read("anna").state().byId()).containsKeys("kept", "endless");
    }

    @Test
    void what_went_with_a_later_sift_is_added() throws Exception {
        write("anna", "kept", oldest);
        write("anna", "played", oldest.plusSeconds(1));
        strike("anna", "played", oldest.plusSeconds(2));
        write("anna", "endless", old);
        archiver(RETENTION, now).run();
        strike("anna", "endless", now);
        archiver(RETENTION, afterGrace).run();

        asOwner("update tally.partition set retired_at = retired_at - interval '1 year'");
        archiver(RETENTION, afterGrace).run();

        assertThat(retired()).containsExactly("anna 3");
        asOwner("update tally.snapshot set checksum = checksum + 1");
        assertThat(read("anna").source()).isEqualTo(Source.REPLAY);
        assertThat(read("anna").state().byId()).containsOnlyKeys("kept");
        erase("anna");
        archiver(RETENTION, afterGrace).run();
        assertThat(texts("select * from tally.sifted_rows")).isEmpty();
    }

    private static void stepUntil(Instant at, String condition) throws Exception {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            var table = new PartitionTable(connection);
            while (texts("select 1 from tally.partition where " + condition).isEmpty()) {
                assertThat(archiver(RETENTION, at).takesOneStep(table, new Failures())).isTrue();
            }
        }
    }

    private static List<String> retired() throws SQLException {
        return texts(
                "select customer_id || ' ' || sum(rows) from tally.retirement group by customer_id"
                        + " order by 1");
    }

    @Test
    void a_hold_on_a_month_of_events_keeps_its_snapshots_and_the_other_way_round()
            throws Exception {
        note("anna", oldest);
        note("anna", old);
        hold("event", oldest);
        hold("snapshot", old);

        archiver(RETENTION, now).run();
        for (var parent : List.of("event", "snapshot")) {
            assertThat(state(parent, oldest)).isEqualTo("ARCHIVED");
            assertThat(state(parent, old)).isEqualTo("ARCHIVED");
        }

        asOwner("update tally.partition set legal_hold = null");
        archiver(RETENTION, now).run();
        hold("event", oldest);
        archiver(RETENTION, afterGrace).run();
        assertThat(texts("select name from tally.partition where detached_at is not null"))
                .containsExactlyInAnyOrder(
                        partition("event", oldest), partition("snapshot", oldest));
        assertThatThrownBy(
                        () ->
                                asOwner(
                                        "select tally.drop_retired('%s')"
                                                .formatted(partition("snapshot", oldest))))
                .hasMessageContaining("is under legal hold: Case 1");
    }

    private static void hold(String parent, Instant month) throws SQLException {
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition(parent, month)));
    }

    @Test
    void snapshots_that_nothing_reads_any_more_go_as_a_whole() throws Exception {
        for (int i = 0; i <= EVENTS_PER_GENERATION; i++) {
            readOnce("silent", "note", oldest.plusSeconds(i));
        }
        var before = states("silent");

        archiver(RETENTION, now).run();

        assertThat(texts("select count(*) from tally." + partition("snapshot", oldest)))
                .containsExactly("0");
        assertThat(states("silent")).isEqualTo(before);
    }

    @Test
    void the_end_of_a_license_stays_as_long_as_its_beginning() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", old);
        hold(oldest);

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(state("event", old)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", old))).containsExactly("played");
        assertThat(find("anna", "played")).hasSize(2);
    }

    @Test
    void what_stayed_is_looked_through_again_after_a_year() throws Exception {
        write("anna", "endless", oldest);
        archiver(RETENTION, now).run();
        assertThat(find("anna", "endless")).hasSize(1);
        strike("anna", "endless", now);
        write("anna", "latest", now.plusSeconds(1));

        archiver(RETENTION, afterGrace).run();
        assertThat(find("anna", "endless")).hasSize(2);
        asOwner("update tally.partition set retired_at = retired_at - interval '1 year'");
        archiver(RETENTION, afterGrace).run();

        assertThat(aggregatesIn(partition("event", oldest))).isEmpty();
        assertThat(find("anna", "endless")).isEmpty();
        assertThat(read("anna").state().byId()).hasSize(2);
    }

    @Test
    void the_original_is_detached_for_a_grace_and_then_dropped() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", oldest.plusSeconds(1));
        write("anna", "latest", oldest.plusSeconds(2));

        archiver(RETENTION, now).run();
        archiver(RETENTION, now.plus(29, ChronoUnit.DAYS)).run();
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly("3");

        archiver(RETENTION, afterGrace).run();
        assertThat(
                        texts(
                                "select relname from pg_class where relname like '%retired%' and"
                                        + " relkind in ('r', 'i')"))
                .isEmpty();
        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(texts("select detached_at from tally.partition where detached_at is not null"))
                .isEmpty();
    }

    @Test
    void under_legal_hold_nothing_is_retired_and_nothing_dropped() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", oldest.plusSeconds(1));
        hold(oldest);
        archiver(RETENTION, now).run();
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");

        asOwner("update tally.partition set legal_hold = null");
        archiver(RETENTION, now).run();
        hold(oldest);
        archiver(RETENTION, afterGrace).run();
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly("2");
        assertThatThrownBy(
                        () ->
                                asOwner(
                                        "select tally.drop_retired('%s')"
                                                .formatted(partition("event", oldest))))
                .hasMessageContaining("under legal hold: Case 1");
    }

    @Test
    void what_was_retired_can_be_restored_the_youngest_first() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", old);
        write("anna", "latest", now);
        var before = rows();
        archiver(RETENTION, now).run();
        assertThat(rows()).isNotEqualTo(before);

        assertThatThrownBy(() -> restore(oldest))
                .hasMessageContaining("restore %s first".formatted(partition("event", old)));
        restore(old);
        restore(oldest);
        archiver(RETENTION, now).run();

        assertThat(rows()).isEqualTo(before);
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(
                        texts(
                                "select distinct legal_hold from tally.partition where legal_hold"
                                        + " is not null"))
                .containsExactly("Restored: by mistake");
        assertThat(find("anna", "played")).hasSize(2);
        assertThat(
                        texts(
                                """
                                select p.row_count = c.n and p.checksum = c.s
                                from tally.partition p,
                                    (select count(*) n, sum(hash_record_extended(e, 0)) s from tally.%1$s e) c
                                where p.name = '%1$s'
                                """
                                        .formatted(partition("event", oldest))))
                .containsExactly("t");
    }

    @Test
    void a_month_that_was_being_sifted_begins_anew_when_an_older_one_comes_back() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", old);
        write("anna", "latest", now);
        stepUntil(now, "name = '%s' and state = 'SIFTED'".formatted(partition("event", old)));

        restore(oldest);
        assertThat(state("event", old)).isEqualTo("ARCHIVED");
        archiver(RETENTION, now).run();

        assertThat(state("event", old)).isEqualTo("RETIRED");
        assertThat(find("anna", "played")).hasSize(2);
    }

    @Test
    void whoever_comes_next_goes_on_after_each_step() throws Exception {
        notesIn(oldest);
        for (int customer = 1; customer <= CUSTOMERS; customer++) {
            write("customer-" + customer, "played", oldest.plusSeconds(1));
            strike("customer-" + customer, "played", oldest.plusSeconds(2));
            write("customer-" + customer, "latest", month(-1));
        }

        var steps = 0;
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            while (archiver(RETENTION, now)
                    .takesOneStep(new PartitionTable(connection), new Failures())) {
                steps++;
            }
        }

        assertThat(steps).isGreaterThan(20);
        assertThat(aggregatesIn(partition("event", oldest)))
                .hasSize(CUSTOMERS)
                .containsOnly("note-" + oldest);
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly(Integer.toString(3 * CUSTOMERS));
    }

    @Test
    void without_a_tablespace_marked_months_are_retired_where_they_are() throws Exception {
        write("anna", "played", oldest);
        strike("anna", "played", oldest.plusSeconds(1));
        write("anna", "latest", now);

        new Archiver(
                        database.dataSource(Role.TALLY_OWNER),
                        store(),
                        clock(),
                        settings(null, RETENTION))
                .run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest))).isEmpty();
    }

    @Test
    void a_customer_whose_history_cannot_be_read_keeps_everything() throws Exception {
        write("damaged", "played", oldest);
        strike("damaged", "played", oldest.plusSeconds(1));
        write("damaged", "latest", oldest.plusSeconds(2));
        asOwner("delete from tally.event where customer_id = 'damaged' and seq = 2");

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest)))
                .containsExactlyInAnyOrder("played", "latest");
    }

    @Test
    void events_that_are_missing_without_having_been_retired_are_an_error() throws Exception {
        write("damaged", "first", month(-1));
        write("damaged", "second", now);
        asOwner("delete from tally.event where customer_id = 'damaged' and seq = 1");
        assertThatThrownBy(() -> states("damaged"))
                .hasMessageContaining(
                        "customer damaged cannot be read: 1 events are missing, and 0 were"
                                + " retired");

        write("anna", "first", oldest);
        write("anna", "second", month(-1));
        write("anna", "third", now);
        archiver(RETENTION, now).run();
        asOwner(
                "update tally.snapshot set checksum = checksum + 1",
                "delete from tally.event where customer_id = 'anna' and seq = 3");
        assertThatThrownBy(() -> states("anna")).hasMessageContaining("events are missing");
    }

    @Test
    void the_past_is_told_as_it_was_or_not_at_all() throws Exception {
        write("anna", "endless", oldest);
        write("anna", "played", oldest.plusSeconds(1));
        strike("anna", "played", month(-2).plusSeconds(1));
        write("anna", "latest", month(-1));
        write("bert", "endless", oldest);
        var whilePlayed = month(-2);
        var snapshotTaken = month(-1).minusMillis(1);
        assertThat(notesAsOf("anna", whilePlayed)).containsOnly("endless", "played");

        archiver(RETENTION, now).run();

        assertThat(store().retiredUntil()).contains(month(-4));
        assertThat(notesAsOf("anna", snapshotTaken)).containsOnly("endless", "played");
        assertThat(notesAsOf("bert", whilePlayed)).containsOnly("endless");
        assertThat(notesAsOf("bert", oldest.plusSeconds(1))).containsOnly("endless");
        assertThatThrownBy(() -> notesAsOf("anna", whilePlayed))
                .isInstanceOf(HistoryRetired.class)
                .hasMessageContaining(month(-4).toString());

        asOwner("update tally.snapshot set checksum = checksum + 1");
        assertThatThrownBy(() -> notesAsOf("anna", snapshotTaken))
                .isInstanceOf(HistoryRetired.class);
        assertThat(notesAsOf("anna", Instant.now().plusSeconds(60)))
                .containsOnly("endless", "latest");
    }

    @Test
    void an_erased_customer_is_gone_from_what_was_detached_too() throws Exception {
        for (var customer : List.of("anna", "bert")) {
            write(customer, "played", oldest);
            strike(customer, "played", oldest.plusSeconds(1));
        }
        archiver(RETENTION, now).run();
        erase("anna");
        archiver(RETENTION, now).run();

        var detached = partition("event", oldest) + "_retired";
        assertThat(texts("select distinct customer_id from tally." + detached))
                .containsExactly("bert");
        assertThat(
                        texts(
                                "select rows_erased || ' ' || (completed_at is not null) from"
                                        + " tally.erasure"))
                .containsExactly("3 true");
    }

    /** The customer's compacted state, as a snapshot taken now would hold it. */
    private Notes states(String customer) {
        var fold = Notes.FIRST.fold();
        return fold.compact().apply(read(customer).state(), now);
    }

    private static List<Recorded> find(String customer, String note) {
        return store().readAggregate(customer, Notes.note(note));
    }

    private static Set<String> notesAsOf(String customer, Instant at) {
        return store().readAsOf(customer, at, Notes.FIRST.fold()).state().byId().keySet();
    }

    private static List<String> aggregatesIn(String table) throws SQLException {
        return texts("select aggregate_id from tally." + table);
    }

    private static void hold(Instant month) throws SQLException {
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition("event", month)));
    }

    private static void restore(Instant month) throws SQLException {
        asOwner(
                "select tally.restore_partition('%s', 'by mistake')"
                        .formatted(partition("event", month)));
    }
}
