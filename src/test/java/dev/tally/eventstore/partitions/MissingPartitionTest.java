package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.availability.Outage;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Somebody detaches or drops partitions by hand: it is shown, and repaired where that is safe. */
class MissingPartitionTest extends ArchiveFixture {

    @Test
    void a_current_month_that_was_detached_is_shown_and_attached_again() throws Exception {
        notesIn(month(0));
        var before = rows();
        asOwner("alter table tally.event detach partition tally." + partition("event", month(0)));

        assertThat(hasPlaceNow()).isFalse();
        assertThat(shown("event", month(0))).isEqualTo("MISSING It is not attached to event.");
        assertThat(texts("select unnest(tally.missing_partitions())"))
                .containsExactly(partition("event", month(0)));
        assertThatThrownBy(() -> write("bert", "note", now))
                .matches(thrown -> Outage.behind(thrown).equals(Optional.of(Outage.NO_PARTITION)));

        archiver().run();

        assertThat(hasPlaceNow()).isTrue();
        assertThat(rows()).isEqualTo(before);
        assertThat(shown("event", month(0))).isEqualTo("HOT");
        write("bert", "note", now);
    }

    @Test
    void the_current_month_is_attached_again_even_while_the_job_is_paused() throws Exception {
        asOwner(
                "update tally.partition_job set paused = true",
                "alter table tally.event detach partition tally." + partition("event", month(0)));

        archiver().run();

        assertThat(hasPlaceNow()).isTrue();
    }

    @Test
    void a_detach_that_was_interrupted_is_finished_and_undone() throws Exception {
        notesIn(month(0));
        var before = rows();
        try (var reader = database.connect(Role.POSTGRES);
                var owner = database.connect(Role.TALLY_OWNER)) {
            reader.setAutoCommit(false);
            reader.createStatement().execute("select count(*) from tally.event");
            owner.createStatement().execute("set statement_timeout = '300ms'");
            assertThatThrownBy(
                            () ->
                                    owner.createStatement()
                                            .execute(
                                                    "alter table tally.event detach partition"
                                                            + " tally.%s concurrently"
                                                                    .formatted(
                                                                            partition(
                                                                                    "event",
                                                                                    month(0)))))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(hasPlaceNow()).isFalse();

        archiver().run();

        assertThat(hasPlaceNow()).isTrue();
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void a_current_month_that_was_dropped_is_made_anew_and_says_that_history_is_missing()
            throws Exception {
        note("anna", month(-1));
        note("anna", month(0));
        note("bert", month(-1));
        asOwner("drop table tally." + partition("event", month(0)));
        assertThat(shown("event", month(0))).isEqualTo("MISSING There is no such table.");

        archiver().run();

        write("carl", "note", now);
        write("bert", "note", now);
        assertThat(read("bert").state().byId()).hasSize(2);
        assertThat(shown("event", month(0)))
                .startsWith("HOT It had been dropped and was created anew")
                .contains("the rows that it had are missing");
        assertThatThrownBy(() -> read("anna"))
                .isInstanceOf(UnreadableHistory.class)
                .hasMessageContaining("Event 2 of customer anna")
                .hasMessageContaining("1 events are missing, and 0 were retired");
        assertThatThrownBy(() -> write("anna", "another", now))
                .isInstanceOf(UnreadableHistory.class);
    }

    @Test
    void a_month_of_snapshots_that_was_dropped_is_made_anew_and_nothing_is_lost() throws Exception {
        note("anna", month(-1));
        store().rollForward("anna", now, now);
        var before = read("anna").state();
        asOwner("drop table tally." + partition("snapshot", month(0)));

        archiver().run();

        assertThat(hasPlaceNow()).isTrue();
        assertThat(shown("snapshot", month(0))).isEqualTo("HOT");
        assertThat(read("anna").state()).isEqualTo(before);
        write("anna", "another", now);
    }

    @Test
    void a_month_ahead_that_was_dropped_is_made_anew() throws Exception {
        archiver().run();
        asOwner("drop table tally." + partition("event", month(2)));
        assertThat(texts("select tally.partitions_end()::date"))
                .containsExactly(month(2).toString().substring(0, 10));

        archiver().run();

        assertThat(shown("event", month(2))).isEqualTo("HOT");
        assertThat(texts("select tally.partitions_end()::date"))
                .containsExactly(month(4).toString().substring(0, 10));
    }

    @Test
    void an_archived_month_that_was_detached_is_attached_again_if_it_is_what_it_was()
            throws Exception {
        notesIn(oldest);
        archiver().run();
        var partition = partition("event", oldest);
        var before = rows();
        asOwner(
                "alter table tally.event detach partition tally." + partition,
                "alter table tally.%s drop constraint archived_takes_no_more_rows"
                        .formatted(partition),
                "drop index tally.%s_seq_is_unique".formatted(partition));

        archiver().run();

        assertThat(rows()).isEqualTo(before);
        assertThat(shown("event", oldest)).isEqualTo("ARCHIVED");
        assertThatThrownBy(() -> write("late", "note", oldest.plusSeconds(1)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void an_archived_month_whose_rows_changed_meanwhile_is_not_attached_and_the_job_says_why()
            throws Exception {
        notesIn(oldest);
        note("anna", old);
        archiver().run();
        var partition = partition("event", oldest);
        asOwner(
                "alter table tally.event detach partition tally." + partition,
                "delete from tally.%s where customer_id = 'customer-3'".formatted(partition));

        archiver().run();

        assertThat(shown("event", oldest)).startsWith("MISSING ");
        assertThat(lastError("event", oldest))
                .startsWith("XX001: ")
                .contains("has 19 rows with checksum");
        asOwner("drop table tally." + partition);
        archiver().run();
        assertThat(shown("event", oldest))
                .isEqualTo("MISSING There is no such table. It had 20 rows.");
        assertThat(shown("event", old)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_copy_that_was_dropped_is_begun_again() throws Exception {
        notesIn(oldest);
        while (!state("event", oldest).equals("VERIFYING")) aNodeThatDiesAfterOneStep();
        asOwner("drop table tally.%s_copy".formatted(partition("event", oldest)));

        archiver().run();

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
    }

    @Test
    void a_partition_of_the_current_month_that_somebody_attached_by_hand_is_taken_over()
            throws Exception {
        var partition = partition("event", month(2));
        asOwner(
                "create table tally.%s partition of tally.event for values from ('%s') to ('%s')"
                        .formatted(partition, month(2), month(3)));

        archiver().run();

        assertThat(shown("event", month(2))).isEqualTo("HOT");
        assertThat(texts("select last_error from tally.partition_job")).containsOnlyNulls();
    }

    private static boolean hasPlaceNow() throws SQLException {
        return texts("select tally.has_partition_for(now())").equals(List.of("t"));
    }

    /** The state and the difference that the view shows. */
    private static String shown(String parent, Instant month) throws SQLException {
        return texts(
                        "select concat_ws(' ', state, difference) from tally.partition_tier where"
                                + " name = '%s'".formatted(partition(parent, month)))
                .getFirst();
    }
}
