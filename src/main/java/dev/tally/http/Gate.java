package dev.tally.http;

import dev.tally.availability.Pace;
import dev.tally.runtime.Ticks;

import jakarta.inject.Inject;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * First and last to see each request. It lets the request in once there is room, gives it an id,
 * refuses one that cannot be read before anything tries, and counts and logs how the request ended.
 */
@WebFilter(
        urlPatterns = "/*",
        asyncSupported = true,
        dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.ASYNC})
public class Gate extends HttpFilter {

    /** Header of every answer: the request's id. */
    static final String REQUEST_ID = "X-Request-Id";

    private static final Logger LOG = Logger.getLogger(Gate.class.getName());

    /** Methods that some resource takes, or that the container answers by itself. */
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS");

    /** Attribute of a request: the moment of {@link Ticks} at which it came. */
    private static final String CAME_AT = Gate.class.getName() + ".cameAt";

    @Inject Admission admission;
    @Inject RequestMetrics metrics;
    @Inject RefusalLog refusals;
    @Inject Pace pace;

    @Override
    protected void doFilter(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request.getAttribute(CAME_AT) == null) request.setAttribute(CAME_AT, Ticks.nanos());
        pace.requestCame();
        var isIn =
                admission.enter(
                        request,
                        problem ->
                                handle(request, response, () -> Problem.write(problem, response)));
        if (!isIn) return;
        try {
            handle(request, response, () -> pass(request, response, chain));
        } finally {
            admission.leave(request);
        }
    }

    /** What is done with a request. */
    private interface Handling {
        void run() throws IOException, ServletException;
    }

    private void handle(HttpServletRequest request, HttpServletResponse response, Handling handling)
            throws IOException, ServletException {
        var current = CurrentRequest.begin(request.getHeader(CurrentRequest.TRACE_PARENT));
        response.setHeader(REQUEST_ID, current.id());
        try {
            handling.run();
        } finally {
            var cameAt = (long) request.getAttribute(CAME_AT);
            metrics.count(current, response.getStatus(), Ticks.nanos() - cameAt);
            refusals.log(current, response.getStatus());
            CurrentRequest.end();
        }
    }

    private static void pass(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!METHODS.contains(request.getMethod())) {
            response.setHeader("Allow", String.join(", ", METHODS));
            answer(response, ProblemType.METHOD_NOT_ALLOWED, "No path takes this method.");
            return;
        }
        var flaw = RawUri.flaw(request.getRequestURI(), request.getQueryString());
        if (flaw.isPresent()) {
            answer(response, ProblemType.INVALID_REQUEST, flaw.get());
            return;
        }
        if (!hasReadableTypes(request)) {
            answer(
                    response,
                    ProblemType.INVALID_REQUEST,
                    "The header Accept or Content-Type cannot be read.");
            return;
        }
        var isTimed = TimedBody.isOf(request);
        try {
            chain.doFilter(isTimed ? TimedBody.of(request, BodyLimit.PATIENCE) : request, response);
        } catch (IOException e) {
            // The caller went away: nobody is left to be answered, and nothing is wrong here.
            LOG.log(Level.FINE, "The caller went away", e);
        } finally {
            if (isTimed && request.isAsyncStarted()) request.getAsyncContext().complete();
        }
    }

    private static boolean hasReadableTypes(HttpServletRequest request) {
        return MediaRanges.isContentType(request.getHeader("Content-Type"))
                && Collections.list(request.getHeaders("Accept")).stream()
                        .allMatch(MediaRanges::isAccept);
    }

    private static void answer(HttpServletResponse response, ProblemType type, String detail)
            throws IOException {
        Problem.write(new ProblemException(type, detail), response);
    }
}
