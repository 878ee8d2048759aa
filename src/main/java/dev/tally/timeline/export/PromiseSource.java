package dev.tally.timeline.export;

import dev.tally.http.ProblemType;
import dev.tally.licensing.provisional.PromiseText;
import dev.tally.licensing.provisional.Promises;
import dev.tally.licensing.provisional.Promises.Waiting;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.IOException;
import java.time.Instant;

/** What this node has promised without the store, and the store does not have yet. */
@ApplicationScoped
class PromiseSource implements ExportSource {

    private static final String KIND = "promise";

    @Inject Promises promises;

    /**
     * A promise as the export tells it.
     *
     * @param promise what was promised; null: only a newer release can read it
     */
    record Told(String id, Instant promisedAt, Object promise) {

        static Told of(Waiting waiting) {
            return new Told(
                    waiting.id(),
                    waiting.promisedAt(),
                    waiting.promise().map(PromiseText::json).orElse(null));
        }
    }

    @Override
    public void write(Exported of, ExportLines lines) throws IOException {
        lines.announce(KIND);
        var waiting = promises.waiting(of.customer());
        if (waiting.size() == Promises.MAX_WAITING) {
            throw new ExportRefused(
                    ProblemType.UNAVAILABLE,
                    "%d promises or more wait in this node.".formatted(Promises.MAX_WAITING));
        }
        for (var one : waiting) lines.write(KIND, Told.of(one));
    }
}
