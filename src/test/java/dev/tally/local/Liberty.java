package dev.tally.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The Open Liberty server of a node, in a process of its own. It can be started again after it was
 * closed or killed.
 */
public final class Liberty implements AutoCloseable {

    private static final Path HOME =
            Path.of(System.getProperty("liberty.home", "liberty.home is not set"));
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(250);

    private final Path usr;
    private final Node node;
    private final Path log;
    private volatile Process process;

    /**
     * @param usr Liberty's user folder, which contains the folder of the node
     */
    Liberty(Path usr, Node node, Path log) {
        this.usr = usr;
        this.node = node;
        this.log = log;
    }

    /** Returns once the application takes requests. */
    public void start() throws IOException, InterruptedException {
        launch();
        awaitReady();
    }

    /** File into which the server logs all but traces. */
    public Path messages() {
        return usr.resolve("servers").resolve(node.name()).resolve("logs/messages.log");
    }

    /** Starts the process and returns at once. */
    public void launch() throws IOException {
        var command = new ArrayList<>(node.prefix());
        command.addAll(List.of(startScript().toString(), "run", node.name()));
        var builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                node.foreground()
                                        ? ProcessBuilder.Redirect.INHERIT
                                        : ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("WLP_USER_DIR", usr.toAbsolutePath().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // Because of Liberty's agent, HotSpot would warn at each start that it shares fewer
        // classes.
        builder.environment()
                .put(
                        "JVM_ARGS",
                        "-XX:-PrintWarnings " + System.getProperty("tally.server.jvm", ""));
        process = builder.start();
    }

    private static Path startScript() {
        var windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return HOME.resolve("bin").resolve(windows ? "server.bat" : "server");
    }

    /** Returns once the application takes requests. */
    void awaitReady() throws InterruptedException {
        var ready =
                HttpRequest.newBuilder(url().resolve("/health/ready")).timeout(START_LIMIT).build();
        var deadline = System.nanoTime() + START_LIMIT.toNanos();
        try (var http = HttpClient.newHttpClient()) {
            while (System.nanoTime() < deadline) {
                if (!isAlive()) {
                    throw new Trouble(
                            "Open Liberty ended before it was ready; %s why."
                                    .formatted(
                                            node.foreground()
                                                    ? "its last lines above say"
                                                    : log + " says"));
                }
                try {
                    if (http.send(ready, BodyHandlers.discarding()).statusCode() == 200) return;
                } catch (IOException e) {
                    // The server does not listen yet.
                }
                Thread.sleep(POLL);
            }
        }
        throw new Trouble(
                "Open Liberty was not ready within %d s; %s says why."
                        .formatted(START_LIMIT.toSeconds(), ready.uri()));
    }

    public URI url() {
        return URI.create("http://localhost:" + node.httpPort());
    }

    /** Address at which the server speaks TLS, with a certificate that it has made itself. */
    public URI secureUrl() {
        return URI.create("https://localhost:" + node.httpsPort());
    }

    /**
     * The Java process: the last one in the chain of processes that the start script has started.
     */
    public ProcessHandle jvm() {
        return processes()
                .filter(each -> each.children().findAny().isEmpty())
                .findFirst()
                .orElse(process.toHandle());
    }

    /** The process of the start script, whose child is the JVM. */
    ProcessHandle script() {
        return process.toHandle();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Returns the exit code of the server once it has ended. */
    int await() throws InterruptedException {
        return process.waitFor();
    }

    /** Ends the server as a loss of power does. */
    public void kill() {
        var processes = processes().toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(killed -> killed.onExit().join());
    }

    /** Stops the server as SIGTERM does, which lets requests end. */
    @Override
    public void close() {
        if (process == null) return;
        // Only the JVM is ended. Its parent processes end with it; if they were ended instead, the
        // JVM would go on.
        jvm().destroy();
        try {
            if (process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
    }

    private Stream<ProcessHandle> processes() {
        return Stream.concat(process.descendants(), Stream.of(process.toHandle()));
    }
}
