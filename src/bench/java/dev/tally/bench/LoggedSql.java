package dev.tally.bench;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;

/**
 * Reads the SQL that the application really sends, with its values, from the database's log, so
 * that the benchmark needs no copy of it.
 */
final class LoggedSql {

    /**
     * One execution of a statement.
     *
     * @param parameters in text form; null if NULL was sent
     */
    record Execution(String sql, List<String> parameters) {}

    /**
     * The application's name of the connections whose statements are read. A server that uses the
     * same database has another name, so what its background tasks send is not taken for a call's.
     */
    static final String APPLICATION = "measured";

    private static final String PREFIX = "tally %p %a ";

    /** The end of a message: further lines of the same message begin with a tab. */
    private static final Pattern MESSAGE_END = Pattern.compile("\n(?!\t)");

    private static final Pattern LINE =
            Pattern.compile("tally (\\d+) (\\S+) (LOG|DETAIL):  (.*)", Pattern.DOTALL);
    private static final Pattern EXECUTION =
            Pattern.compile("(?:execute [^:]+|statement): (.*)", Pattern.DOTALL);
    private static final String PARAMETERS = "Parameters: ";

    /** The quantifiers are possessive, so that a long payload does not overflow the stack. */
    private static final Pattern PARAMETER =
            Pattern.compile("\\$\\d+ = (?:NULL|'([^']*+(?:''[^']*+)*+)')");

    /**
     * Statements that do not belong to the call: those that the application runs in the background
     * or only once, and those that the driver sends when it opens a connection.
     */
    private static final Pattern NOT_OF_THE_CALL =
            Pattern.compile(
                    "\\b(title|policy|partition|partition_tier|flyway_schema_history|cluster)\\b"
                            + "|^SET |^select 1$");

    /** The time within which every connection has read a changed setting. */
    private static final Duration RELOAD = Duration.ofMillis(500);

    private final Database database;
    private final Path log;

    /**
     * @param home the folder given to {@link Database#embedded}
     */
    LoggedSql(Database database, Path home) {
        this.database = database;
        this.log = home.resolve("postgres.log");
    }

    /**
     * The script of a call that appends the same every time.
     *
     * @param customer whose calls these are; a number
     * @param call runs the first and the second call; what the application reads once and keeps
     *     must have been read before
     */
    Script script(long customer, IntConsumer call)
            throws SQLException, IOException, InterruptedException {
        var alone = new Customers(customer, 1, 1);
        var before = alone.revisions(database);
        var first = of(() -> call.accept(1));
        var moved = alone.revisions(database) - before;
        var second = of(() -> call.accept(2));
        return Script.of(first, second, Long.toString(customer), moved);
    }

    /**
     * The statements that a call executes on connections named {@link #APPLICATION}. Nothing else
     * may use such connections meanwhile, except the background tasks of the same store.
     */
    List<Execution> of(Runnable call) throws SQLException, IOException, InterruptedException {
        set(
                "alter system set log_statement = 'all'",
                "alter system set log_line_prefix = '" + PREFIX + "'");
        try {
            var offset = Math.toIntExact(Files.size(log));
            call.run();
            var bytes = Files.readAllBytes(log);
            return parse(new String(bytes, offset, bytes.length - offset, StandardCharsets.UTF_8));
        } finally {
            set("alter system reset log_statement", "alter system reset log_line_prefix");
        }
    }

    private void set(String... settings) throws SQLException, InterruptedException {
        try (var connection = database.connect(Role.POSTGRES);
                var statement = connection.createStatement()) {
            for (var setting : settings) {
                statement.execute(setting);
            }
            statement.execute("select pg_reload_conf()");
        }
        Thread.sleep(RELOAD);
    }

    static List<Execution> parse(String log) {
        var ofProcess = new LinkedHashMap<String, List<Execution>>();
        for (var message : MESSAGE_END.split(log, -1)) {
            var line = LINE.matcher(message.replace("\n\t", "\n"));
            if (!line.matches() || !line.group(2).equals(APPLICATION)) continue;
            var executions = ofProcess.computeIfAbsent(line.group(1), p -> new ArrayList<>());
            var text = line.group(4);
            var execution = EXECUTION.matcher(text);
            if (execution.matches()) {
                executions.add(new Execution(execution.group(1).strip(), List.of()));
            } else if (text.startsWith(PARAMETERS) && !executions.isEmpty()) {
                var sql = executions.removeLast().sql();
                executions.add(new Execution(sql, parameters(text)));
            }
        }
        return ofProcess.values().stream()
                .flatMap(executions -> ofTheCall(executions).stream())
                .toList();
    }

    private static List<String> parameters(String text) {
        var parameters = new ArrayList<String>();
        var parameter = PARAMETER.matcher(text);
        while (parameter.find()) {
            var quoted = parameter.group(1);
            parameters.add(quoted == null ? null : quoted.replace("''", "'"));
        }
        return parameters;
    }

    private static List<Execution> ofTheCall(List<Execution> executions) {
        var own = new ArrayList<Execution>();
        for (var execution : executions) {
            if (NOT_OF_THE_CALL.matcher(execution.sql()).find()) continue;
            if (isEnd(execution.sql()) && !own.isEmpty() && Script.isBegin(own.getLast().sql())) {
                // This transaction has no statements left.
                own.removeLast();
            } else {
                own.add(execution);
            }
        }
        return own;
    }

    private static boolean isEnd(String sql) {
        return Script.isCommit(sql) || sql.equalsIgnoreCase("rollback");
    }
}
