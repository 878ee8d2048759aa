package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;

class ParametersTest {

    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "max-stale=60               | PT1M",
                "max-stale=\"60\"           | PT1M",
                "Max-Stale = 60             | PT1M",
                "no-transform, max-stale=0  | PT0S",
                "max-stale=10,max-age=0     | PT10S",
                "max-stale=00000000000010   | PT10S",
                "max-stale=9999999999       | PT2777777H46M39S"
            })
    void an_answer_may_be_as_old_as_max_stale_says(String header, Duration age) {
        assertThat(Parameters.maxStale(header)).isEqualTo(age);
    }

    @Test
    void without_a_number_any_age_will_do() {
        assertThat(Parameters.maxStale("max-stale")).isGreaterThan(Duration.ofDays(36_500));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "no-cache", "max-age=0", "max-stale-while=3", "x=max-stale"})
    void without_max_stale_only_a_current_answer_will_do(String header) {
        assertThat(Parameters.maxStale(header)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21T07:59:59.999999999Z, 2026-11-21T07:59:59.999999Z",
        "2026-11-21T08:00:00Z, 2026-11-21T08:00:00Z",
        "2026-11-21T08:00:00.000999Z, 2026-11-21T08:00:00Z",
        "2026-11-21T08:00:30Z, 2026-11-21T08:00:00Z"
    })
    void a_caller_whose_clock_is_a_little_ahead_asks_for_now(String asked, Instant taken) {
        assertThat(Parameters.asOf(asked, NOW)).isEqualTo(taken);
    }

    @Test
    void who_names_no_time_asks_for_the_current_state() {
        assertThat(Parameters.asOf(null, NOW)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21T07:59:29.999999Z, 2026-11-21T07:59:29.999999Z",
        "2026-11-21T07:59:30Z, 2026-11-21T08:00:00Z",
        "2026-11-21T07:59:59.999999Z, 2026-11-21T08:00:00Z",
        "2026-11-21T08:00:00.000001Z, 2026-11-21T08:00:00.000001Z"
    })
    void what_is_to_begin_when_it_was_asked_for_begins_now(Instant asked, Instant taken) {
        assertThat(Parameters.from(asked, NOW)).isEqualTo(taken);
    }
}
