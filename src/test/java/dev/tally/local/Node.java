package dev.tally.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One server of an {@link Installation}, as it is to be. Without more said it is what this checkout
 * ships, on free ports and on the installation's database. A node that is started again listens
 * where it did.
 *
 * @param name of the Liberty server and of its log
 * @param migrations the folder that takes the place of {@code db-migrations}
 * @param prefix words of the command line before Liberty's start script
 * @param environment what it is told beside, or instead of, what the installation tells every node;
 *     the README's table says what each variable means
 * @param foreground whether its output goes where this process's output goes, and not to its log
 */
public record Node(
        String name,
        Path war,
        Path migrations,
        List<String> prefix,
        Map<String, String> environment,
        boolean foreground) {

    private static final Path WAR = Path.of("target/tally.war");

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

    /** With the relay between this node and the database. */
    public Node through(Relay relay) {
        return with(
                Map.of(
                        "TALLY_DB_HOST",
                        "localhost",
                        "TALLY_DB_PORT",
                        Integer.toString(relay.port())));
    }

    /** With these variables in its environment. */
    public Node with(Map<String, String> variables) {
        var all = new HashMap<>(environment);
        all.putAll(variables);
        return new Node(name, war, migrations, prefix, all, foreground);
    }

    /** As another version of the application. */
    public Node running(Path otherWar, Path otherMigrations) {
        return new Node(name, otherWar, otherMigrations, prefix, environment, foreground);
    }

    /**
     * Through a command that starts the rest of its command line, as {@code faketime} with {@code
     * -f +10m} does on a clock that is ahead.
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
}
