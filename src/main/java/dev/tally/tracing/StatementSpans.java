package dev.tally.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;

import jakarta.enterprise.inject.spi.CDI;

import org.hibernate.SessionEventListener;

import java.io.Serial;
import java.util.Locale;

/**
 * Makes a span of each statement of one Hibernate session, and of the end of its transaction: there
 * the database waits for its disk. Names and attributes are those of the semantic conventions for
 * database calls (OpenTelemetry, version 1.33).
 */
public final class StatementSpans implements SessionEventListener {

    @Serial private static final long serialVersionUID = 1;

    private static final String TRACER = "dev.tally";

    private static final String OPERATION = "db.operation.name";

    /** Statement that is being executed; null: none, or nobody traces it. */
    private transient Span current;

    /**
     * What follows the session's latest statement, if that is the end of its transaction; null: no
     * statement was traced. A span that does not end is not exported.
     */
    private transient Span completion;

    @Override
    public void jdbcExecuteStatementStart() {
        beginSpan();
    }

    @Override
    public void jdbcExecuteStatementEnd() {
        endSpan();
    }

    @Override
    public void jdbcExecuteBatchStart() {
        beginSpan();
    }

    @Override
    public void jdbcExecuteBatchEnd() {
        endSpan();
    }

    @Override
    public void transactionCompletion(boolean successful) {
        if (completion == null) return;
        if (!successful) completion.updateName("ROLLBACK").setAttribute(OPERATION, "ROLLBACK");
        completion.end();
        completion = null;
    }

    private void beginSpan() {
        if (!Span.current().isRecording()) return;
        var text = StatementText.prepared();
        current =
                text == null
                        ? span("SQL").startSpan()
                        : span(operation(text)).setAttribute("db.query.text", text).startSpan();
    }

    private void endSpan() {
        if (current == null) return;
        current.end();
        current = null;
        completion = span("COMMIT").startSpan();
        StatementText.forget();
    }

    private static SpanBuilder span(String operation) {
        // The container has no global one.
        return CDI.current()
                .select(OpenTelemetry.class)
                .get()
                .getTracer(TRACER)
                .spanBuilder(operation)
                .setSpanKind(SpanKind.CLIENT)
                .setAttribute("db.system.name", "postgresql")
                .setAttribute(OPERATION, operation);
    }

    /** The first word of a statement, as in {@code (select …) union all (…)}. */
    static String operation(String text) {
        var words = text.strip().replaceFirst("^[(\\s]+", "").split("\\s+", 2);
        return words[0].toUpperCase(Locale.ROOT);
    }
}
