package dev.tally.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The description of one server of an {@link Installation}. By default it is the server that this
 * checkout ships, with free ports and the installation's database. A node that is started again
 * keeps its ports.
 *
 * @param name name of the Liberty server and of its log
 * @param migrations the folder that replaces {@code db-migrations}
 * @param prefix words of the command line before Liberty's start script
 * @param environment environment variables that are added to those that the installation sets for
 *     every node, or replace them; the README explains them
 * @param foreground whether its output goes where this process's output goes, and not to its log
 */
public record Node(
        String name,
        Path war,
        Path migrations,
        List<String> prefix,
        Map<String, String> environment,
        boolean foreground) {

    /** The JVM of a server as it is shipped. That of other tests' servers has one compiler. */
    public static final Map<String, String> SHIPPED_JVM = Map.of("JVM_ARGS", "-XX:-PrintWarnings");

    private static final Path WAR = Path.of("target/tally.war");

    /** Variable for the time, in milliseconds, after which a member's command has its answer. */
    private static final String LIMIT = "DEV_TALLY_LICENSING_PROVISIONAL_COMMANDS_%s_TIMEOUT_VALUE";

    public Node {
        prefix = List.copyOf(prefix);
        environment = Map.copyOf(environment);
    }

    public static Node named(String name) {
        return new Node(name, WAR, Database.MIGRATIONS, List.of(), Map.of(), false)
                .listeningAt(Database.freePort(), Database.freePort());
    }

    public Node listeningAt(int httpPort, int httpsPort) {
        return with(
                Map.of(
                        "TALLY_HTTP_PORT", Integer.toString(httpPort),
                        "TALLY_HTTPS_PORT", Integer.toString(httpsPort)));
    }

    /** The same node, connected to the database through a relay. */
    public Node through(Relay relay) {
        return with(
                Map.of(
                        "TALLY_DB_HOST",
                        "localhost",
                        "TALLY_DB_PORT",
                        Integer.toString(relay.port())));
    }

    /**
     * The same node, whose members wait longer for the database before they get a promise instead:
     * where a disk stalls or a compiler is at work, a test must not get one from a database that
     * answers. The shipped limits are tested with {@code -Pfaults}.
     */
    public Node patient() {
        return with(
                Stream.of("ACQUIRE", "RENEW", "START")
                        .collect(Collectors.toMap(LIMIT::formatted, command -> "1500")));
    }

    /** The same node with these environment variables. */
    public Node with(Map<String, String> variables) {
        var all = new HashMap<>(environment);
        all.putAll(variables);
        return new Node(name, war, migrations, prefix, all, foreground);
    }

    /** The same node with another build of this version of the application. */
    public Node running(Path otherWar) {
        return running(otherWar, migrations);
    }

    /** The same node with another version of the application. */
    public Node running(Path otherWar, Path otherMigrations) {
        return new Node(name, otherWar, otherMigrations, prefix, environment, foreground);
    }

    /**
     * The same node, started by a command that runs the rest of the command line. For example,
     * {@code faketime -f +10m} starts it with a clock that is ahead.
     */
    public Node startedBy(String... words) {
        var longer = Stream.concat(Stream.of(words), prefix.stream()).toList();
        return new Node(name, war, migrations, longer, environment, foreground);
    }

    public Node inForeground() {
        return new Node(name, war, migrations, prefix, environment, true);
    }

    public int httpPort() {
        return Integer.parseInt(environment.get("TALLY_HTTP_PORT"));
    }

    public int httpsPort() {
        return Integer.parseInt(environment.get("TALLY_HTTPS_PORT"));
    }
}
