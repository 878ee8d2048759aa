package dev.tally.http;

import dev.tally.runtime.Ticks;

import jakarta.enterprise.context.ApplicationScoped;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Logs requests that were refused, one line each: problem, operation, customer and request id, and
 * nothing that the caller wrote elsewhere. A storm of them is cut short. Denials are no refusals:
 * they are the service's business, and metrics count them by rule.
 */
@ApplicationScoped
class RefusalLog {

    private static final Logger LOG = Logger.getLogger(RefusalLog.class.getName());

    /** Most lines of one second. */
    static final int LINES_A_SECOND = 10;

    private static final long SECOND = 1_000_000_000L;

    private long secondBegan = Ticks.nanos() - SECOND;
    private int lines;
    private long left;

    public void log(CurrentRequest request, int status) {
        if (status < 400 || status >= 500 || isDenial(request)) return;
        var unlogged = take();
        if (unlogged < 0) return;
        LOG.log(Level.INFO, () -> line(request, status, unlogged));
    }

    private static boolean isDenial(CurrentRequest request) {
        return request.problem().filter(ProblemType::isDenial).isPresent();
    }

    /** Number of lines that were left out before this one; negative: this one is, too. */
    private synchronized long take() {
        var now = Ticks.nanos();
        if (now - secondBegan >= SECOND) {
            secondBegan = now;
            lines = 0;
        }
        if (lines == LINES_A_SECOND) {
            left++;
            return -1;
        }
        lines++;
        var before = left;
        left = 0;
        return before;
    }

    private static String line(CurrentRequest request, int status, long unlogged) {
        return "Refused with %d %s: %s%s, request %s%s"
                .formatted(
                        status,
                        request.problem().map(ProblemType::label).orElse("-"),
                        request.operation(),
                        request.customer()
                                .map(customer -> " for " + printable(customer))
                                .orElse(""),
                        request.id(),
                        unlogged == 0 ? "" : " (and %d before it)".formatted(unlogged));
    }

    /** A customer's id in one line of ordinary length, since the caller chose it. */
    private static String printable(String customer) {
        var cut = customer.substring(0, Math.min(customer.length(), 128));
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
