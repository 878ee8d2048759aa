package dev.tally.http;

import dev.tally.runtime.Ticks;

import jakarta.inject.Inject;
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
 * First and last to see each request. It gives the request an id, refuses one that cannot be read
 * before anything tries, and counts and logs how the request ended.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class Gate extends HttpFilter {

    /** Header of every answer: the request's id. */
    static final String REQUEST_ID = "X-Request-Id";

    private static final Logger LOG = Logger.getLogger(Gate.class.getName());

    /** Methods that some resource takes, or that the container answers by itself. */
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS");

    @Inject RequestMetrics metrics;
    @Inject RefusalLog refusals;

    @Override
    protected void doFilter(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        var current = CurrentRequest.begin(request.getHeader(CurrentRequest.TRACE_PARENT));
        var begun = Ticks.nanos();
        response.setHeader(REQUEST_ID, current.id());
        try {
            pass(request, response, chain);
        } finally {
            metrics.count(current, response.getStatus(), Ticks.nanos() - begun);
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
        try {
            chain.doFilter(request, response);
        } catch (IOException e) {
            // The caller went away: nobody is left to be answered, and nothing is wrong here.
            LOG.log(Level.FINE, "The caller went away", e);
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
