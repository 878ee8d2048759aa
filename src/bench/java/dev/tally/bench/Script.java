package dev.tally.bench;

import dev.tally.bench.LoggedSql.Execution;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The SQL of one call, for any customer and any number of calls. Values that differ between
 * customers or calls are computed; all others are those that the application once sent.
 *
 * @param revisionsMoved how much the revision of the customer's head grows with each run, which
 *     shows whether a run stored everything
 * @param settings database settings of the connections that run the script
 */
record Script(List<Statement> statements, long revisionsMoved, Map<String, String> settings) {

    /**
     * @param sql text with parameters {@code $1}, {@code $2}, …
     */
    record Statement(String sql, List<Value> values) {

        /**
         * The text with each parameter written as the function says, followed by its type if the
         * value has one.
         */
        String with(Function<Integer, String> parameter) {
            return PARAMETER
                    .matcher(sql)
                    .replaceAll(
                            found -> {
                                var index = number(found) - 1;
                                var type = values.get(index).type();
                                return parameter.apply(index).replace("$", "\\$")
                                        + (type.isEmpty() ? "" : "::" + type);
                            });
        }

        /** The values' indexes in the order in which the text names them, repeated as it does. */
        List<Integer> order() {
            return PARAMETER.matcher(sql).results().map(found -> number(found) - 1).toList();
        }

        private static int number(MatchResult parameter) {
            return Integer.parseInt(parameter.group(1));
        }
    }

    /** The value of a parameter. */
    sealed interface Value {

        /** The type, if PostgreSQL cannot always infer it; empty if it can. */
        String type();

        /** The value in text form, as a client sends it; null is NULL. */
        String of(String customer, long round);
    }

    /** The id of the customer whose call it is. */
    record Customer() implements Value {

        @Override
        public String type() {
            return "text";
        }

        @Override
        public String of(String customer, long round) {
            return customer;
        }
    }

    /**
     * A value that is the same in each call.
     *
     * @param text null is NULL
     */
    record Constant(String text) implements Value {

        @Override
        public String type() {
            return text == null ? "" : typeOf(text);
        }

        @Override
        public String of(String customer, long round) {
            return text;
        }
    }

    /** A value that grows with each call, such as a sequence number or a revision. */
    record Counter(long first, long step) implements Value {

        @Override
        public String type() {
            return integerType(first);
        }

        @Override
        public String of(String customer, long round) {
            return Long.toString(first + step * round);
        }
    }

    /** An array of counters. */
    record Counters(List<Counter> elements) implements Value {

        @Override
        public String type() {
            var large = elements.stream().anyMatch(element -> element.type().equals(LARGE));
            return (large ? LARGE : "int") + "[]";
        }

        @Override
        public String of(String customer, long round) {
            return elements.stream()
                    .map(element -> element.of(customer, round))
                    .collect(Collectors.joining(",", "{", "}"));
        }
    }

    private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");
    private static final Pattern INTEGER = Pattern.compile("-?\\d{1,18}");
    private static final Pattern INTEGERS = Pattern.compile("\\{(-?\\d{1,18}(,-?\\d{1,18})*+)}");
    private static final Pattern TIME = Pattern.compile("\\d{4,}-\\d\\d-\\d\\d \\d\\d:.*");
    private static final String LARGE = "bigint";
    private static final String BYTES = "\\x";

    /** The most that a counter grows in one call. A value that grows by more is a hash. */
    private static final long LARGEST_STEP = 100;

    /**
     * The script that follows from what two calls of a customer, one after the other, have in
     * common and where they differ.
     */
    static Script of(
            List<Execution> first, List<Execution> second, String customer, long revisionsMoved) {
        var sql = first.stream().map(Execution::sql).toList();
        if (!sql.equals(second.stream().map(Execution::sql).toList())) {
            throw new IllegalArgumentException("the calls differ: " + first + " and " + second);
        }
        var revision = revision(first, second);
        var statements =
                IntStream.range(0, first.size())
                        .mapToObj(i -> statement(first.get(i), second.get(i), customer, revision))
                        .toList();
        return new Script(statements, revisionsMoved, Map.of());
    }

    /**
     * The revision that a call finds. It is the time of the call before, so it grows by another
     * number each time; what tells it is that the second call finds what the first has set.
     */
    private static Optional<Counter> revision(List<Execution> first, List<Execution> second) {
        var set = first.stream().flatMap(execution -> execution.parameters().stream()).toList();
        var found = second.stream().flatMap(execution -> execution.parameters().stream()).toList();
        return IntStream.range(0, set.size())
                .filter(i -> isLarge(set.get(i)) && isLarge(found.get(i)))
                .filter(i -> !set.get(i).equals(found.get(i)) && set.contains(found.get(i)))
                .mapToObj(i -> counter(set.get(i), found.get(i)))
                .findFirst();
    }

    private static boolean isLarge(String text) {
        return text != null && isInteger(text) && typeOf(text).equals(LARGE);
    }

    private static Statement statement(
            Execution first, Execution second, String customer, Optional<Counter> revision) {
        var values =
                IntStream.range(0, first.parameters().size())
                        .mapToObj(
                                i -> {
                                    var value = first.parameters().get(i);
                                    return revision.flatMap(found -> ofRevision(found, value))
                                            .orElseGet(
                                                    () ->
                                                            value(
                                                                    value,
                                                                    second.parameters().get(i),
                                                                    customer));
                                })
                        .toList();
        return new Statement(first.sql(), values);
    }

    /** The revision that each call finds or sets, if the first call's value is one of the two. */
    private static Optional<Value> ofRevision(Counter found, String value) {
        for (var revision : List.of(found.first(), found.first() + found.step())) {
            if (Long.toString(revision).equals(value)) {
                return Optional.of(new Counter(revision, found.step()));
            }
        }
        return Optional.empty();
    }

    static Value value(String first, String second, String customer) {
        if (first == null || second == null || first.equals(second)) {
            return customer.equals(first) ? new Customer() : new Constant(first);
        }
        if (isInteger(first) && isInteger(second)) {
            var counter = counter(first, second);
            return counts(counter) ? counter : new Constant(first);
        }
        var firsts = INTEGERS.matcher(first);
        var seconds = INTEGERS.matcher(second);
        if (firsts.matches() && seconds.matches()) {
            var from = firsts.group(1).split(",", -1);
            var to = seconds.group(1).split(",", -1);
            if (from.length == to.length) {
                var elements =
                        IntStream.range(0, from.length)
                                .mapToObj(i -> counter(from[i], to[i]))
                                .toList();
                if (elements.stream().allMatch(Script::counts)) return new Counters(elements);
            }
        }
        return new Constant(first);
    }

    private static Counter counter(String first, String second) {
        var from = Long.parseLong(first);
        return new Counter(from, Long.parseLong(second) - from);
    }

    private static boolean counts(Counter counter) {
        return counter.step() >= 0 && counter.step() <= LARGEST_STEP;
    }

    private static boolean isInteger(String text) {
        return INTEGER.matcher(text).matches();
    }

    private static String typeOf(String text) {
        if (isInteger(text)) return integerType(Long.parseLong(text));
        if (TIME.matcher(text).matches()) return "timestamptz";
        if (text.startsWith(BYTES)) return "bytea";
        return "";
    }

    private static String integerType(long value) {
        return value == (int) value ? "int" : LARGE;
    }

    static boolean isBegin(String sql) {
        return sql.equalsIgnoreCase("begin");
    }

    static boolean isCommit(String sql) {
        return sql.equalsIgnoreCase("commit");
    }

    /**
     * The statements that the driver sends together: a transaction begins with its first statement,
     * and executions of the same text in a row are a batch.
     */
    List<List<Statement>> trips() {
        var trips = new ArrayList<List<Statement>>();
        for (var statement : statements) {
            if (!trips.isEmpty() && joins(trips.getLast().getLast(), statement)) {
                trips.getLast().add(statement);
            } else {
                trips.add(new ArrayList<>(List.of(statement)));
            }
        }
        return trips;
    }

    private static boolean joins(Statement before, Statement statement) {
        return isBegin(before.sql()) || before.sql().equals(statement.sql());
    }

    /**
     * The same script without waiting for the disk at a commit, which shows the time that the
     * database alone takes.
     */
    Script withoutTheDisk() {
        var more = new TreeMap<>(settings);
        more.put("synchronous_commit", "off");
        return new Script(statements, revisionsMoved, Map.copyOf(more));
    }

    /**
     * The same script, planned once on each connection, whatever the role's setting. Its text must
     * contain its bounds of time, because otherwise it would lock every partition.
     */
    Script withKeptPlans() {
        return new Script(
                statements, revisionsMoved, Map.of("plan_cache_mode", "force_generic_plan"));
    }
}
