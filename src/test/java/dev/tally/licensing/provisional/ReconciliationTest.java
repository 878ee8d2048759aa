package dev.tally.licensing.provisional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.WrongVersion;
import dev.tally.ids.CustomerId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.write.Asked;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A member's command takes what was promised to the customer first, in a part of its time. */
class ReconciliationTest {

    private static final Duration LONG = Duration.ofHours(2);
    private static final Duration RESERVE = Duration.ofHours(1);

    private final List<Promise> promises = IntStream.range(0, 3).mapToObj(this::promise).toList();
    private final List<Promise> taken = new ArrayList<>();

    private Promise promise(int number) {
        var now = Instant.parse("2026-03-01T12:00:00Z");
        var asked = Asked.once("key-" + number, null, new Caller("edge", null));
        var started = new Started(new LicenseId("license"), new SessionId("session-" + number));
        return new Promise("promise-" + number, new CustomerId("anna"), asked, now, null, started);
    }

    private void take() {
        Reconciliation.inTime(promises.iterator(), RESERVE, taken::add);
    }

    private static Runnable within(Duration limit, Runnable work) {
        return () -> {
            var unused =
                    Deadline.run(
                            limit,
                            () -> {
                                work.run();
                                return null;
                            });
        };
    }

    @Test
    void with_time_to_spare_all_are_taken_in_their_order() {
        within(LONG, this::take).run();
        assertThat(taken).isEqualTo(promises);
    }

    @Test
    void without_a_deadline_all_are_taken() {
        take();
        assertThat(taken).isEqualTo(promises);
    }

    /** Otherwise its deadline would end a use of the database, which would seem to be away. */
    @Test
    void a_command_with_no_more_time_than_it_needs_itself_leaves_the_rest() {
        var outage = catchThrowableOfType(StoreUnavailable.class, within(RESERVE, this::take)::run);
        assertThat(outage.outage()).isEqualTo(Outage.CATCHING_UP);
        assertThat(taken).isEmpty();
    }

    /** Another node has promises to the same customer, and takes them at the same time. */
    @Test
    void one_that_loses_a_race_is_tried_again_and_costs_the_command_no_attempt() {
        var losses = new ArrayList<>(promises);
        Reconciliation.inTime(
                promises.iterator(),
                RESERVE,
                promise -> {
                    if (losses.remove(promise)) throw new WrongVersion("anna", null);
                    taken.add(promise);
                });
        assertThat(taken).isEqualTo(promises);
    }

    /** The database answers: others' commands, and the next one of this customer, may ask it. */
    @Test
    void catching_up_does_not_make_the_store_seem_away() {
        assertThat(StoreUnavailable.of(Outage.CATCHING_UP, null).getClass())
                .isEqualTo(StoreUnavailable.class);
    }
}
