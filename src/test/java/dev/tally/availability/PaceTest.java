package dev.tally.availability;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** How long work in the background rests. */
class PaceTest {

    private static final Duration WORKED = Duration.ofMillis(400);

    private final Pace pace = new Pace();

    @Test
    void alone_it_rests_for_a_quarter_of_its_work() {
        assertThat(pace.restAfter(WORKED)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void beside_requests_it_has_a_quarter_of_the_time() {
        pace.requestCame();

        assertThat(pace.restAfter(WORKED)).isEqualTo(Duration.ofMillis(1_200));
    }
}
