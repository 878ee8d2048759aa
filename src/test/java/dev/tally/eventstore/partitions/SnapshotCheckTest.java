package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.History.Source;

import org.junit.jupiter.api.Test;

import java.time.temporal.ChronoUnit;

/** Snapshots are compared with their events, and replaced if they are wrong. */
class SnapshotCheckTest extends ArchiveFixture {

    @Test
    void a_snapshot_that_is_not_what_the_events_make_is_found_and_made_anew() throws Exception {
        for (int day = 1; day <= 5; day++) {
            write("anna", "note-" + day, month(-1).plus(day, ChronoUnit.DAYS));
            write("bert", "note-" + day, month(-1).plus(day, ChronoUnit.DAYS));
        }
        store().rollForward("anna", now, now);
        store().rollForward("bert", now, now);
        var right = read("anna").state();
        // This changes the snapshot as if it contained two notes that were never written.
        asOwner(
                "delete from tally.event where customer_id = 'bert' and seq > 3",
                "update tally.snapshot set seq = 3 where customer_id = 'bert'",
                "update tally.customer set last_seq = 3, snapshot_seq = 3 where customer_id ="
                        + " 'bert'");
        assertThat(read("bert").state().byId()).hasSize(5);

        archiver().run();

        assertThat(head("anna").generation()).isEqualTo(2);
        assertThat(head("bert").generation()).isEqualTo(3);
        assertThat(read("anna").state()).isEqualTo(right);
        assertThat(read("bert").state().byId()).hasSize(3);
    }

    @Test
    void a_live_customer_whose_snapshot_is_damaged_gets_a_new_one() throws Exception {
        note("anna", month(-1));
        store().rollForward("anna", now, now);
        asOwner("update tally.snapshot set checksum = checksum + 1 where customer_id = 'anna'");
        assertThat(read("anna").source()).isEqualTo(Source.REPLAY);

        archiver().run();

        assertThat(read("anna").source()).isEqualTo(Source.CURRENT);
        assertThat(head("anna").generation()).isEqualTo(3);
        assertThat(read("anna").state().byId()).hasSize(1);
    }
}
