package dev.tally.bench;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.bench.Processes.Usage;
import dev.tally.bench.micro.Micro;
import dev.tally.catalog.Title;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.local.TestFolder;

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
import java.util.stream.Stream;

/**
 * The benchmark: {@code mvn -Pbench}, or with {@code -Dbench=full} the long one. Starts a database
 * and a server of its own, fills them, measures, and leaves {@code target/bench/report.md} and
 * {@code .json}.
 *
 * <p>Figures that are compared are measured in the same run, in turns, and the median of the rounds
 * counts. The speed of the machine changes over time, and in turns the change affects both.
 */
public final class Benchmark {

    private static final long FIRST_SAMPLE = 1_000_000;
    private static final long FIRST_STREAMER = 2_000_000;
    private static final int STREAMERS = 10;
    private static final long LONGEST = 3_000_000;
    private static final int MONTHS = 24;

    /** The hot window that the application is shipped with. */
    static final Period HOT_WINDOW = Period.ofMonths(3);

    private static final long SEED = 20_261_121;

    /**
     * The catalogue has enough titles for one customer to acquire as many licenses as a device may
     * hold.
     */
    private static final Catalogue CATALOGUE = Catalogue.of(2_000, 20);

    /** The number of customers who come back while the server has them in memory. */
    private static final int COMING_BACK = 320;

    private static final int CONNECTIONS = SystemUnderTest.CONNECTIONS;

    /** Time after a start at which the memory of a server is measured that nobody has called. */
    private static final Duration QUIET = Duration.ofSeconds(20);

    /** Time of the first load on a server that has just started. */
    private static final Duration FIRST = Duration.ofSeconds(10);

    /** Phases of a warm-up that gain nothing until it is over, what a gain is, and most phases. */
    private static final int STEADY = 3;

    private static final double GAIN = 0.95;
    private static final int MOST_PHASES = 24;

    private final Settings settings;
    private final SystemUnderTest system;
    private final Report report = new Report();
    private final SampleHistory history;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant from = now.minus(Duration.ofDays(30L * MONTHS));

    private final Ceiling ceiling;
    private final CustomerSupply supply;
    private final AtomicLong acquired = new AtomicLong();

    private Customers served;
    private Measured first;
    private long idle;
    private OwnSql own;
    private Duration ready;
    private Processes processes;

    private Benchmark(Settings settings, SystemUnderTest system) {
        this.settings = settings;
        this.system = system;
        this.history = new SampleHistory(system.database(), SEED);
        this.ceiling = Ceiling.of(system.database());
        this.supply =
                new CustomerSupply(history, CATALOGUE, now, settings.customers(), CONNECTIONS);
    }

    @SuppressWarnings("SystemOut") // the report, and how far it is, for whoever started it
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("micro")) {
            Micro.run(arguments[1]);
            System.exit(0);
        }
        var report = run(arguments[0], Path.of("target/bench"));
        System.out.println(report.page());
        System.exit(0);
    }

    private static Report run(String name, Path folder)
            throws IOException, SQLException, InterruptedException {
        return switch (name) {
            case "move" -> MoveBenchmark.run(MoveBenchmark.EVENTS, MoveBenchmark.QUIET, folder);
            case "feed" -> FeedBenchmark.run(FeedBenchmark.EVENTS, FeedBenchmark.WARM_UP, folder);
            case "timeline" -> TimelineBenchmark.run(TimelineBenchmark.Size.FULL, folder);
            case "promises" ->
                    PromiseBenchmark.run(PromiseBenchmark.WARM_UP, PromiseBenchmark.PHASE, folder);
            default -> run(Settings.named(name), folder);
        };
    }

    /** Runs everything and returns the report, which is also written to the folder. */
    static Report run(Settings settings, Path folder)
            throws IOException, SQLException, InterruptedException {
        try (var home = TestFolder.in(folder);
                var system = new SystemUnderTest(home.path())) {
            var benchmark = new Benchmark(settings, system);
            benchmark.run(folder);
            benchmark.report.store(folder);
            home.passed();
            return benchmark.report;
        }
    }

    private void run(Path folder) throws IOException, SQLException, InterruptedException {
        say("loading");
        history.prepare(CATALOGUE, from, now);
        history.leaveHot(HOT_WINDOW);
        var loaded =
                history.customers(
                        FIRST_SAMPLE,
                        settings.sampleCustomers(),
                        new UsualStory(CATALOGUE, from, now));
        history.leaveUncounted();
        history.settle();
        served = supply.fresh();
        // Statistics of a database without such customers would lead to plans that a grown database
        // does not have.
        history.settle();
        start();
        describe(loaded);
        warmUp();
        own = OwnSql.of(database(), system.home(), CATALOGUE, supply.fresh().first());
        // Reads come first, because the server needs the code that it compiles for them for the
        // acquire as well.
        reading();
        acquiring();
        var traffic =
                new Traffic(
                        settings,
                        system,
                        CATALOGUE,
                        this::nextAcquire,
                        () -> licenses(supply.fresh()),
                        report);
        traffic.measure();
        whereTheTimeGoes();
        databaseTime();
        say("the store alone");
        new StoreAlone(settings, system, supply, own, ceiling).measure(report);
        cost();
        // The last two parts take longest, and a run that is cut there leaves this report.
        report.store(folder);
        traffic.households();
        growth();
    }

    private void start() throws IOException, InterruptedException, SQLException {
        say("starting the server");
        ready = system.startServer();
        if (!settings.equals(Settings.SMOKE)) {
            Thread.sleep(QUIET);
            idle = Processes.residentBytes(system.jvm());
            // The first start read the server's files from the disk, so only the second one is
            // measured.
            system.stopServer();
            ready = system.startServer();
        }
        first = load("edge").saturate(FIRST, this::nextAcquire);
        processes = new Processes(system.jvm(), system.database());
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
        report.atMost(10, "seconds from start to ready", ready.toMillis() / 1e3);
        report.say(
                "%,.0f acquires a second in the first %d seconds from then on, %,d of them not answered with a license."
                        .formatted(first.perSecond(), FIRST.toSeconds(), first.failed()));
        report.say(
                "Resident memory %d s after a start, without a request: %,.0f MB."
                        .formatted(QUIET.toSeconds(), idle / 1e6));
        report.atMost(280, "MB of resident memory, idle", idle / 1e6);
    }

    /**
     * Loads the server until all of a phase succeed, and then until the compiler is done: until the
     * server's time for an acquire has not become shorter several times in a row. The load is a
     * gentle one, because under a full one the compiler hardly gets a processor. Each phase has
     * customers of its own, so that no account grows.
     */
    private void warmUp() throws SQLException {
        say("warming up");
        gently("edge").warmUp(settings.warmUp().dividedBy(2), this::nextAcquire);
        var shortest = Double.MAX_VALUE;
        var phases = 0;
        for (int same = 0; same < STEADY && phases < MOST_PHASES; phases++) {
            serve();
            var before = processes.usage();
            var acquires =
                    gently("edge").saturate(settings.warmUp().dividedBy(2), this::nextAcquire);
            var usage = processes.usage().since(before);
            var micros = usage.server().toNanos() / 1e3 / acquires.latencies().getTotalCount();
            say("%,.0f µs an acquire".formatted(micros));
            same = micros > GAIN * shortest ? same + 1 : 0;
            shortest = Math.min(shortest, micros);
            gently("reader").saturate(settings.warmUp().dividedBy(8), this::nextDryRun);
        }
        serve();
        report.say(
                "Warmed up by %d phases of acquires of %d s each, until the server's time for one became no shorter."
                        .formatted(phases, settings.warmUp().dividedBy(2).toSeconds()));
    }

    /** From here on, the load is on customers who come for the first time. */
    private void serve() {
        served = supply.fresh();
        acquired.set(0);
    }

    /** Compares the acquire over HTTP with its own SQL, and with the best SQL for the same work. */
    private void acquiring() throws SQLException, IOException, InterruptedException {
        say("acquiring");
        var edge = load("edge");
        var coldly = new Series("its own SQL, by " + ceiling.name());
        var warmly = new Series("the same of a customer in memory");
        var least = new Series("the best SQL, by " + ceiling.name());
        var http = new Series("over HTTP");
        var back = new Series("over HTTP, of customers who come back");
        var constant = new Series("a constant over HTTP");
        var usage = Usage.NONE;
        var ofConstant = Usage.NONE;
        var promised = system.promised();
        var answer = system.client("edge").post(nextAcquire(0).path(), nextAcquire(0).body());
        var constants = constant(answer.body().length());
        for (int round = 0; round < settings.rounds(); round++) {
            coldly.add(ceiling.saturate(own.acquire(), supply.fresh(), settings.phase()));
            warmly.add(ceiling.saturate(own.warmAcquire(), supply.fresh(), settings.phase()));
            least.add(ceiling.saturate(own.bestAcquire(), supply.fresh(), settings.phase()));
            var before = processes.usage();
            http.add(edge.saturate(settings.phase(), this::nextAcquire));
            var between = processes.usage();
            usage = usage.plus(between.since(before));
            constant.add(edge.saturate(settings.phase(), n -> constants));
            ofConstant = ofConstant.plus(processes.usage().since(between));
            back.add(edge.saturate(settings.phase(), ofThoseWhoComeBack(supply.fresh())));
        }
        report.section("Acquire, %d connections".formatted(CONNECTIONS));
        report.table(
                "acquire",
                Series.HEAD,
                List.of(
                        coldly.row(coldly),
                        warmly.row(coldly),
                        least.row(coldly),
                        http.row(coldly),
                        back.row(coldly),
                        constant.row(coldly)));
        compare("acquire", http, constant, least);
        report.atLeast(
                0.4,
                "acquires a second in the first ten seconds, of the later rate",
                first.perSecond() / http.perSecond());
        report.table(
                "processes",
                List.of("over HTTP, of each request, processor µs", "acquire", "constant"),
                List.of(
                        List.of(
                                "server",
                                micros(usage.server(), http),
                                micros(ofConstant.server(), constant)),
                        List.of(
                                "database",
                                micros(usage.database(), http),
                                micros(ofConstant.database(), constant)),
                        List.of(
                                "load generator",
                                micros(usage.generator(), http),
                                micros(ofConstant.generator(), constant))));
        report.atMost(
                2.2,
                "server time of an acquire, of the constant's",
                micros(usage.server(), http) / micros(ofConstant.server(), constant));
        report.say(
                "%,d of the answers over HTTP were promises: where there are many, the store was too slow for the members' patience, and a promise and its reconciliation were measured."
                        .formatted(system.promised() - promised));
        report.say(
                "%,d bytes of write-ahead log an acquire."
                        .formatted(usage.walBytes() / http.count()));
        describe(own.acquire());

        var rate = http.perSecond() / 2;
        var half = new Series("its own SQL");
        var halfHttp = new Series("over HTTP");
        for (int round = 0; round < settings.rounds(); round++) {
            half.add(ceiling.atRate(own.acquire(), supply.fresh(), settings.phase(), rate));
            halfHttp.add(edge.atRate(rate, settings.phase(), this::nextAcquire));
        }
        report.section("Acquire, at half of that: %,.0f a second".formatted(rate));
        report.say("Latency counts from when a request was due.");
        report.table(
                "acquire at half load", Series.HEAD, List.of(half.row(half), halfHttp.row(half)));
        report.atMost(
                2,
                "p99 of acquire at half load, of its own SQL's",
                halfHttp.millisAt(99) / half.millisAt(99));
        var resident = processes.residentBytes() / 1e6;
        report.say("The server's resident memory then: %,.0f MB.".formatted(resident));
        report.atMost(380, "MB of resident memory under load", resident);
    }

    private static double micros(Duration time, Series series) {
        return time.toNanos() / 1e3 / series.count();
    }

    /** A request for a constant of so many octets, which sends what an acquire sends. */
    private static Call constant(int octets) {
        return Call.post("/v1/constant/" + octets, request(UniformStory.DOWNLOADS), 201);
    }

    /**
     * Compares a call with what platform and database allow together: its throughput if nothing but
     * the constant's time and that of the best SQL were spent on it.
     */
    private void compare(String call, Series http, Series constant, Series best) {
        var limit = 1 / (1 / constant.perSecond() + 1 / best.perSecond());
        report.say(
                "Platform and database allow %,.0f a second together: a constant %,.0f, the best SQL %,.0f."
                        .formatted(limit, constant.perSecond(), best.perSecond()));
        report.atLeast(
                0.7,
                call + ", of what platform and database allow together",
                http.perSecond() / limit);
    }

    private void describe(Script script) {
        report.say(
                "Round trips: %d. Statements: %s."
                        .formatted(
                                script.trips().size(),
                                script.statements().stream()
                                        .map(statement -> "`" + firstWords(statement.sql()) + "`")
                                        .collect(Collectors.joining(", "))));
    }

    /**
     * Calls of so few customers that all fit into the server's memory, and of so many that none
     * reaches a limit.
     */
    private LongFunction<Call> ofThoseWhoComeBack(Customers customers) {
        var few = Math.min(COMING_BACK, settings.customers());
        return n -> acquire(customers.first() + n % few, (int) (UniformStory.DOWNLOADS + n / few));
    }

    /** Measures how long the statements of one call take in all when nothing else goes on. */
    private void databaseTime() throws SQLException, InterruptedException {
        say("database time");
        var coldly = new Series("acquire: its own SQL");
        var warmly = new Series("acquire of a customer in memory");
        var least = new Series("acquire: the best SQL");
        var read = new Series("read of an account: its own SQL");
        for (int round = 0; round < settings.rounds(); round++) {
            coldly.add(alone(own.acquire()));
            warmly.add(alone(own.warmAcquire()));
            least.add(alone(own.bestAcquire()));
            read.add(alone(own.read()));
        }
        report.section("Database time, one connection");
        report.say("By %s, without waiting for the disk.".formatted(ceiling.name()));
        report.table(
                "database time",
                List.of("", "µs", "of the first"),
                Stream.of(coldly, warmly, least, read)
                        .map(
                                series ->
                                        List.<Object>of(
                                                series.name(),
                                                1e6 / series.perSecond(),
                                                coldly.perSecond() / series.perSecond()))
                        .toList());
    }

    private Measured alone(Script script) throws SQLException, InterruptedException {
        return ceiling.saturate(script.withoutTheDisk(), supply.fresh(1), settings.phase());
    }

    private static String firstWords(String sql) {
        var words = sql.replaceAll("\\s+", " ");
        return words.length() > 60 ? words.substring(0, 60) + "…" : words;
    }

    /** Compares calls that only read with the SQL that they send. */
    private void reading() throws SQLException, IOException, InterruptedException {
        say("reading");
        var reader = load("reader");
        var licenses = licenses(served);
        LongFunction<Call> gets = n -> licenses.get((int) (n % licenses.size())).get();
        gently("reader").warmUp(settings.warmUp().dividedBy(8), gets);
        var sql = new Series("their SQL, by " + ceiling.name());
        var dryRun = new Series("dry-run decision over HTTP");
        var get = new Series("get license over HTTP");
        var best = new Series("the best SQL, by " + ceiling.name());
        var posted = new Series("a constant as long as the decision");
        var got = new Series("a constant as long as the license");
        var decision = constant(length(nextDryRun(0)));
        var license = Call.get(constant(length(gets.apply(0))).path());
        for (int round = 0; round < settings.rounds(); round++) {
            sql.add(ceiling.saturate(own.read(), served, settings.phase()));
            dryRun.add(reader.saturate(settings.phase(), this::nextDryRun));
            get.add(reader.saturate(settings.phase(), gets));
            best.add(ceiling.saturate(own.bestRead(), served, settings.phase()));
            posted.add(reader.saturate(settings.phase(), n -> decision));
            got.add(reader.saturate(settings.phase(), n -> license));
        }
        report.section("Reading, %d connections".formatted(CONNECTIONS));
        report.table(
                "reads",
                Series.HEAD,
                Stream.of(sql, best, dryRun, posted, get, got).map(each -> each.row(sql)).toList());
        compare("dry-run decision", dryRun, posted, best);
        compare("get license", get, got, best);
        describe(own.read());
    }

    private int length(Call call) {
        var client = system.client("reader");
        var answer =
                call.body() == null
                        ? client.get(call.path())
                        : client.post(call.path(), call.body());
        return answer.body().length();
    }

    /** The newest license of each customer of a load. */
    private List<Licensed> licenses(Customers customers) throws SQLException {
        var found = new ArrayList<Licensed>();
        try (var connection = database().connect(Role.TALLY_APP);
                var query =
                        connection.prepareStatement(
                                """
                                select customer_id, max(aggregate_id)
                                from tally.event
                                where customer_id::bigint between ? and ? and aggregate_type = ?
                                group by customer_id
                                """)) {
            query.setLong(1, customers.first());
            query.setLong(2, customers.first() + settings.customers() - 1);
            query.setInt(3, LicenseEvent.AGGREGATE.number());
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    found.add(new Licensed(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return found;
    }

    /** A customer, and one of the customer's licenses. */
    record Licensed(String customer, String license) {

        String path(String rest) {
            return "/v1/customers/" + customer + rest;
        }

        Call get() {
            return Call.get(path("/licenses/" + license));
        }
    }

    private void whereTheTimeGoes() throws IOException, InterruptedException {
        say("profiling");
        var profile = new Profile(system.jvm(), system.home());
        profile.start();
        var measured = load("edge").saturate(settings.phase().multipliedBy(2), this::nextAcquire);
        var result = profile.stop();
        report.section("Where the time goes");
        report.atMost(
                120,
                "kB allocated an acquire",
                result.allocatedBytes() / 1e3 / measured.latencies().getTotalCount());
        report.say(
                "The server's flight recorder during an acquire load: %,d samples, %,.0f kB allocated an acquire."
                        .formatted(
                                result.samples(),
                                result.allocatedBytes()
                                        / 1e3
                                        / measured.latencies().getTotalCount()));
        result.addTo(report);
    }

    /** Measures whether a long history or a large database makes an acquire slower that reads. */
    private void growth() throws SQLException, IOException, InterruptedException {
        say("growth");
        system.stopServer();
        system.startColdServer();
        gently("edge").warmUp(settings.warmUp().dividedBy(4), this::nextAcquire);
        new Growth(settings, system, history, CATALOGUE, from, now).measure(report);
    }

    /** Measures how many bytes an event takes on disk, and how fast history is replayed. */
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
                report.atMost(200, "bytes an event", bytes.bytesPerEvent());
            }
        }
        history.customers(FIRST_STREAMER, STREAMERS, new StreamerStory(CATALOGUE, now));
        try (var superuser = database().connect(Role.POSTGRES)) {
            report.atMost(
                    1,
                    "bytes of a heavy streamer's snapshots, of their events'",
                    Cost.snapshotsOverEvents(superuser, FIRST_STREAMER, STREAMERS));
        }
        history.customers(LONGEST, 1, new LongStory(CATALOGUE, from, now, settings.longest()));
        history.leaveUncounted();
        try (var stores = SampleHistory.coldNode(database());
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
                                    Replay.fromTheStore(stores, Long.toString(LONGEST)))));
        }
    }

    private Database database() {
        return system.database();
    }

    private HttpLoad gently(String role) {
        return system.load(role, SystemUnderTest.WARM_UP_CONNECTIONS);
    }

    private HttpLoad load(String role) {
        return system.load(role, CONNECTIONS);
    }

    static Call acquire(long customer, int title) {
        return Call.post("/v1/customers/%d/licenses".formatted(customer), request(title), 201);
    }

    private static String request(int title) {
        return request(CATALOGUE.title(title));
    }

    /** The body of an acquire, or of a dry run of it. */
    static String request(Title title) {
        return "{\"titleId\":\"%s\",\"deviceId\":\"device-1\",\"plan\":\"premium\",\"type\":\"DOWNLOAD\"}"
                .formatted(title.id());
    }

    /**
     * Goes through the customers one after the other, each time around with another title, so that
     * no pair repeats.
     */
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

    @SuppressWarnings("SystemOut") // how far it is
    private static void say(String step) {
        System.out.println("[bench] " + step);
    }
}
