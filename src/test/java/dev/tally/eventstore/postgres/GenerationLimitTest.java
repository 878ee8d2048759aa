package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.licensing.write.AccountModel;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.Period;
import java.util.List;
import java.util.stream.IntStream;

/** When a command weighs the snapshot that would close its customer's generation. */
class GenerationLimitTest {

    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final int HEAVY = 10_000;

    private final GenerationLimit limit = new GenerationLimit(50, Period.ofMonths(3));

    @Test
    void a_young_generation_is_not_weighed() {
        assertThat(limit.mayClose(48, 49, weighing(HEAVY, 0))).isFalse();
        assertThat(limit.mayClose(49, 50, weighing(HEAVY, 0))).isTrue();
        assertThat(limit.mayClose(48, 51, weighing(HEAVY, 0))).isTrue();
    }

    @Test
    void events_that_weigh_far_less_than_the_last_snapshot_are_not_weighed() {
        assertThat(limit.mayClose(49, 50, weighing(7_400, HEAVY))).isFalse();
        assertThat(limit.mayClose(49, 50, weighing(7_600, HEAVY))).isTrue();
    }

    @Test
    void a_growing_account_is_weighed_with_one_in_ten_events() {
        var weighed =
                IntStream.range(50, 150)
                        .filter(events -> limit.mayClose(events, events + 1, weighing(HEAVY, 0)))
                        .count();

        assertThat(weighed).isEqualTo(10);
    }

    @Test
    void a_generation_of_few_events_is_weighed_with_each() {
        var few = new GenerationLimit(3, Period.ofMonths(3));

        assertThat(few.mayClose(2, 3, weighing(HEAVY, 0))).isTrue();
        assertThat(few.mayClose(3, 4, weighing(HEAVY, 0))).isTrue();
    }

    @Test
    void a_generation_that_is_very_long_is_closed_whatever_its_snapshot_weighs() {
        assertThat(limit.mayClose(1_999, 2_000, weighing(0, HEAVY))).isTrue();
        assertThat(limit.closes(2_000, 0, HEAVY)).isTrue();
    }

    private static History<?> weighing(int eventBytes, int snapshotBytes) {
        return new History<>(
                "anna",
                AccountModel.FOLD,
                new Head(7, 2, 1, 100, NOW, 50, NOW, eventBytes),
                AccountModel.FOLD.empty(),
                List.of(),
                List.of(),
                Source.CURRENT,
                snapshotBytes);
    }
}
