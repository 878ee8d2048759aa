package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaRangesTest {

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "*/*",
                "application/json",
                "application/json;q=0.5, */*;q=0",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                "application/json; charset=utf-8",
                "text/plain;charset=\"utf-8\";q=1.000",
                "application/problem+json , ,text/x",
                "application/json;v=b3;q=0.7"
            })
    void what_is_accepted_is_a_list_of_ranges(String header) {
        assertThat(MediaRanges.isAccept(header)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                ";;",
                "a/b/c",
                "application",
                "application/json;q=abc",
                "*/*;q=2",
                "*/*;q=-1",
                "*/*;q=0.1234",
                "text/html;level",
                "a/b;c=\"d",
                "a b/c",
                "application/json;q="
            })
    void nothing_else_can_be_read(String header) {
        assertThat(MediaRanges.isAccept(header)).isFalse();
        assertThat(MediaRanges.isContentType(header)).isFalse();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"application/json", "application/json; charset=UTF-8", "text/plain"})
    void a_body_has_one_type(String header) {
        assertThat(MediaRanges.isContentType(header)).isTrue();
        assertThat(MediaRanges.isContentType("a/b, c/d")).isFalse();
    }
}
