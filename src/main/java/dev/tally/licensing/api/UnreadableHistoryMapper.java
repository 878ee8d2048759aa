package dev.tally.licensing.api;

import dev.tally.eventstore.UnreadableHistory;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

/**
 * Answers a request for a history that this version cannot read with a problem that says when to
 * try again.
 */
@Provider
public class UnreadableHistoryMapper implements ExceptionMapper<UnreadableHistory> {

    /**
     * Time after which to try again. A node that can read the history takes over, or somebody
     * repairs it: neither happens in seconds.
     */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    /** Most events that are logged, each once. */
    private static final int MAX_LOGGED = 1_000;

    private static final Logger LOG = Logger.getLogger(UnreadableHistoryMapper.class.getName());
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    @Override
    public Response toResponse(UnreadableHistory unreadable) {
        return problem(unreadable).toResponse();
    }

    /** The problem of a request that was refused. */
    public static ProblemException problem(UnreadableHistory unreadable) {
        var message = unreadable.getMessage();
        if (LOGGED.size() < MAX_LOGGED && LOGGED.add(message)) LOG.warning(message);
        return new ProblemException(
                        ProblemType.HISTORY_UNREADABLE,
                        "%s of the customer cannot be read here: a newer version wrote it, it"
                                        .formatted(unreadable.what())
                                + " is damaged, or it is missing. Nothing was stored.")
                .retryAfter(RETRY_AFTER);
    }
}
