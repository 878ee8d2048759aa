package dev.tally.faults;

import dev.tally.system.RawClient;
import dev.tally.system.RawClient.Answer;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Clients that each send one request after the other, over a connection of their own, and measure
 * how long every answer takes. They need little of the processor that the server works on too.
 */
final class Crowd implements AutoCloseable {

    /** Result of requests that got no answer, or only a part of one. */
    static final String BROKEN = "broken";

    private static final Pattern PROBLEM = Pattern.compile("urn:tally:problem:([a-z-]+)");

    /** Significant decimal digits of a time. */
    static final int DIGITS = 3;

    private static final String RETRY_AFTER = "retry-after";

    /** Makes the requests of a crowd. */
    interface Requests {

        /**
         * The next request of a client.
         *
         * @param last answer to its last one; null: there is none
         */
        byte[] next(int client, Answer last);
    }

    /** What a client does after an answer. */
    enum Manner {
        /** It sends the next request at once, whatever the answer is. */
        RUDE,
        /** It sends some requests a second, and after a refusal waits as long as it is told. */
        POLITE
    }

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final URI url;
    private final Manner manner;
    private final Requests requests;
    private final Map<String, Recorder> nanos = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean stopped;

    Crowd(URI url, int clients, Manner manner, Requests requests) {
        this.url = url;
        this.manner = manner;
        this.requests = requests;
        for (int client = 0; client < clients; client++) {
            int number = client;
            var unused = threads.submit(() -> live(number));
        }
    }

    /** A request for a license, as it goes over the wire. */
    static byte[] acquire(String token, String customer, String title) {
        var body =
                "{\"titleId\":\"%s\",\"deviceId\":\"phone\",\"plan\":\"premium\",\"type\":\"DOWNLOAD\"}"
                        .formatted(title);
        return post("/v1/customers/" + customer + "/licenses", token, body);
    }

    static byte[] post(String path, String token, String json) {
        return """
        POST %s HTTP/1.1\r
        Host: localhost\r
        Authorization: Bearer %s\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        %s\
        """
                .formatted(path, token, json.length(), json)
                .getBytes(StandardCharsets.UTF_8);
    }

    private void live(int number) {
        Answer last = null;
        try (var client = new RawClient(url)) {
            while (!stopped) {
                last = send(client, requests.next(number, last));
                if (manner == Manner.POLITE) LockSupport.parkNanos(pause(last).toNanos());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration pause(Answer answer) {
        var told = answer == null ? null : answer.headers().get(RETRY_AFTER);
        return told == null ? PAUSE : Duration.ofSeconds(Long.parseLong(told));
    }

    /** Sends a request; null if there is no answer. */
    private Answer send(RawClient client, byte[] request) throws IOException {
        var began = System.nanoTime();
        try {
            var answer = client.send(request);
            note(result(answer), began);
            return answer;
        } catch (IOException e) {
            client.close();
            note(BROKEN, began);
            return null;
        }
    }

    /** Status of an answer, and in a word what it says. */
    private static String result(Answer answer) {
        var problem = PROBLEM.matcher(answer.body());
        if (answer.status() == 503 && !answer.headers().containsKey(RETRY_AFTER)) {
            return "503 without Retry-After";
        }
        if (problem.find()) return answer.status() + " " + problem.group(1);
        var isPromised = answer.body().contains("\"provisional\":true");
        return answer.status() + (isPromised ? " promised" : "");
    }

    private void note(String result, long began) {
        nanos.computeIfAbsent(result, first -> new Recorder(DIGITS))
                .recordValue(System.nanoTime() - began);
    }

    /** Times of the answers since this was last called, in nanoseconds, by result. */
    Map<String, Histogram> take() {
        var taken = new TreeMap<String, Histogram>();
        nanos.forEach(
                (result, recorder) -> {
                    var times = recorder.getIntervalHistogram();
                    if (times.getTotalCount() > 0) taken.put(result, times);
                });
        return taken;
    }

    @Override
    public void close() {
        stopped = true;
        threads.close();
    }
}
