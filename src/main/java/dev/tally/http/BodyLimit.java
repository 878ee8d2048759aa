package dev.tally.http;

import dev.tally.runtime.Ticks;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Refuses request bodies that are too large, whether or not they announce their length, and those
 * that come too slowly: each keeps a thread.
 */
@Provider
public class BodyLimit implements ContainerRequestFilter {

    static final int DEFAULT_BYTES = 64 * 1024;

    /** Time for which a body is waited for, whatever has come of it. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * Each further second that is waited for must bring this many bytes. Where the length of a body
     * is known, the container itself takes pieces of up to 32 KiB, and waits for each for as long
     * as server.xml says. That comes to a little less.
     */
    static final int BYTES_A_SECOND = 4 * 1024;

    @Context ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        var larger = resource.getResourceMethod().getAnnotation(MaxBody.class);
        var limit = larger == null ? DEFAULT_BYTES : larger.value();
        if (request.getLength() > limit) throw tooLarge(limit, ProblemException::new);
        request.setEntityStream(
                new Limited(request.getEntityStream(), limit, Ticks::nanos, ProblemException::new));
    }

    /** Makes the exception that ends the request. */
    interface Refusal {
        RuntimeException of(ProblemType type, String detail);
    }

    private static RuntimeException tooLarge(int limit, Refusal refusal) {
        return refusal.of(
                ProblemType.BODY_TOO_LARGE, "At most %d bytes are taken here.".formatted(limit));
    }

    private static RuntimeException tooSlow(Refusal refusal) {
        return refusal.of(
                ProblemType.REQUEST_TIMEOUT,
                "A body comes within %d seconds, or at %d bytes a second."
                        .formatted(PATIENCE.toSeconds(), BYTES_A_SECOND));
    }

    static final class Limited extends FilterInputStream {

        private final int limit;
        private long count;
        private final LongSupplier nanos;
        private final Refusal refusal;
        private long waited;

        Limited(InputStream in, int limit, LongSupplier nanos, Refusal refusal) {
            super(in);
            this.limit = limit;
            this.nanos = nanos;
            this.refusal = refusal;
        }

        @Override
        public int read() {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            var began = nanos.getAsLong();
            var octets = received(buffer, offset, length);
            waited += nanos.getAsLong() - began;
            var due = PATIENCE.plusMillis(count * 1_000 / BYTES_A_SECOND);
            if (octets >= 0 && waited > due.toNanos()) throw tooSlow(refusal);
            return counted(octets);
        }

        private int received(byte[] buffer, int offset, int length) {
            try {
                return super.read(buffer, offset, length);
            } catch (SocketTimeoutException e) {
                throw tooSlow(refusal);
            } catch (IOException e) {
                // The caller went away, or said another length than it sent.
                throw refusal.of(
                        ProblemType.INVALID_REQUEST, "The request ended before its body did.");
            }
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private int counted(int octets) {
            if (octets > 0) count += octets;
            if (count > limit) throw tooLarge(limit, refusal);
            return octets;
        }
    }
}
