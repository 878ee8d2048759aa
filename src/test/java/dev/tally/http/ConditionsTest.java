package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.http.Conditions.Tag;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Versions are compared as RFC 9110 says. */
class ConditionsTest {

    private static final Tag STRONG = new Tag("1.0", false);
    private static final Tag WEAK = new Tag("1.0", true);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"1.0\"            | true",
                "W/\"1.0\"          | true",
                "\"0\", W/\"1.0\"   | true",
                "\"0\",\"1.0\"      | true",
                "*                  | true",
                "\"1\"              | false",
                "\"1.0             | false",
                "1.0                | false",
                "\"0\", W/\"2.0\"   | false",
            })
    void what_a_caller_has_is_compared_weakly(String header, boolean isKnown) {
        assertThat(Conditions.isKnown(List.of(header), STRONG)).isEqualTo(isKnown);
        assertThat(Conditions.isKnown(List.of(header), WEAK)).isEqualTo(isKnown);
        assertThat(Conditions.isKnown(List.of("\"0\"", header), STRONG)).isEqualTo(isKnown);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"1.0\"            | true",
                "\"0\", \"1.0\"     | true",
                "*                  | true",
                "W/\"1.0\"          | false",
                "\"1\"              | false",
                "1.0                | false",
            })
    void what_a_caller_asks_for_is_compared_strongly(String header, boolean isAskedFor) {
        assertThat(Conditions.isAskedFor(List.of(header), STRONG)).isEqualTo(isAskedFor);
        assertThat(Conditions.isAskedFor(List.of(header), WEAK)).isEqualTo(header.equals("*"));
    }
}
