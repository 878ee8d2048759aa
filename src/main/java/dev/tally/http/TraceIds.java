package dev.tally.http;

import dev.tally.tracing.Trace;

import jakarta.annotation.Priority;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;

/**
 * Gives a request the id of the trace that telemetry makes for it, if the caller named none: log
 * lines and problems then lead to the trace. The container begins a trace at the resource, after
 * {@link Gate}.
 */
@Provider
@Priority(Priorities.USER + 1_000)
public class TraceIds implements ContainerRequestFilter {

    @Context HttpServletResponse response;

    @Override
    public void filter(ContainerRequestContext request) {
        var trace = Trace.id();
        if (trace.isEmpty()) return;
        CurrentRequest.get().ifPresent(current -> current.isPartOf(trace.get()));
        response.setHeader(Gate.REQUEST_ID, trace.get());
    }
}
