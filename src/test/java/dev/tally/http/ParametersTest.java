package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class ParametersTest {

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
}
