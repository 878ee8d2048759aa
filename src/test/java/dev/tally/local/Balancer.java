package dev.tally.local;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An HAProxy before nodes. It keeps a customer on one node by a hash of the path, and takes a node
 * out that is not ready.
 */
public final class Balancer implements AutoCloseable {

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(300);

    private final int port;
    private final ListeningProcess process;

    private Balancer(int port, ListeningProcess process) {
        this.port = port;
        this.process = process;
    }

    /** Where HAProxy is installed on this machine; empty if it is not. */
    public static Optional<Path> program() {
        return Programs.find("haproxy");
    }

    /** A balancer that keeps its files in a folder. */
    public static Balancer before(List<URI> nodes, Path home) throws IOException {
        Files.createDirectories(home);
        var port = Database.freePort();
        var settings = Files.writeString(home.resolve("haproxy.cfg"), settings(port, nodes));
        var command =
                List.of(
                        program().orElseThrow().toString(),
                        "-db",
                        "-f",
                        settings.toAbsolutePath().toString());
        var log = home.resolve("haproxy.log");
        return new Balancer(port, ListeningProcess.start(command, port, log));
    }

    private static String settings(int port, List<URI> nodes) {
        var settings =
                new StringBuilder(
                        """
                        global
                            maxconn 500
                        defaults
                            mode http
                            timeout connect 1s
                            timeout client 30s
                            timeout server 30s
                        frontend members
                            bind 127.0.0.1:%d
                            default_backend nodes
                        backend nodes
                            balance uri depth 3
                            hash-type consistent
                            option httpchk GET /health/ready
                            default-server check inter %dms
                        """
                                .formatted(port, CHECK_INTERVAL.toMillis()));
        for (var node : nodes) {
            settings.append("    server node-%1$d 127.0.0.1:%1$d%n".formatted(node.getPort()));
        }
        return settings.toString();
    }

    public URI url() {
        return URI.create("http://localhost:" + port);
    }

    @Override
    public void close() {
        process.close();
    }
}
