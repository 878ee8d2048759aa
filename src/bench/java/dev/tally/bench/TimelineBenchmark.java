package dev.tally.bench;

import static org.awaitility.Awaitility.await;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;
import dev.tally.system.Client;
import dev.tally.system.Client.Answer;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Measures what people wait for who look at histories: the search of an id, a long history as a
 * page, as pages of the timeline and as an export, the figures of the studios; and what a
 * simulation costs the members who acquire meanwhile.
 */
final class TimelineBenchmark {

    /**
     * How much there is, and how long it is measured.
     *
     * @param events number of events of all customers but one
     * @param longest number of events of that one
     * @param searches number of searches of each kind of id
     * @param connections number of connections that acquire
     */
    record Size(
            long events,
            int longest,
            int searches,
            int connections,
            Duration warmUp,
            Duration phase) {

        static final Size FULL =
                new Size(
                        10_000_000,
                        100_000,
                        200,
                        SystemUnderTest.CONNECTIONS,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(10));

        /** Runs every part once, to show that it works. Its figures mean nothing. */
        static final Size SMOKE =
                new Size(20_000, 2_000, 5, 4, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    private static final int MONTHS = 24;

    private static final int SEARCH_MILLIS = 300;
    private static final Duration SEARCHES_BEFORE = Duration.ofSeconds(1);
    private static final int OPEN_MILLIS = 2_000;
    private static final int FRAME_MILLIS = 50;

    /** Throughput of acquires that has to be left while a simulation runs. */
    private static final double LEFT = 0.9;

    private static final int ROUNDS = 3;

    /** Time for which a request is repeated that may be, which is longer than an outage. */
    private static final Duration REPEATED = Duration.ofMinutes(1);

    private static final String LICENSES =
            "e.aggregate_type = (select t.number from tally.aggregate_type t where t.name ="
                    + " 'License')";

    /** Commands of a page of the timeline. */
    private static final int PAGE = 200;

    private static final long SEED = 43;
    private static final long FIRST_CUSTOMER = 20_000_000;
    private static final long OLD_CUSTOMER = 30_000_000;
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 40);
    private static final Duration PATIENCE = Duration.ofHours(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final SystemUnderTest system;
    private final Size size;
    private final Report report = new Report();
    private final AtomicLong customers = new AtomicLong();
    private Client reader;
    private Client operator;

    private TimelineBenchmark(SystemUnderTest system, Size size) {
        this.system = system;
        this.size = size;
    }

    static Report run(Size size, Path folder)
            throws IOException, SQLException, InterruptedException {
        try (var home = TestFolder.in(folder);
                var system = new SystemUnderTest(home.path())) {
            var benchmark = new TimelineBenchmark(system, size);
            benchmark.run();
            benchmark.report.store(folder);
            home.passed();
            return benchmark.report;
        }
    }

    private void run() throws IOException, SQLException, InterruptedException {
        var now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        var from = now.minus(Duration.ofDays(30L * MONTHS));
        var history = new SampleHistory(system.database(), SEED);
        history.prepare(CATALOGUE, from, now);
        history.leaveHot(Benchmark.HOT_WINDOW);
        var loaded =
                history.events(FIRST_CUSTOMER, size.events, new UsualStory(CATALOGUE, from, now));
        history.customers(OLD_CUSTOMER, 1, new LongStory(CATALOGUE, from, now, size.longest));
        history.asIfStoredInTime();
        history.settle();
        system.startServer();
        reader = system.client("reader");
        operator = system.client("operator");
        report.title("Histories that people look at");
        report.say(Machine.describe(now.truncatedTo(ChronoUnit.SECONDS)));
        report.say(
                "%,d events of %,d customers over %d months, and one customer with %,d events."
                        .formatted(loaded.events(), loaded.customers(), MONTHS, size.longest));
        figures();
        search();
        timeline();
        export();
        new PageTimes(system, report).measure(OLD_CUSTOMER, OPEN_MILLIS, FRAME_MILLIS);
        simulation();
    }

    /**
     * Figures are counted from nothing for a while. What is left then is passed over, so that it is
     * not counted beside the other measurements.
     */
    private void figures() throws SQLException {
        await().atMost(PATIENCE).until(() -> counted() > 0);
        var before = counted();
        var began = System.nanoTime();
        await().atMost(PATIENCE)
                .until(() -> secondsSince(began) > size.warmUp.toSeconds() || isServed());
        var seconds = secondsSince(began);
        var counted = counted() - before;
        while (!isServed()) {
            passOver();
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        report.section("Figures of studios and of the capacity, from nothing");
        report.table(
                "figures",
                List.of("", "seconds", "events", "events a second"),
                List.of(List.of("both, in turns", seconds, counted, counted / seconds)));
    }

    private double counted() throws SQLException {
        return number("coalesce(min(events), 0) from tally.projection");
    }

    private boolean isServed() throws SQLException {
        return number("count(*) from tally.projection where state = 'SERVING'") == 2;
    }

    private void passOver() throws SQLException {
        try (var connection = system.database().connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    update tally.projection
                    set position = (select max(position) from tally.event), customer_id = null, seq = 0
                    where position is not null
                    """);
        }
    }

    private void search() throws SQLException {
        report.section("Search of an id, one after the other");
        var rows = new ArrayList<List<Object>>();
        var slowest = 0.0;
        for (var kind :
                List.of(
                        new Kind("license", "e.aggregate_id", LICENSES),
                        new Kind("command", "e.command_id", "e.command_id is not null"),
                        new Kind("id that nobody has", "'none-' || e.seq", "true"))) {
            var ids = ids(kind);
            LongFunction<Call> searches = n -> Call.get("/v1/customers?id=" + encoded(ids, n));
            system.load("reader", 1).warmUp(SEARCHES_BEFORE, searches);
            var measured = system.load("reader", 1).inTurn(size.searches, searches);
            new Series(kind.name).add(measured);
            rows.add(List.of(kind.name, measured.millisAt(50), measured.millisAt(99)));
            slowest = Math.max(slowest, measured.millisAt(99));
        }
        report.table("search", List.of("id of a", "p50 ms", "p99 ms"), rows);
        report.atMost(SEARCH_MILLIS, "search of an id, p99 ms", slowest);
    }

    private record Kind(String name, String column, String condition) {}

    private static String encoded(List<String> ids, long number) {
        return URLEncoder.encode(ids.get((int) (number % ids.size())), StandardCharsets.UTF_8);
    }

    private List<String> ids(Kind kind) throws SQLException {
        try (var connection = system.database().connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "select %s from tally.event e tablesample bernoulli(1) where %s order by random() limit %d"
                                        .formatted(kind.column, kind.condition, size.searches))) {
            var ids = new ArrayList<String>();
            while (row.next()) ids.add(row.getString(1));
            return ids;
        }
    }

    private void timeline() throws IOException {
        var before = residentMegabytes();
        var pages = new ArrayList<Double>();
        var events = 0;
        var began = System.nanoTime();
        for (var next = ""; next != null; ) {
            var asked = System.nanoTime();
            var path = "/v1/customers/%d/timeline?limit=%d%s".formatted(OLD_CUSTOMER, PAGE, next);
            var page = answer(() -> reader.get(path)).json();
            pages.add(secondsSince(asked) * 1e3);
            for (var command : page.get("commands")) events += command.get("events").size();
            next = page.get("next").isNull() ? null : "&cursor=" + page.get("next").stringValue();
        }
        report.section("The timeline of %,d events, page by page".formatted(events));
        report.table(
                "timeline",
                List.of("", "pages", "seconds", "median page ms", "slowest page ms", "MB more"),
                List.of(
                        List.of(
                                "%,d commands a page".formatted(PAGE),
                                pages.size(),
                                secondsSince(began),
                                Figures.median(pages),
                                pages.stream().mapToDouble(ms -> ms).max().orElse(0),
                                residentMegabytes() - before)));
    }

    private void export() throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        system.url()
                                                + "/v1/customers/%d/export"
                                                        .formatted(OLD_CUSTOMER)))
                        .header("Authorization", "Bearer " + system.token("operator"))
                        .build();
        var before = residentMegabytes();
        var began = System.nanoTime();
        var lines = 0L;
        var last = "";
        try (var client = HttpClient.newHttpClient();
                var body = client.send(request, BodyHandlers.ofLines()).body()) {
            for (var line : (Iterable<String>) body::iterator) {
                last = line;
                lines++;
            }
        }
        if (!last.contains("\"end\"")) throw new IllegalStateException("Cut: " + last);
        var seconds = secondsSince(began);
        report.section("The export of a customer");
        report.table(
                "export",
                List.of("", "lines", "seconds", "lines a second", "MB more"),
                List.of(
                        List.of(
                                "%,d events".formatted(size.longest),
                                lines,
                                seconds,
                                lines / seconds,
                                residentMegabytes() - before)));
    }

    private void simulation() throws InterruptedException {
        system.load("edge", SystemUnderTest.WARM_UP_CONNECTIONS)
                .warmUp(size.warmUp, this::nextAcquire);
        var edge = system.load("edge", size.connections);
        var alone = new Series("nothing else");
        var beside = new Series("a simulation of all customers over 90 days");
        for (int round = 0; round < ROUNDS; round++) {
            alone.add(edge.saturate(size.phase, this::nextAcquire));
            var simulation = begin();
            beside.add(edge.saturate(size.phase, this::nextAcquire));
            end(simulation);
        }
        report.section("Acquires while a policy is simulated");
        report.table("simulation", Series.HEAD, List.of(alone.row(alone), beside.row(alone)));
        report.atLeast(LEFT, "acquires beside a simulation, of those without", beside.over(alone));
    }

    private String begin() {
        var asking = operator.with("Idempotency-Key", "simulation-" + System.nanoTime());
        var asked =
                answer(
                        () ->
                                asking.post(
                                        "/v1/policies/plan/premium/simulation",
                                        "{\"settings\":{\"maxDownloadDevices\":1},\"days\":90}"));
        var simulation = "/v1/simulations/" + asked.json().get("simulationId").stringValue();
        await().atMost(PATIENCE).until(() -> !state(simulation).equals("WAITING"));
        return simulation;
    }

    private void end(String simulation) {
        var state = state(simulation);
        if (!state.equals("RUNNING") && !size.equals(Size.SMOKE)) {
            throw new IllegalStateException("The simulation did not run all the time: " + state);
        }
        answer(() -> operator.delete(simulation));
        await().atMost(PATIENCE).until(() -> !state(simulation).equals("RUNNING"));
    }

    private String state(String simulation) {
        return answer(() -> operator.get(simulation)).json().get("state").stringValue();
    }

    /**
     * The answer, once the node gives one: it refuses what it cannot do in time beside the load.
     */
    private static Answer answer(Supplier<Answer> ask) {
        var began = System.nanoTime();
        var answer = ask.get();
        while (answer.status() >= 400
                && answer.mayBeRepeated()
                && secondsSince(began) < REPEATED.toSeconds()) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            answer = ask.get();
        }
        if (answer.status() >= 300) throw new IllegalStateException(answer.toString());
        return answer;
    }

    private double number(String expression) throws SQLException {
        try (var connection = system.database().connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var row = statement.executeQuery("select " + expression)) {
            row.next();
            return row.getDouble(1);
        }
    }

    private double residentMegabytes() throws IOException {
        return Processes.residentBytes(system.jvm()) / 1e6;
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    private Call nextAcquire(long ignored) {
        var number = customers.incrementAndGet();
        return Benchmark.acquire(number, (int) (number % CATALOGUE.titles().size()));
    }
}
