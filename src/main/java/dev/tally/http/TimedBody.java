package dev.tally.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The body of a request, of which each piece is waited for only so long. The container itself has
 * no such limit over TLS: where the length of a body is known it waits for pieces of up to 32 KiB,
 * and begins to count anew with each byte that comes. So the container reads without a thread, and
 * whoever wants the body waits here until it says that there is something.
 *
 * <p>One thread reads at a time.
 */
final class TimedBody extends ServletInputStream implements ReadListener {

    private final ServletInputStream body;
    private final Duration patience;

    /** One for each time at which the container had something to say. */
    private final Semaphore news = new Semaphore(0);

    private volatile Throwable failure;
    private boolean mayAsk;

    private TimedBody(ServletInputStream body, Duration patience) {
        this.body = body;
        this.patience = patience;
    }

    /** True for a request whose body the container may wait for without end. */
    static boolean isOf(HttpServletRequest request) {
        return request.isSecure()
                && request.getContentLengthLong() > 0
                && request.isAsyncSupported();
    }

    /**
     * The same request, whose body is waited for only so long. From then on the request is an
     * asynchronous one, and has to be completed.
     *
     * @param patience longest wait for a piece of up to 32 KiB
     */
    static HttpServletRequest of(HttpServletRequest request, Duration patience) throws IOException {
        var body = new TimedBody(request.getInputStream(), patience);
        request.startAsync().setTimeout(0);
        body.body.setReadListener(body);
        return new HttpServletRequestWrapper(request) {
            @Override
            public ServletInputStream getInputStream() {
                return body;
            }

            @Override
            public BufferedReader getReader() {
                return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
            }
        };
    }

    @Override
    public void onDataAvailable() {
        news.release();
    }

    @Override
    public void onAllDataRead() {
        news.release();
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        news.release();
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    /**
     * @throws SocketTimeoutException if no piece came in time
     */
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (!body.isFinished()) {
            if (!mayAsk) awaitNews();
            // Once the answer was no, the container has to speak first.
            mayAsk = body.isReady();
            if (mayAsk) return body.read(buffer, offset, length);
        }
        return -1;
    }

    private void awaitNews() throws IOException {
        try {
            if (!news.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SocketTimeoutException("no piece of the body in " + patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a body was waited for", e);
        }
        // The container's own limit ends a wait for a body that has stopped.
        if (failure instanceof SocketTimeoutException late) throw late;
        if (failure != null) throw new IOException(failure);
    }

    @Override
    public boolean isFinished() {
        return body.isFinished();
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        throw new IllegalStateException("This body is read by one who waits");
    }
}
