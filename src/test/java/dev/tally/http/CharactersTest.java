package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.validation.constraints.Pattern;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The characters that names and ids may have, whatever the JDK of the node knows of them. */
class CharactersTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                // U+1FAEA, which is in Unicode since version 16
                "\uD83E\uDEEA",
                // a code point that no version of Unicode has assigned
                "\uD83F\uDF80",
                "\u0378",
                // a family, joined by U+200D
                "\uD83D\uDC69\u200D\uD83D\uDC69\u200D\uD83D\uDC67\u200D\uD83D\uDC66",
                // right to left, with its mark
                "\u200F\u05D4\u05D8\u05DC\u05E4\u05D5\u05DF \u05E9\u05DC \u05D0\u05E0\u05D4",
                "\u0647\u0627\u062A\u0641",
                // private use
                "\uE000",
                "Anna's phone"
            })
    void a_character_is_taken_even_if_the_jdk_does_not_know_it(String text) {
        assertThat(text).matches(patternOf(FreeText.class)).matches(Identifier.PATTERN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\uD83E",
                "a\uDEEA",
                "\uDEEA\uD83E",
                "\uD83E\uDEEA\uD83E",
                "a\u0000",
                "a\nb",
                "\u007F",
                "\u0085",
                ""
            })
    void control_characters_and_broken_surrogates_are_refused(String text) {
        assertThat(text).doesNotMatch(patternOf(FreeText.class));
        assertThat(text).doesNotMatch(Identifier.PATTERN);
    }

    private static String patternOf(Class<?> constraint) {
        return constraint.getAnnotation(Pattern.class).regexp();
    }
}
