package dev.tally.tracing;

import io.opentelemetry.api.trace.Span;

import java.util.Optional;

/** The trace that the current thread works for. */
public final class Trace {

    private Trace() {}

    /** Id of the trace, 32 hexadecimal digits; empty while telemetry is off. */
    public static Optional<String> id() {
        var span = Span.current().getSpanContext();
        return span.isValid() ? Optional.of(span.getTraceId()) : Optional.empty();
    }
}
