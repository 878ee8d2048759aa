package dev.tally.tracing;

import io.opentelemetry.api.trace.Span;

import org.hibernate.resource.jdbc.spi.StatementInspector;

import java.io.Serial;

/** Hands the text of the statement that a thread prepares to {@link StatementSpans}. */
public final class StatementText implements StatementInspector {

    @Serial private static final long serialVersionUID = 1;

    private static final ThreadLocal<String> PREPARED = new ThreadLocal<>();

    @Override
    public String inspect(String sql) {
        if (Span.current().isRecording()) PREPARED.set(sql);
        return sql;
    }

    /** The text that this thread prepared last; null if it was not traced. */
    static String prepared() {
        return PREPARED.get();
    }

    static void forget() {
        PREPARED.remove();
    }
}
