package dev.tally.local;

import dev.tally.local.Database.Role;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;

/**
 * Runs Tally on one machine, in the foreground; {@code mvn} starts it. Everything that it keeps is
 * in {@code .tally}: the database, keys, tokens and the server. Ctrl-C or SIGTERM stops it, and so
 * does the end of the Maven process that started it.
 *
 * <p>System properties, which can also be given to {@code mvn}: {@code tally.http.port} (9080),
 * {@code tally.https.port} (9443), {@code tally.db.port} (54329), {@code tally.home} ({@code
 * .tally}).
 */
public final class Tally {

    private static final Path HOME = Path.of(System.getProperty("tally.home", ".tally"));

    /** A title of the sample catalogue, for the first call. */
    private static final String SAMPLE_TITLE = "glow-s01e01";

    private static final Path SAMPLE = Path.of("src/test/resources/sample/titles.ndjson");

    private volatile Claim claim;
    private Installation installation;

    private Tally() {}

    public static void main(String[] arguments) throws Exception {
        var tally = new Tally();
        Runtime.getRuntime().addShutdownHook(new Thread(tally::stop, "stop"));
        ProcessHandle.current().parent().ifPresent(Tally::endWith);
        try {
            System.exit(tally.run());
        } catch (Trouble trouble) {
            tally.stop();
            System.err.println("\n" + trouble.getMessage() + "\n");
            System.exit(1);
        }
    }

    /**
     * Stops Tally when its parent ends, because a Maven process that is killed hard cannot pass on
     * the signal. The exit has a thread of its own: it waits for the stop, and the stop may wait
     * for processes, whose ends are told in the pool that would otherwise run this.
     */
    private static void endWith(ProcessHandle parent) {
        var unused =
                parent.onExit()
                        .thenRunAsync(() -> System.exit(0), exit -> new Thread(exit).start());
    }

    private int run() throws IOException, InterruptedException {
        var httpPort = port("tally.http.port", 9080);
        var httpsPort = port("tally.https.port", 9443);
        var dbPort = port("tally.db.port", 54329);
        claim = claimed();
        requireFree("tally.http.port", httpPort);
        requireFree("tally.https.port", httpsPort);
        requireFree("tally.db.port", dbPort);

        var server = install(httpPort, httpsPort, dbPort);
        server.awaitReady();
        loadSampleCatalogue(server.url(), installation.tokens().of("operator"));
        var hasMembers = loadSampleMembers();
        greet(server.url(), dbPort, hasMembers);
        return server.await();
    }

    private static Claim claimed() throws InterruptedException {
        try {
            return Claim.on(HOME);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static Trouble unwritable(IOException cause) {
        return new Trouble(
                "The folder %s cannot be written to: it holds the database, keys and tokens."
                        .formatted(HOME.toAbsolutePath()),
                cause);
    }

    /**
     * Starts everything. A stop that comes meanwhile waits, and then stops what was started here.
     */
    private synchronized Liberty install(int httpPort, int httpsPort, int dbPort)
            throws IOException {
        try {
            installation = Installation.embedded(HOME, dbPort);
            for (var role : Tokens.ROLES) {
                Secret.write(tokenFile(role), installation.tokens().of(role) + "\n");
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
        refuseOlderData(installation.database());
        var server =
                installation.lay(
                        Node.named("tally").listeningAt(httpPort, httpsPort).inForeground());
        server.launch();
        claim.owns(server.script());
        return server;
    }

    /**
     * Refuses a database of an older version. Otherwise the server would only log it, and never
     * become ready.
     */
    private static void refuseOlderData(Database database) {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                select to_regclass('tally.stream') is not null
                                    and to_regclass('tally.customer') is null
                                """)) {
            row.next();
            if (row.getBoolean(1)) {
                throw new Trouble(
                        ("The folder %s holds data of a version before the first release, which"
                                        + " cannot be taken over: delete it or move it away, and"
                                        + " start again.")
                                .formatted(HOME.toAbsolutePath()));
            }
        } catch (SQLException e) {
            throw new Trouble("The database in %s cannot be read.".formatted(HOME), e);
        }
    }

    private static Path tokenFile(String role) {
        return HOME.resolve(role + ".jwt");
    }

    private static int port(String property, int usual) {
        try {
            return Integer.parseInt(System.getProperty(property, Integer.toString(usual)));
        } catch (NumberFormatException e) {
            throw new Trouble("-D%s must be a port's number.".formatted(property), e);
        }
    }

    private static void requireFree(String property, int port) {
        if (port < 1 || port > 65_535) {
            throw new Trouble("-D%s must be from 1 to 65535.".formatted(property));
        }
        try (var socket = new ServerSocket(port)) {
            socket.getLocalPort();
        } catch (BindException e) {
            throw new Trouble(
                    "Port %d is in use: stop what listens there, or choose another with -D%s=…"
                            .formatted(port, property),
                    e);
        } catch (IOException e) {
            throw new Trouble("Port %d cannot be used: %s".formatted(port, e.getMessage()), e);
        }
    }

    /** Loads the sample through the API, like any other catalogue. */
    private static void loadSampleCatalogue(URI url, String operator)
            throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var titles =
                    HttpRequest.newBuilder(url.resolve("/v1/titles"))
                            .header("Authorization", "Bearer " + operator);
            var found = http.send(titles.copy().GET().build(), BodyHandlers.ofString());
            if (holdsTitles(found)) return;
            var loaded =
                    http.send(
                            titles.header("Content-Type", "application/x-ndjson")
                                    .POST(HttpRequest.BodyPublishers.ofFile(SAMPLE))
                                    .build(),
                            BodyHandlers.ofString());
            if (loaded.statusCode() / 100 != 2) {
                throw new Trouble("The sample catalogue was refused: " + loaded.body());
            }
        }
    }

    private static boolean holdsTitles(HttpResponse<String> found) {
        return found.statusCode() == 200 && found.body().contains("\"titleId\"");
    }

    /**
     * Loads members with a history into a database that has no customer yet. Without them the page
     * is empty, and nothing else is missing, so a failure stops nothing.
     *
     * @return true if they were loaded, now or by an earlier start
     */
    private boolean loadSampleMembers() {
        try {
            return SampleMembers.load(installation.database(), Instant.now())
                    || SampleMembers.isIn(installation.database());
        } catch (SQLException | IOException | RuntimeException e) {
            System.err.println("The sample members could not be loaded: " + e.getMessage());
            return false;
        }
    }

    private static void greet(URI url, int dbPort, boolean hasMembers) throws IOException {
        System.out.println(
                """

                Tally is ready.

                  Page      %1$s/ui/%2$s
                  API       %1$s/v1
                  OpenAPI   %1$s/openapi/ui (document: %1$s/openapi)
                  Health    %1$s/health
                  Metrics   %1$s/metrics

                Tokens, one per role; the page asks for that of a reader:
                """
                        .formatted(url, hasMembers ? SampleMembers.FIRST_VIEW : ""));
        for (var role : Tokens.ROLES) {
            System.out.printf(
                    "  %-9s %s%n            %s%n",
                    role, tokenFile(role), Files.readString(tokenFile(role)).strip());
        }
        System.out.println(
                """

                First call, a download license:

                  curl -s %s/v1/customers/anna/licenses \\
                    -H "Authorization: Bearer $(cat .tally/edge.jwt)" \\
                    -H 'Content-Type: application/json' \\
                    -d '{"titleId":"%s","deviceId":"phone","plan":"basic","type":"DOWNLOAD"}'

                As DBA:

                  psql -h localhost -p %d -U tally_reader tally

                Ctrl-C stops it.
                """
                        .formatted(url, SAMPLE_TITLE, dbPort));
    }

    private void stop() {
        try {
            if (claim != null) claim.isStopping();
            closeAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void closeAll() throws IOException {
        if (installation != null) installation.close();
        installation = null;
        if (claim != null) claim.close();
        claim = null;
    }
}
