package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurrentRequestTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @AfterEach
    void end() {
        CurrentRequest.end();
    }

    @Test
    void a_request_of_a_trace_has_the_id_of_the_trace() {
        assertThat(CurrentRequest.begin("00-" + TRACE + "-00f067aa0ba902b7-01").id())
                .isEqualTo(TRACE);
        assertThat(CurrentRequest.begin("cc-" + TRACE + "-00f067aa0ba902b7-01-later").id())
                .isEqualTo(TRACE);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf9-00f067aa0ba902b7-01",
                "a customer's name"
            })
    void any_other_request_has_an_id_of_its_own(String traceParent) {
        var first = CurrentRequest.begin(traceParent).id();
        var second = CurrentRequest.begin(traceParent).id();

        assertThat(first).matches("[0-9a-f]{32}").isNotEqualTo(second).isNotEqualTo(TRACE);
    }

    @Test
    void a_thread_forgets_a_request_that_has_ended() {
        CurrentRequest.begin(null);
        CurrentRequest.end();

        assertThat(CurrentRequest.get()).isEmpty();
    }
}
