package dev.tally.bench;

import dev.tally.bench.Benchmark.Licensed;
import dev.tally.bench.HttpLoad.Call;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * Measures the traffic of a day beside single acquires: households that take a season along,
 * players that say that they still play, and many callers with a token each.
 */
final class Traffic {

    private static final int CONNECTIONS = SystemUnderTest.CONNECTIONS;

    /** First id of a household, far from all other customers. */
    private static final long FIRST_HOUSEHOLD = 500_000_000;

    /** Most players that are known to play. */
    private static final int MOST_PLAYERS = 4_000;

    /** Memory for customers while households are measured. */
    private static final int MEMORY_KILOBYTES = 1_024;

    /** Households of each session whose commands are spread: in all, several times that memory. */
    private static final int AT_A_TIME = 50;

    private static final int CALLERS = 20_000;
    private static final String PLAY = "bench";

    private final Settings settings;
    private final SystemUnderTest system;
    private final Catalogue catalogue;
    private final LongFunction<Call> acquires;
    private final Players players;
    private final Report report;
    private final AtomicLong households = new AtomicLong(FIRST_HOUSEHOLD);

    /** Finds customers with a license each, whom nothing has changed yet. */
    interface Players {
        List<Licensed> find() throws SQLException;
    }

    /**
     * @param acquires acquires of customers who are not in memory, or long ago
     */
    Traffic(
            Settings settings,
            SystemUnderTest system,
            Catalogue catalogue,
            LongFunction<Call> acquires,
            Players players,
            Report report) {
        this.settings = settings;
        this.system = system;
        this.catalogue = catalogue;
        this.acquires = acquires;
        this.players = players;
        this.report = report;
    }

    void measure() throws SQLException, IOException {
        keepalives();
        callers();
    }

    /**
     * Compares bursts of a household with the same commands spread over many. The server has little
     * memory, so that the many do not fit into it, as the many of a streaming service do not fit
     * into a larger one.
     */
    void households() throws IOException, InterruptedException {
        say("households");
        system.stopServer();
        system.startServerWith(MEMORY_KILOBYTES);
        var edge = system.load(List.of(system.token("edge")), CONNECTIONS);
        // A household whose acquire is refused has no license to go on with, nor can it be promised
        // one before the node has its copy of the catalogue.
        system.awaitCatalogueCopy();
        edge.warmUp(settings.phase(), acquires);
        edge.warmUp(settings.warmUp().dividedBy(4), households(1));
        var many = households(AT_A_TIME);
        edge.warmUp(settings.warmUp().dividedBy(3), many);
        var bursts = new Series("bursts of a household");
        var apart =
                new Series(
                        "the same commands, spread over %,d households"
                                .formatted(AT_A_TIME * CONNECTIONS));
        long hits = 0;
        long misses = 0;
        var bytes = 0L;
        for (int round = 0; round < settings.rounds(); round++) {
            var hitsBefore = system.metric("tally_warm_hits");
            var missesBefore = system.metric("tally_warm_misses");
            bursts.add(edge.saturate(settings.phase(), households(1)));
            hits += system.metric("tally_warm_hits") - hitsBefore;
            misses += system.metric("tally_warm_misses") - missesBefore;
            bytes = system.metric("tally_warm_bytes");
            apart.add(edge.saturate(settings.phase(), many));
        }
        report.section("Households, %d at once".formatted(CONNECTIONS));
        report.say("Ten episodes acquired and confirmed, two of them played.");
        report.table("households", Series.HEAD, List.of(bursts.row(apart), apart.row(apart)));
        report.say(
                "The server has %,d kB for customers, into which the many do not fit. It answered %.1f %% of the reads of a burst from memory, with %,.1f MB."
                        .formatted(
                                MEMORY_KILOBYTES,
                                100.0 * hits / Math.max(1, hits + misses),
                                bytes / 1e6));
        report.atLeast(1.4, "commands a second in bursts, of the same spread", bursts.over(apart));
    }

    private Households households(int atATime) {
        return new Households(catalogue, CONNECTIONS, atATime, households);
    }

    private void keepalives() throws SQLException {
        say("keepalives");
        var playing = players.find().stream().limit(MOST_PLAYERS).toList();
        LongFunction<Call> starts =
                n -> {
                    var player = playing.get((int) n);
                    return Call.post(
                            player.path("/sessions"),
                            "{\"licenseId\":\"%s\",\"sessionId\":\"%s\"}"
                                    .formatted(player.license(), PLAY),
                            201);
                };
        var edge = system.load(List.of(system.token("edge")), CONNECTIONS);
        var started = edge.inTurn(playing.size(), starts);
        if (started.failed() > 0) throw new IllegalStateException(started.firstFailure());
        var keepalives = new Series("keepalives");
        LongFunction<Call> calls =
                n ->
                        Call.post(
                                playing.get((int) (n % playing.size()))
                                        .path("/sessions/" + PLAY + "/events"),
                                "{\"type\":\"KEEPALIVE\"}",
                                200);
        edge.warmUp(settings.phase(), calls);
        for (int round = 0; round < settings.rounds(); round++) {
            keepalives.add(edge.saturate(settings.phase(), calls));
        }
        report.section(
                "Keepalives of %,d players, %d connections".formatted(playing.size(), CONNECTIONS));
        report.table("keepalives", Series.HEAD, List.of(keepalives.row(keepalives)));
        report.atLeast(3_000, "keepalives a second", keepalives.perSecond());
    }

    /** Compares one caller with thousands, each with a token of its own. */
    private void callers() throws IOException {
        say("callers");
        var one = system.load(List.of(system.token("edge")), CONNECTIONS);
        var many = system.load(tokens(), CONNECTIONS);
        var ofOne = new Series("one caller's token");
        var ofMany = new Series("%,d callers' tokens in turn".formatted(CALLERS));
        many.warmUp(settings.phase(), acquires);
        for (int round = 0; round < settings.rounds(); round++) {
            ofOne.add(one.saturate(settings.phase(), acquires));
            ofMany.add(many.saturate(settings.phase(), acquires));
        }
        var resident = Processes.residentBytes(system.jvm()) / 1e6;
        report.section("Callers, %d connections".formatted(CONNECTIONS));
        report.table("callers", Series.HEAD, List.of(ofOne.row(ofOne), ofMany.row(ofOne)));
        report.say("The server's resident memory then: %,.0f MB.".formatted(resident));
        report.atLeast(
                0.6, "acquires with %,d tokens, of one's".formatted(CALLERS), ofMany.over(ofOne));
        report.atMost(420, "MB of resident memory with as many tokens", resident);
    }

    private List<String> tokens() {
        return IntStream.range(0, CALLERS).parallel().mapToObj(n -> system.token("edge")).toList();
    }

    @SuppressWarnings("SystemOut") // how far it is
    private static void say(String step) {
        System.out.println("[bench] " + step);
    }
}
