package dev.tally.eventstore.partitions;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The erasures that this node has last told its callers to be requested, in memory. It is the only
 * place that names a customer after the erasure, so nothing stays for long.
 */
final class RequestedErasures {

    /** Most requests that are remembered, at about 300 bytes of heap each. */
    static final int MOST = 10_000;

    /** How long a request is remembered: longer than a standby may lag, or a backup be old. */
    static final Duration LONGEST = Duration.ofDays(7);

    private final SequencedMap<String, Request> newest = new LinkedHashMap<>();

    /** A request, as table {@code erasure} has it while the erasure is under way. */
    record Request(String erasureId, String customerId, String by, Instant at) {}

    /** Remembers a request that is in the database. */
    synchronized void add(Request request) {
        newest.putIfAbsent(request.erasureId, request);
        if (newest.size() > MOST) newest.pollFirstEntry();
    }

    /** The requests that are remembered at a time. */
    synchronized List<Request> all(Instant now) {
        newest.values().removeIf(request -> request.at.plus(LONGEST).isBefore(now));
        return List.copyOf(newest.values());
    }
}
