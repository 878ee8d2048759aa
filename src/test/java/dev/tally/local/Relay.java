package dev.tally.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * A relay between the server and its database. It counts round trips, reads the statements, and can
 * cut, reset and hold up connections.
 *
 * <p>A round trip is counted when the direction changes on a connection: at the first bytes from
 * the database after bytes to it. Round trips cost time, however many statements are sent together.
 */
public final class Relay implements AutoCloseable {

    private enum State {
        OPEN,
        /** Behaves like a stopped database: existing and new connections end. */
        CUT,
        /**
         * Behaves like a network that drops everything: connections stay open, but nothing arrives.
         */
        SILENT
    }

    /** What is lost when a connection is reset in the middle of a commit. */
    public enum Lost {
        /** The database never hears of the commit. */
        COMMIT,
        /** The database has committed, and nobody hears of it. */
        ANSWER
    }

    private static final int BUFFER_BYTES = 64 * 1024;

    /** The beginning of a statement that records events, in lower case. */
    private static final Pattern RECORDS = Pattern.compile("insert\\s+into\\s+tally\\.event\\b");

    private final String host;
    private final int port;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong roundTrips = new AtomicLong();
    private final AtomicLong bytesAnswered = new AtomicLong();
    private final List<String> statements = new CopyOnWriteArrayList<>();
    private final AtomicReference<Lost> nextReset = new AtomicReference<>();
    private final AtomicInteger resets = new AtomicInteger();
    private volatile CountDownLatch stalled = new CountDownLatch(0);
    private volatile boolean listens;
    private volatile State state = State.OPEN;
    private volatile Duration delay = Duration.ZERO;

    private Relay(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        server = new ServerSocket(0);
        Thread.ofVirtual().name("relay").start(this::accept);
    }

    public static Relay to(Database database) throws IOException {
        return new Relay(database.host(), database.port());
    }

    public int port() {
        return server.getLocalPort();
    }

    /**
     * The number of round trips on all connections since the start. To measure some work, take the
     * difference before and after it.
     */
    public long roundTrips() {
        return roundTrips.get();
    }

    /** The number of bytes that the database has sent since the start. */
    public long bytesAnswered() {
        return bytesAnswered.get();
    }

    /**
     * The statements that some work sends over all connections, in the order in which they are run.
     */
    public List<String> statementsOf(Runnable work) {
        statements.clear();
        listens = true;
        try {
            work.run();
            return List.copyOf(statements);
        } finally {
            listens = false;
        }
    }

    public void cut() {
        state = State.CUT;
        closeConnections();
    }

    public void silence() {
        state = State.SILENT;
    }

    /**
     * Behaves like a network that stands still: connections stay open and nothing passes, until
     * {@link #restore} lets everything arrive that was sent meanwhile.
     */
    public void stall() {
        stalled = new CountDownLatch(1);
    }

    /**
     * Resets the connection on which the next transaction commits that has recorded an event. The
     * jobs of a node commit at any time, so a transaction that writes anything else does not count.
     */
    public void resetNextCommit(Lost lost) {
        nextReset.set(lost);
    }

    /**
     * Number of commits of which a part is lost. One whose answer is lost counts before it is sent:
     * its connection may end before the answer comes, and nobody hears of it then, either.
     */
    public int resets() {
        return resets.get();
    }

    /** Behaves like a database that takes so long for each statement. */
    public void slow(Duration each) {
        delay = each;
    }

    /** Lets everything through again, and ends connections that have lost bytes. */
    public void restore() {
        if (state == State.SILENT) closeConnections();
        delay = Duration.ZERO;
        state = State.OPEN;
        stalled.countDown();
    }

    @Override
    public void close() throws IOException {
        server.close();
        closeConnections();
        stalled.countDown();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var client = server.accept();
                if (state == State.CUT) {
                    client.close();
                } else {
                    Thread.ofVirtual().start(() -> connect(client));
                }
            } catch (IOException e) {
                // The socket was closed, so the loop ends.
            }
        }
    }

    private void connect(Socket client) {
        var database = new Socket();
        try {
            database.connect(new InetSocketAddress(host, port));
            client.setTcpNoDelay(true);
            database.setTcpNoDelay(true);
        } catch (IOException e) {
            close(client);
            return;
        }
        sockets.add(client);
        sockets.add(database);
        var link = new Link(client, database);
        Thread.ofVirtual().start(() -> pump(client, database, link::ask));
        pump(database, client, (bytes, length) -> link.answer(length));
    }

    /** One connection of a client, and what has passed on it. */
    private final class Link {

        private final Socket client;
        private final Socket database;
        private final SentStatements sent = new SentStatements(this::run);
        private final AtomicBoolean asked = new AtomicBoolean();
        private volatile boolean losesAnswer;

        /** True if the transaction has recorded an event. */
        private boolean records;

        Link(Socket client, Socket database) {
            this.client = client;
            this.database = database;
        }

        void ask(byte[] bytes, int length) {
            sent.read(bytes, length);
            asked.set(true);
        }

        void answer(int length) {
            if (losesAnswer) reset();
            bytesAnswered.addAndGet(length);
            if (!asked.getAndSet(false)) return;
            roundTrips.incrementAndGet();
            pause();
        }

        private void run(String statement) {
            if (listens) statements.add(statement);
            var words = statement.stripLeading().toLowerCase(Locale.ROOT);
            if (RECORDS.matcher(words).lookingAt()) records = true;
            if (!words.startsWith("commit") && !words.startsWith("rollback")) return;
            if (records && words.startsWith("commit")) losePartOf(nextReset.getAndSet(null));
            records = false;
        }

        private void losePartOf(Lost lost) {
            if (lost != null) resets.incrementAndGet();
            if (lost == Lost.COMMIT) reset();
            losesAnswer = lost == Lost.ANSWER;
        }

        /** Ends both sides at once. What was not delivered yet is lost. */
        private void reset() {
            for (var socket : List.of(client, database)) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (SocketException e) {
                    // It is closed already.
                }
                close(socket);
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Passing {
        void see(byte[] bytes, int length);
    }

    private void pump(Socket from, Socket to, Passing beforeForwarding) {
        var buffer = new byte[BUFFER_BYTES];
        try {
            for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
                if (state == State.SILENT) continue;
                stalled.await();
                beforeForwarding.see(buffer, read);
                to.getOutputStream().write(buffer, 0, read);
            }
            stalled.await();
        } catch (IOException e) {
            // One side has gone, so the connection to the other side is closed below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(from);
            close(to);
        }
    }

    private void closeConnections() {
        sockets.forEach(this::close);
    }

    private void close(Socket socket) {
        sockets.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
