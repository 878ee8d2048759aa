package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawUriTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/titles",
                "/v1/customers/a%20b/licenses",
                "/v1/customers/%E5%AE%A2/licenses",
                "/v1/customers/a:b@c!$&'()*+,=~/licenses",
                "/"
            })
    void a_path_is_percent_encoded_utf_8(String path) {
        assertThat(RawUri.flaw(path, null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/<",
                "/v1/\"",
                "/v1/a b",
                "/v1/a|b",
                "/v1/{id}",
                "/v1/a\\b",
                "/v1/^",
                "/v1/`",
                "/v1/\u0001",
                "/v1/é",
                "/v1/%",
                "/v1/%4",
                "/v1/%zz",
                "/v1/%ff",
                "/v1/%E2%80",
                "/v1/%C0%80",
                "/v1/%ED%A0%80"
            })
    void anything_else_is_refused(String path) {
        assertThat(RawUri.flaw(path, null)).isPresent();
        assertThat(RawUri.flaw("/v1/titles", path)).isPresent();
    }

    @Test
    void path_and_query_have_8000_characters_at_most() {
        assertThat(RawUri.flaw("/", "x".repeat(RawUri.MAX_CHARACTERS - 2))).isEmpty();
        assertThat(RawUri.flaw("/", "x".repeat(RawUri.MAX_CHARACTERS - 1))).isPresent();
    }
}
