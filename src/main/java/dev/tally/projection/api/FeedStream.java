package dev.tally.projection.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.availability.StoreUnavailable;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedPage;
import dev.tally.http.Json;
import dev.tally.http.Page;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.projection.Feed;
import dev.tally.projection.FeedFilter;
import dev.tally.projection.FeedMetrics;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Sends the feed as lines: all there is behind a cursor, some rows at a time, in memory that does
 * not grow. The last line says where to go on, or what went wrong; without it the answer was cut.
 */
@ApplicationScoped
class FeedStream {

    /** Most events that one answer looks at; the last line says where to go on. */
    static final int MAX_EVENTS = 1_000_000;

    /** Most answers at a time: each keeps a place of a request, and now and then a connection. */
    static final int MAX_AT_ONCE = 4;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    @Inject Feed feed;
    @Inject FeedMetrics metrics;

    private final Semaphore places = new Semaphore(MAX_AT_ONCE);

    /**
     * The last line of an answer.
     *
     * @param next cursor to go on from
     * @param caughtUp true if nothing more could be read; null after a problem
     * @param problem reason why the answer ends early; left out if it does not
     */
    record LastLine(String next, Boolean caughtUp, @JsonInclude(Include.NON_NULL) Problem problem)
            implements Page {}

    /** Sends the lines of a page, and of those that follow. */
    interface Lines {
        void sendTo(OutputStream out) throws IOException;
    }

    /**
     * Reads the first page, so that a cursor that is refused is answered as such.
     *
     * @throws ProblemException if as many answers are under way as may be
     */
    Lines begin(FeedCursor after, FeedFilter filter) {
        if (places.availablePermits() == 0) throw tooMany();
        var first = feed.page(after, filter, Feed.LOOKED_AT);
        return out -> {
            if (!places.tryAcquire()) {
                last(out, new LastLine(Cursors.text(first.end()), null, Problem.of(tooMany())));
                return;
            }
            try {
                send(first, filter, out);
            } finally {
                places.release();
            }
        };
    }

    private static ProblemException tooMany() {
        return new ProblemException(
                        ProblemType.UNAVAILABLE,
                        "%d readers are sent the whole feed by this node.".formatted(MAX_AT_ONCE))
                .retryAfter(RETRY_AFTER);
    }

    private void send(FeedPage first, FeedFilter filter, OutputStream out) throws IOException {
        var page = first;
        for (int looked = 0; ; looked += Feed.LOOKED_AT) {
            write(page, out);
            if (page.isCaughtUp() || looked + Feed.LOOKED_AT >= MAX_EVENTS) {
                last(out, new LastLine(Cursors.text(page.end()), page.isCaughtUp(), null));
                return;
            }
            try {
                page = feed.page(page.end(), filter, Feed.LOOKED_AT);
            } catch (FeedCut e) {
                last(out, ended(page, FeedCutMapper.problem(e)));
                return;
            } catch (StoreUnavailable e) {
                var problem = new ProblemException(ProblemType.UNAVAILABLE, e.getMessage());
                last(out, ended(page, problem));
                return;
            }
        }
    }

    private static LastLine ended(FeedPage page, ProblemException problem) {
        return new LastLine(Cursors.text(page.end()), null, Problem.of(problem));
    }

    private void write(FeedPage page, OutputStream out) throws IOException {
        for (var event : page.events()) {
            out.write(Json.MAPPER.writeValueAsBytes(FeedView.of(page, event)));
            out.write('\n');
        }
        metrics.told(page.events().size());
        out.flush();
    }

    private static void last(OutputStream out, LastLine line) throws IOException {
        out.write(Json.MAPPER.writeValueAsBytes(line));
        out.write('\n');
    }
}
