package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.TitleId;
import dev.tally.licensing.write.LicensingFolds;

import org.junit.jupiter.api.Test;

import java.time.temporal.ChronoUnit;

/** Snapshots are compared with their events, and made anew where they are of no use. */
class SnapshotCheckTest extends ArchiveFixture {

    @Test
    void a_snapshot_that_is_not_what_the_events_make_is_found_and_made_anew() throws Exception {
        for (int day = 1; day <= 5; day++) {
            download("anna", month(-1).plus(day, ChronoUnit.DAYS));
            download("bert", month(-1).plus(day, ChronoUnit.DAYS));
        }
        stores.use(store -> store.rollForward("anna", DOWNLOADS, now, now));
        stores.use(store -> store.rollForward("bert", DOWNLOADS, now, now));
        var right = read("anna", DOWNLOADS).state(LicensingFolds.DOWNLOADS);
        // As if the snapshot knew of two downloads that never were.
        asOwner(
                "delete from tally.event where customer_id = 'bert' and seq > 3",
                "update tally.stream set last_seq = 3 where customer_id = 'bert'");

        archiver().run();

        assertThat(head("anna").generation()).isEqualTo(2);
        assertThat(head("bert").generation()).isEqualTo(3);
        assertThat(read("anna", DOWNLOADS).state(LicensingFolds.DOWNLOADS)).isEqualTo(right);
        assertThat(countedIn("bert")).isEqualTo(3);
        assertThat(countedIn("anna")).isEqualTo(5);
    }

    @Test
    void a_live_stream_whose_snapshot_other_code_wrote_gets_a_new_one() throws Exception {
        download("anna", month(-1));
        stores.use(store -> store.rollForward("anna", DOWNLOADS, now, now));
        asOwner("update tally.snapshot set fingerprint = 42 where customer_id = 'anna'");
        assertThat(read("anna", DOWNLOADS).stream(LicensingFolds.DOWNLOADS).replayed()).isTrue();

        archiver().run();

        assertThat(read("anna", DOWNLOADS).stream(LicensingFolds.DOWNLOADS).replayed()).isFalse();
        assertThat(head("anna").generation()).isEqualTo(3);
        assertThat(countedIn("anna")).isEqualTo(1);
    }

    private int countedIn(String customer) {
        return read(customer, DOWNLOADS)
                .state(LicensingFolds.DOWNLOADS)
                .byTitle()
                .get(new TitleId("glow"))
                .downloads()
                .size();
    }
}
