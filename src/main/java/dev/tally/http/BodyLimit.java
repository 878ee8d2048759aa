package dev.tally.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses request bodies that are too large, whether or not they announce their length. */
@Provider
public class BodyLimit implements ContainerRequestFilter {

    static final int DEFAULT_BYTES = 64 * 1024;

    @Context ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        var larger = resource.getResourceMethod().getAnnotation(MaxBody.class);
        var limit = larger == null ? DEFAULT_BYTES : larger.value();
        if (request.getLength() > limit) throw tooLarge(limit);
        request.setEntityStream(new Limited(request.getEntityStream(), limit));
    }

    private static ProblemException tooLarge(int limit) {
        return new ProblemException(
                ProblemType.BODY_TOO_LARGE, "At most %d bytes are taken here.".formatted(limit));
    }

    private static final class Limited extends FilterInputStream {

        private final int limit;
        private long count;

        Limited(InputStream in, int limit) {
            super(in);
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            var octet = super.read();
            if (octet >= 0) counted(1);
            return octet;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return counted(super.read(buffer, offset, length));
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private int counted(int octets) {
            if (octets > 0) count += octets;
            if (count > limit) throw tooLarge(limit);
            return octets;
        }
    }
}
