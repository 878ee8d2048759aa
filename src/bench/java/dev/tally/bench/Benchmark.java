package dev.tally.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.bench.Processes.Usage;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * The benchmark: {@code mvn -Pbench}, or with {@code -Dbench=full} the long one. Starts a database
 * and a server of its own, fills them, measures, and leaves {@code target/bench/report.md} and
 * {@code .json}.
 *
 * <p>What is compared is measured in the same run, in turns, and the median of the rounds counts:
 * the machine is slower at one time than at another, and then for both.
 */
public final class Benchmark {

    /** Far from the customers of the samples. */
    private static final long FIRST_CUSTOMER = 10_000_000;

    private static final long FIRST_SAMPLE = 1_000_000;
    private static final int MONTHS = 24;

    /** As the application is shipped. */
    private static final Period HOT_WINDOW = Period.ofMonths(3);

    /** Few enough that the server's compiler gets its share of the machine and is done soon. */
    private static final int WARM_UP_CONNECTIONS = 4;

    private static final long SEED = 20_261_121;

    /** Titles enough for as many acquires of one customer as a device may hold licenses. */
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 20);

    private static final int CONNECTIONS = SystemUnderTest.CONNECTIONS;

    private final Settings settings;
    private final SystemUnderTest system;
    private final Report report = new Report();
    private final SampleHistory history;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant from = now.minus(Duration.ofDays(30L * MONTHS));

    private final LoggedSql logged;
    private final Ceiling ceiling;
    private final AtomicLong acquired = new AtomicLong();

    private Customers served;
    private long nextCustomer = FIRST_CUSTOMER;
    private Duration ready;
    private Processes processes;

    private Benchmark(Settings settings, SystemUnderTest system) {
        this.settings = settings;
        this.system = system;
        this.history = new SampleHistory(system.database(), SEED);
        this.logged = new LoggedSql(system.database(), system.home());
        this.ceiling = Ceiling.of(system.database());
    }

    @SuppressWarnings("SystemOut") // the report, and how far it is, for whoever started it
    public static void main(String[] arguments) throws Exception {
        var report = run(arguments[0], Path.of("target/bench"));
        System.out.println(report.page());
        System.exit(0);
    }

    private static Report run(String name, Path folder)
            throws IOException, SQLException, InterruptedException {
        return name.equals("move")
                ? MoveBenchmark.run(MoveBenchmark.EVENTS, MoveBenchmark.QUIET, folder)
                : run(Settings.named(name), folder);
    }

    /** Runs everything; the report is in the folder as well. */
    static Report run(Settings settings, Path folder)
            throws IOException, SQLException, InterruptedException {
        var home = Files.createTempDirectory(Files.createDirectories(folder), "run-");
        try (var system = new SystemUnderTest(home)) {
            var benchmark = new Benchmark(settings, system);
            benchmark.run();
            benchmark.report.store(folder);
            return benchmark.report;
        }
    }

    private void run() throws IOException, SQLException, InterruptedException {
        say("loading");
        history.prepare(CATALOGUE, from, now);
        history.leaveHot(HOT_WINDOW);
        var loaded =
                history.customers(
                        FIRST_SAMPLE,
                        settings.sampleCustomers(),
                        new UsualStory(CATALOGUE, from, now));
        history.settle();
        say("starting the server");
        ready = system.startServer();
        if (!settings.equals(Settings.SMOKE)) {
            // The first start has read the server's files from the disk.
            system.stopServer();
            ready = system.startServer();
        }
        processes = new Processes(system.jvm(), system.database());
        describe(loaded);
        warmUp();
        // What it compiles for these it needs for the acquire as well.
        reading();
        whereTheTimeGoes();
        acquiring();
        theStoreAlone();
        cost();
        growth();
    }

    private void describe(SampleHistory.Loaded loaded) throws SQLException {
        report.title("Benchmark, " + settings.name());
        report.say(Machine.describe(now));
        report.say(
                "PostgreSQL %s, fsync %s, synchronous_commit %s, full_page_writes %s, shared_buffers %s, plan_cache_mode %s."
                        .formatted(
                                system.setting("server_version"),
                                system.setting("fsync"),
                                system.setting("synchronous_commit"),
                                system.setting("full_page_writes"),
                                system.setting("shared_buffers"),
                                system.setting("plan_cache_mode")));
        report.say(
                "%,d events of %,d customers over %d months loaded by COPY, %,.0f a second."
                        .formatted(
                                loaded.events(),
                                loaded.customers(),
                                MONTHS,
                                loaded.eventsPerSecond()));
        report.section("Start");
        report.say(
                "Ready %.1f s after its start, the machine's caches warm."
                        .formatted(ready.toMillis() / 1e3));
        report.atMost(12, "seconds from start to ready", ready.toMillis() / 1e3);
    }

    private void warmUp() throws SQLException {
        say("warming up");
        served = customers();
        // Statistics of a database without such customers make plans that no grown one would have.
        history.settle();
        var acquires = settings.warmUp().multipliedBy(3).dividedBy(4);
        requireAllAnswered(gently("edge").saturate(acquires, this::nextAcquire));
        requireAllAnswered(
                gently("reader").saturate(settings.warmUp().minus(acquires), this::nextDryRun));
    }

    /** The acquire over HTTP against its own SQL, and against the best there is. */
    private void acquiring() throws SQLException, IOException, InterruptedException {
        say("acquiring");
        var sample = customers();
        var edge = load("edge");
        var script =
                logged.script(
                        sample.first(),
                        n -> once(edge, acquire(sample.first(), UniformStory.DOWNLOADS + n)));
        var best =
                BestSql.likeLastCommand(
                                database(),
                                Long.toString(sample.first()),
                                Long.toString(sample.first() + 1))
                        .command()
                        .withKeptPlans();
        var own = new Series("its own SQL, by " + ceiling.name());
        var least = new Series("the best SQL, by " + ceiling.name());
        var http = new Series("over HTTP");
        var usage = Usage.NONE;
        for (int round = 0; round < settings.rounds(); round++) {
            own.add(ceiling.saturate(script, customers(), settings.phase()));
            least.add(ceiling.saturate(best, customers(), settings.phase()));
            var before = processes.usage();
            http.add(edge.saturate(settings.phase(), this::nextAcquire));
            usage = usage.plus(processes.usage().since(before));
        }
        report.section("Acquire, %d connections".formatted(CONNECTIONS));
        report.table("acquire", Series.HEAD, List.of(own.row(own), least.row(own), http.row(own)));
        report.atLeast(0.65, "acquire over HTTP, of its own SQL's throughput", http.over(own));
        report.table(
                "processes",
                List.of("over HTTP, of each acquire", "processor µs"),
                List.of(
                        List.of("server", usage.server().toNanos() / 1e3 / http.count()),
                        List.of("database", usage.database().toNanos() / 1e3 / http.count()),
                        List.of(
                                "load generator",
                                usage.generator().toNanos() / 1e3 / http.count())));
        report.say(
                "%,d bytes of write-ahead log an acquire."
                        .formatted(usage.walBytes() / http.count()));
        report.say("Round trips: %d. %s".formatted(script.trips().size(), statements(script)));

        var rate = http.perSecond() / 2;
        var half = new Series("its own SQL");
        var halfHttp = new Series("over HTTP");
        for (int round = 0; round < settings.rounds(); round++) {
            half.add(ceiling.atRate(script, customers(), settings.phase(), rate));
            halfHttp.add(edge.atRate(rate, settings.phase(), this::nextAcquire));
        }
        report.section("Acquire, at half of that: %,.0f a second".formatted(rate));
        report.say("Latency counts from when a request was due.");
        report.table(
                "acquire at half load", Series.HEAD, List.of(half.row(half), halfHttp.row(half)));
        report.atMost(
                4,
                "p99 of acquire at half load, of its own SQL's",
                halfHttp.millisAt(99) / half.millisAt(99));
        var resident = processes.residentBytes() / 1e6;
        report.say("The server's resident memory then: %,.0f MB.".formatted(resident));
        report.atMost(512, "MB of resident memory under load", resident);
    }

    private static String statements(Script script) {
        return "Statements: "
                + script.statements().stream()
                        .map(statement -> "`" + firstWords(statement.sql()) + "`")
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static String firstWords(String sql) {
        var words = sql.replaceAll("\\s+", " ");
        return words.length() > 60 ? words.substring(0, 60) + "…" : words;
    }

    /** What only reads, against the SQL that it sends. */
    private void reading() throws SQLException, IOException, InterruptedException {
        say("reading");
        var reader = load("reader");
        var one = served.first();
        var script = logged.script(one, n -> once(reader, dryRun(one, n)));
        var licenses = licenses();
        LongFunction<Call> gets = n -> licenses.get((int) (n % licenses.size()));
        requireAllAnswered(gently("reader").saturate(settings.warmUp().dividedBy(8), gets));
        var own = new Series("their SQL, by " + ceiling.name());
        var dryRun = new Series("dry-run decision over HTTP");
        var get = new Series("get license over HTTP");
        for (int round = 0; round < settings.rounds(); round++) {
            own.add(
                    ceiling.saturate(
                            script,
                            Customers.ofAll(one, settings.customers(), CONNECTIONS),
                            settings.phase()));
            dryRun.add(reader.saturate(settings.phase(), this::nextDryRun));
            get.add(reader.saturate(settings.phase(), gets));
        }
        report.section("Reading, %d connections".formatted(CONNECTIONS));
        report.atLeast(0.65, "dry-run decision, of its own SQL's throughput", dryRun.over(own));
        report.atLeast(0.65, "get license, of its own SQL's throughput", get.over(own));
        report.table("reads", Series.HEAD, List.of(own.row(own), dryRun.row(own), get.row(own)));
        report.say("Round trips: %d. %s".formatted(script.trips().size(), statements(script)));
    }

    /** One call for each customer of the load: to read their first license that is still active. */
    private List<Call> licenses() throws SQLException {
        var calls = new ArrayList<Call>();
        try (var connection = database().connect(Role.TALLY_APP);
                var query =
                        connection.prepareStatement(
                                """
                                select customer_id, max(aggregate_id)
                                from tally.event
                                where customer_id::bigint between ? and ? and stream_type = 'L'
                                group by customer_id
                                """)) {
            query.setLong(1, served.first());
            query.setLong(2, served.first() + settings.customers() - 1);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    calls.add(
                            Call.get(
                                    "/v1/customers/%s/licenses/%s"
                                            .formatted(rows.getString(1), rows.getString(2))));
                }
            }
        }
        return calls;
    }

    private void whereTheTimeGoes() throws IOException, InterruptedException {
        say("profiling");
        var profile = new Profile(system.jvm(), system.home());
        profile.start();
        var measured = load("edge").saturate(settings.phase().multipliedBy(2), this::nextAcquire);
        var result = profile.stop();
        report.section("Where the time goes");
        report.say(
                "The server's flight recorder during an acquire load: %,d samples, %,.0f kB allocated an acquire."
                        .formatted(
                                result.samples(),
                                result.allocatedBytes()
                                        / 1e3
                                        / measured.latencies().getTotalCount()));
        report.table(
                "running methods", List.of("running", "% of samples"), frames(result.running()));
        report.table(
                "methods of Tally", List.of("on the stack", "% of samples"), frames(result.ours()));
    }

    private static List<List<Object>> frames(List<Profile.Frame> frames) {
        return frames.stream()
                .map(frame -> List.<Object>of("`" + frame.method() + "`", 100 * frame.share()))
                .toList();
    }

    /** Without HTTP: one event in one transaction, through the application's store. */
    private void theStoreAlone() throws SQLException, IOException, InterruptedException {
        say("the store alone");
        var sample = customers();
        var pool = new HikariConfig();
        pool.setDataSource(database().dataSource(Role.TALLY_APP));
        pool.setMaximumPoolSize(CONNECTIONS);
        try (var source = new HikariDataSource(pool);
                var stores = new Stores(source, SampleHistory.EVENTS_PER_GENERATION)) {
            var load = new StoreLoad(stores, CONNECTIONS);
            load.saturate(Duration.ofSeconds(1), n -> Long.toString(sample.first()));
            var oneEvent =
                    BestSql.likeLastCommand(
                                    database(),
                                    Long.toString(sample.first()),
                                    Long.toString(sample.first() + 1))
                            .oneEvent()
                            .withKeptPlans();
            var best = new Series("the best SQL, by " + ceiling.name());
            var bestByDriver = new Series("the best SQL, by the driver");
            var store = new Series("the store");
            var fresh = customers();
            new StoreLoad(stores, WARM_UP_CONNECTIONS)
                    .saturate(settings.warmUp().dividedBy(4), n -> id(fresh, n));
            var driver = new JdbcCeiling(database());
            for (int round = 0; round < settings.rounds(); round++) {
                best.add(ceiling.saturate(oneEvent, customers(), settings.phase()));
                bestByDriver.add(driver.saturate(oneEvent, customers(), settings.phase()));
                store.add(load.saturate(settings.phase(), n -> id(fresh, n)).measured());
            }
            report.section(
                    "The store alone: one event a command, %d connections".formatted(CONNECTIONS));
            report.table(
                    "store",
                    Series.HEAD,
                    List.of(best.row(best), bestByDriver.row(best), store.row(best)));
            report.atLeast(0.9, "the store alone, of the best SQL's throughput", store.over(best));

            var hot = load.saturate(settings.phase(), n -> Long.toString(fresh.first()));
            report.section("One hot customer, %d connections".formatted(CONNECTIONS));
            report.say(
                    "%,.0f commands a second stored, %.3f lost races for each; the longest history read had %,d rows."
                            .formatted(
                                    hot.measured().perSecond(),
                                    hot.lostPerSuccess(),
                                    hot.mostRows()));
            report.atLeast(
                    1_000, "commands a second on a hot customer", hot.measured().perSecond());
            report.atMost(0.2, "lost races per command on a hot customer", hot.lostPerSuccess());
        }
    }

    private String id(Customers customers, long n) {
        return Long.toString(customers.first() + n % settings.customers());
    }

    /** Neither an old customer nor a large database makes an acquire slower. */
    private void growth() throws SQLException, IOException, InterruptedException {
        new Growth(settings, system, history, CATALOGUE, from, now).measure(report);
    }

    /** What an event takes of the disk, and how fast history is read again. */
    private void cost() throws SQLException, IOException {
        say("cost");
        report.section("Cost");
        var folder = Files.createDirectory(system.home().resolve("day"));
        try (var day = Database.embedded(folder, 0)) {
            var days = new SampleHistory(day.migrated(), SEED);
            days.prepare(CATALOGUE, now, now);
            days.customers(FIRST_SAMPLE, settings.sampleCustomers(), new SampleDay(CATALOGUE, now));
            try (var superuser = day.connect(Role.POSTGRES)) {
                report.say("The sample day of a member, events only:");
                var bytes = Cost.ofEventsInOrderOfTime(superuser);
                report.code("bytes", bytes.toString());
                report.atMost(220, "bytes an event", bytes.bytesPerEvent());
            }
        }
        var longest = Long.toString(nextCustomer);
        history.customers(
                nextCustomer++, 1, new LongStory(CATALOGUE, from, now, settings.longest()));
        try (var stores = new Stores(database(), SampleHistory.EVENTS_PER_GENERATION);
                var superuser = database().connect(Role.POSTGRES)) {
            var decoded = Replay.fromMemory(superuser, settings.longest());
            report.atLeast(2_000_000, "events a second decoded by one core", decoded);
            report.table(
                    "reading again",
                    List.of("one thread", "events/s"),
                    List.of(
                            List.of("decoded by the mappers, from memory", decoded),
                            List.of(
                                    "replayed from the store",
                                    Replay.fromTheStore(stores, longest))));
        }
    }

    private Database database() {
        return system.database();
    }

    private HttpLoad gently(String role) {
        return system.load(role, WARM_UP_CONNECTIONS);
    }

    private HttpLoad load(String role) {
        return system.load(role, CONNECTIONS);
    }

    /** One request, where the load generator starts as many as it likes. */
    private static void once(HttpLoad load, Call call) {
        requireAllAnswered(load.inTurn(1, n -> call));
    }

    /** Fresh ones, all with the same history. */
    private Customers customers() {
        try {
            var customers = Customers.ofAll(nextCustomer, settings.customers(), CONNECTIONS);
            nextCustomer += settings.customers();
            history.customers(
                    customers.first(), settings.customers(), new UniformStory(CATALOGUE, now));
            return customers;
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Call acquire(long customer, int title) {
        return Call.post("/v1/customers/%d/licenses".formatted(customer), request(title), 201);
    }

    private static String request(int title) {
        return "{\"titleId\":\"%s\",\"deviceId\":\"device-1\",\"plan\":\"premium\",\"type\":\"DOWNLOAD\"}"
                .formatted(CATALOGUE.title(title).id());
    }

    /** One customer after the other, and each time around another title; never the same twice. */
    private Call nextAcquire(long ignored) {
        var number = acquired.getAndIncrement();
        var title = UniformStory.DOWNLOADS + number / settings.customers();
        return acquire(served.first() + number % settings.customers(), (int) title);
    }

    private Call nextDryRun(long number) {
        return dryRun(served.first() + number % settings.customers(), 1);
    }

    private static Call dryRun(long customer, int title) {
        return Call.post(
                "/v1/customers/%d/decisions".formatted(customer),
                request(CATALOGUE.titles().size() - title),
                200);
    }

    private static void requireAllAnswered(Measured measured) {
        if (measured.failed() > 0) {
            throw new IllegalStateException(
                    measured.failed() + " requests failed, first " + measured.firstFailure());
        }
    }

    @SuppressWarnings("SystemOut") // how far it is
    private static void say(String step) {
        System.out.println("[bench] " + step);
    }
}
