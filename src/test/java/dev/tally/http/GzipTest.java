package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class GzipTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip",
                "br, gzip",
                "GZIP",
                "gzip;q=0.5",
                "deflate,gzip ; q=1",
                "gzip;q=0.001"
            })
    void a_caller_may_take_gzip(String header) {
        assertThat(Gzip.isTaken(header)).isTrue();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {"", "br", "gzip;q=0", "gzip;q=0.000", "identity, gzip;q=0.0", "xgzip", "*"})
    void or_not(String header) {
        assertThat(Gzip.isTaken(header)).isFalse();
    }
}
