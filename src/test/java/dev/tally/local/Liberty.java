package dev.tally.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An Open Liberty server of this checkout, in a process of its own. */
public final class Liberty implements AutoCloseable {

    private static final String SERVER = "tally";

    /**
     * Another name, because Arquillian takes any JVM that runs a server of its name for its own.
     */
    private static final String CONTAINER = "container";

    private static final Path HOME =
            Path.of(System.getProperty("liberty.home", "liberty.home is not set"));
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(250);

    private final Process process;
    private final URI url;

    private Liberty(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /** What the server is told through its environment. The README's table says what each means. */
    public static Map<String, String> environment(
            int httpPort, int httpsPort, String dbHost, int dbPort, Tokens tokens) {
        return Map.of(
                "TALLY_ARCHIVE_TABLESPACE", "archive",
                "TALLY_HTTP_PORT", Integer.toString(httpPort),
                "TALLY_HTTPS_PORT", Integer.toString(httpsPort),
                "TALLY_DB_HOST", dbHost,
                "TALLY_DB_PORT", Integer.toString(dbPort),
                "TALLY_TOKEN_KEYS", tokens.entitlementKeys.toAbsolutePath().toString(),
                "MP_JWT_VERIFY_PUBLICKEY_LOCATION",
                        tokens.callersPublicKeys.toAbsolutePath().toUri().toString(),
                "MP_JWT_VERIFY_ISSUER", Tokens.ISSUER);
    }

    /** Lays the server's folder as the Dockerfile does, under Liberty's user folder {@code usr}. */
    public static void lay(Path usr) throws IOException {
        var server = layConfiguration(usr, SERVER);
        Files.createDirectories(server.resolve("apps"));
        copy(Path.of("server.xml"), server.resolve("server.xml"));
        copy(Path.of("target/tally.war"), server.resolve("apps/tally.war"));
    }

    /**
     * The same server for Arquillian, which brings applications itself and does not run the script
     * that reads an environment: the variables become part of the configuration.
     */
    public static void layWithoutApplication(Path usr, Map<String, String> environment)
            throws IOException {
        var server = layConfiguration(usr, CONTAINER);
        var variables = new StringBuilder();
        environment.forEach(
                (name, value) -> {
                    // What the application reads has dots; what server.xml reads has not.
                    var known =
                            name.startsWith("MP_")
                                            || name.startsWith("TALLY_TOKEN_")
                                            || name.startsWith("TALLY_ARCHIVE_")
                                    ? name.toLowerCase(Locale.ROOT).replace('_', '.')
                                    : name;
                    variables.append(
                            "<variable name=\"%s\" value=\"%s\"/>%n".formatted(known, value));
                });
        var xml =
                Files.readString(Path.of("server.xml"))
                        .replaceFirst("<webApplication[^>]*/>", variables.toString())
                        .replace(
                                "</featureManager>",
                                "<feature>usr:arquillian-support-jakarta-2.1</feature>\n"
                                        + "</featureManager>")
                        // Arquillian drops applications in and has to see when they are there.
                        .replace("<applicationMonitor updateTrigger=\"disabled\"/>", "")
                        .replace("<config updateTrigger=\"disabled\"/>", "");
        Files.writeString(server.resolve("server.xml"), xml);
    }

    private static Path layConfiguration(Path usr, String name) throws IOException {
        var server = usr.resolve("servers").resolve(name);
        for (var made : List.of("apps", "dropins", "lib", "db-migrations")) {
            delete(server.resolve(made));
        }
        Files.createDirectories(server);
        copy(Path.of("src/main/liberty/jvm.options"), server.resolve("jvm.options"));
        copy(Path.of("db-migrations"), server.resolve("db-migrations"));
        copy(Path.of("target/lib"), server.resolve("lib"));
        // As `server create` does; without it Liberty reports an error about its LTPA keys.
        var environment = server.resolve("server.env");
        if (!Files.exists(environment)) {
            Files.writeString(environment, "keystore_password=" + UUID.randomUUID() + "\n");
        }
        return server;
    }

    /**
     * Starts the server that was laid under {@code usr}; its output goes where {@code output} says.
     */
    public static Liberty start(
            Path usr, Map<String, String> environment, ProcessBuilder.Redirect output)
            throws IOException {
        var windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        var script = HOME.resolve("bin").resolve(windows ? "server.bat" : "server");
        var builder =
                new ProcessBuilder(script.toString(), "run", SERVER)
                        .redirectErrorStream(true)
                        .redirectOutput(output);
        builder.environment().putAll(environment);
        builder.environment().put("WLP_USER_DIR", usr.toAbsolutePath().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // Liberty's agent makes HotSpot warn at each start that it shares fewer classes.
        builder.environment().put("JVM_ARGS", "-XX:-PrintWarnings");
        return new Liberty(
                builder.start(),
                URI.create("http://localhost:" + environment.get("TALLY_HTTP_PORT")));
    }

    public URI url() {
        return url;
    }

    /** The Java process, which the start script may have started. */
    public ProcessHandle jvm() {
        return process.descendants().findFirst().orElse(process.toHandle());
    }

    /** Returns once the application takes requests. */
    public void awaitReady() throws InterruptedException {
        var ready =
                HttpRequest.newBuilder(url.resolve("/health/ready")).timeout(START_LIMIT).build();
        var deadline = System.nanoTime() + START_LIMIT.toNanos();
        try (var http = HttpClient.newHttpClient()) {
            while (System.nanoTime() < deadline) {
                if (!process.isAlive()) {
                    throw new Trouble(
                            "Open Liberty ended before it was ready; its last lines above say"
                                    + " why.");
                }
                try {
                    if (http.send(ready, BodyHandlers.discarding()).statusCode() == 200) return;
                } catch (IOException e) {
                    // Not listening yet.
                }
                Thread.sleep(POLL);
            }
        }
        throw new Trouble(
                "Open Liberty was not ready within %d s; %s says why."
                        .formatted(START_LIMIT.toSeconds(), ready.uri()));
    }

    /** Returns the exit code of the server once it has ended. */
    public int await() throws InterruptedException {
        return process.waitFor();
    }

    /** Ends it as a loss of power does. */
    public void kill() {
        var processes =
                Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(killed -> killed.onExit().join());
    }

    /** Stops the server as SIGTERM does, which lets requests end. */
    @Override
    public void close() {
        // The start script, if it still is there, ends with the JVM it started; killed itself it
        // would orphan it.
        var jvms = process.descendants().toList();
        (jvms.isEmpty() ? List.of(process.toHandle()) : jvms).forEach(ProcessHandle::destroy);
        try {
            if (process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        jvms.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
