package dev.tally.deadline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;

class DeadlineSocketTest {

    private static final Duration SHORT = Duration.ofMillis(80);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(10);

    private ServerSocket server;
    private Socket socket;
    private Socket peer;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        socket =
                new DeadlineSockets()
                        .createSocket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        peer = server.accept();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        peer.close();
        server.close();
    }

    @Test
    void a_read_ends_with_the_deadline_though_the_socket_may_wait_longer() throws Exception {
        socket.setSoTimeout((int) LONG.toMillis());
        var begun = Instant.now();
        assertThatThrownBy(() -> Deadline.within(SHORT, () -> socket.getInputStream().read()))
                .isInstanceOf(SocketTimeoutException.class);
        assertThat(Duration.between(begun, Instant.now())).isLessThan(SOON);
    }

    @Test
    void a_read_of_many_bytes_ends_with_the_deadline() throws Exception {
        assertThatThrownBy(
                        () ->
                                Deadline.within(
                                        SHORT, () -> socket.getInputStream().read(new byte[10])))
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void a_deadline_that_is_over_waits_for_nothing() throws Exception {
        peer.getOutputStream().write(1);
        assertThatThrownBy(
                        () -> Deadline.within(Duration.ZERO, () -> socket.getInputStream().read()))
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void no_connection_is_opened_after_the_deadline() {
        assertThatThrownBy(
                        () ->
                                Deadline.within(
                                        Duration.ZERO,
                                        () ->
                                                new DeadlineSockets()
                                                        .createSocket(
                                                                "localhost",
                                                                server.getLocalPort())))
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void the_sockets_own_limit_holds_where_it_is_shorter() throws Exception {
        socket.setSoTimeout((int) SHORT.toMillis());
        var begun = Instant.now();
        assertThatThrownBy(() -> Deadline.within(LONG, () -> socket.getInputStream().read()))
                .isInstanceOf(SocketTimeoutException.class);
        assertThat(Duration.between(begun, Instant.now())).isLessThan(SOON);
    }

    @Test
    void a_deadline_leaves_the_sockets_own_limit_as_it_was() throws Exception {
        socket.setSoTimeout(1_234);
        peer.getOutputStream().write(7);
        assertThat(Deadline.<Integer>within(LONG, () -> socket.getInputStream().read()))
                .isEqualTo(7);
        assertThat(socket.getSoTimeout()).isEqualTo(1_234);
        assertThat(Deadline.isSet()).isFalse();
    }

    @Test
    void a_limit_within_a_limit_counts_until_its_end() throws Exception {
        Deadline.within(
                LONG,
                () -> {
                    Deadline.within(
                            Duration.ZERO,
                            () -> assertThat(Deadline.shorten(LONG)).isEqualTo(Duration.ZERO));
                    return assertThat(Deadline.shorten(LONG)).isGreaterThan(SHORT);
                });
        assertThat(Deadline.shorten(LONG)).isEqualTo(LONG);
    }
}
