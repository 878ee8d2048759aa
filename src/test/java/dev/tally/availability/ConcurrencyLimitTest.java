package dev.tally.availability;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.stream.IntStream;

/** How many requests use the database at a time. */
class ConcurrencyLimitTest {

    private static final int ALL = 14;

    private final ConcurrencyLimit limit = new ConcurrencyLimit(ALL);

    @Test
    void at_first_there_may_be_as_many_as_there_are_connections() {
        assertThat(limit.get()).isEqualTo(ALL);
        assertThat(begun()).isEqualTo(ALL);
    }

    @Test
    void each_late_answer_leaves_three_quarters_of_them() {
        limit.late();
        assertThat(limit.get()).isEqualTo(10);

        limit.late();
        assertThat(limit.get()).isEqualTo(7);
        assertThat(begun()).isEqualTo(7);
    }

    @Test
    void however_many_answers_are_late_some_requests_go_on() {
        for (int i = 0; i < 100; i++) limit.late();

        assertThat(limit.get()).isEqualTo(ConcurrencyLimit.FEWEST);
        assertThat(begun()).isEqualTo(ConcurrencyLimit.FEWEST);
    }

    @Test
    void the_only_connection_stays() {
        var one = new ConcurrencyLimit(1);

        one.late();
        one.timely();

        assertThat(one.get()).isEqualTo(1);
        assertThat(one.isFree()).isTrue();
        assertThat(one.isFree()).isFalse();
    }

    @Test
    void requests_under_way_go_on_and_as_many_fewer_follow() {
        assertThat(begun()).isEqualTo(ALL);
        limit.late();
        for (int i = 0; i < 4; i++) limit.give();
        assertThat(limit.isFree()).isFalse();

        for (int i = 4; i < ALL; i++) limit.give();

        assertThat(begun()).isEqualTo(10);
    }

    @Test
    void answers_in_time_bring_them_back_one_by_one() {
        limit.late();
        timely(50);
        assertThat(limit.get()).isEqualTo(10);
        timely(10);
        assertThat(limit.get()).isEqualTo(11);

        timely(1_000);

        assertThat(limit.get()).isEqualTo(ALL);
        assertThat(begun()).isEqualTo(ALL);
    }

    @Test
    void many_threads_that_are_late_and_in_time_lose_no_permit() {
        IntStream.range(0, 20_000).parallel().forEach(this::use);
        timely(10_000);

        assertThat(begun()).isEqualTo(ALL);
    }

    private void use(int number) {
        try {
            assertThat(limit.isFreeWithin(Duration.ofSeconds(30))).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (number % 50 == 0) limit.late();
        else limit.timely();
        limit.give();
    }

    private void timely(int answers) {
        for (int i = 0; i < answers; i++) limit.timely();
    }

    /** Begins as many requests as may, and tells their number. */
    private int begun() {
        int begun = 0;
        while (limit.isFree()) begun++;
        return begun;
    }
}
