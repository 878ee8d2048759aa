package dev.tally;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyApplicationTest {
    @Test
    void runs_on_21_or_later() {
        assertThat(Runtime.version().feature()).isGreaterThanOrEqualTo(21);
    }
}
