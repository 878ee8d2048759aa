package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.http.BodyLimit.Limited;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

class BodyLimitTest {

    private static final int KIB = 1024;

    private long nanos;

    private Limited body(InputStream in, int limit) {
        return new Limited(in, limit, () -> nanos, Refused::new);
    }

    @Test
    void a_body_that_trickles_in_is_given_up_after_ten_seconds() {
        var body = body(new Slow(Integer.MAX_VALUE, 1, Duration.ofSeconds(1)), 64 * KIB);

        assertProblem(body::readAllBytes, ProblemType.REQUEST_TIMEOUT);
        assertThat(Duration.ofNanos(nanos)).isEqualTo(BodyLimit.PATIENCE.plusSeconds(1));
    }

    @Test
    void a_body_may_take_longer_while_four_kib_come_each_second() throws IOException {
        var body =
                body(
                        new Slow(128 * KIB, BodyLimit.BYTES_A_SECOND, Duration.ofSeconds(1)),
                        128 * KIB);

        assertThat(body.readAllBytes()).hasSize(128 * KIB);
        assertThat(Duration.ofNanos(nanos)).isGreaterThan(Duration.ofSeconds(30));
    }

    @Test
    void only_the_time_in_which_the_caller_was_waited_for_counts() throws IOException {
        var body = body(new Slow(8, 1, Duration.ZERO), 64 * KIB);
        while (body.read() >= 0) nanos += Duration.ofMinutes(1).toNanos();
    }

    @Test
    void a_body_that_is_longer_than_it_may_be_is_refused_at_once() {
        var body = body(new Slow(65 * KIB, KIB, Duration.ZERO), 64 * KIB);

        assertProblem(body::readAllBytes, ProblemType.BODY_TOO_LARGE);
    }

    @Test
    void a_caller_who_goes_away_is_no_fault() {
        assertProblem(
                body(new Broken(new SocketException("reset")), KIB)::readAllBytes,
                ProblemType.INVALID_REQUEST);
        assertProblem(
                body(new Broken(new SocketTimeoutException()), KIB)::readAllBytes,
                ProblemType.REQUEST_TIMEOUT);
    }

    private static void assertProblem(ThrowingCallable reading, ProblemType type) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.type).isEqualTo(type));
    }

    private static final class Refused extends RuntimeException {

        final ProblemType type;

        Refused(ProblemType type, String detail) {
            super(detail);
            this.type = type;
        }
    }

    /** A body that comes in parts, with a pause before each. */
    private final class Slow extends InputStream {

        private final int part;
        private final Duration pause;
        private int left;

        Slow(int bytes, int part, Duration pause) {
            left = bytes;
            this.part = part;
            this.pause = pause;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (left == 0) return -1;
            nanos += pause.toNanos();
            int octets = Math.min(Math.min(part, length), left);
            left -= octets;
            return octets;
        }
    }

    private static final class Broken extends InputStream {

        private final IOException failure;

        Broken(IOException failure) {
            this.failure = failure;
        }

        @Override
        public int read() throws IOException {
            throw failure;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            throw failure;
        }
    }
}
