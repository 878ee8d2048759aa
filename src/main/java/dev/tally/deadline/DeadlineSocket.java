package dev.tally.deadline;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;

/** Socket that waits for its peer no longer than the {@link Deadline} of the waiting thread. */
final class DeadlineSocket extends Socket {

    /** Longest wait for a byte that the user of this socket has set, in milliseconds; 0: none. */
    private volatile int timeout;

    private volatile InputStream input;

    @Override
    public void connect(SocketAddress to) throws IOException {
        connect(to, 0);
    }

    @Override
    public void connect(SocketAddress to, int millis) throws IOException {
        super.connect(to, Deadline.shorten(millis));
    }

    @Override
    public synchronized void setSoTimeout(int millis) throws SocketException {
        super.setSoTimeout(millis);
        timeout = millis;
    }

    @Override
    public synchronized int getSoTimeout() {
        return timeout;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        if (input == null) input = new Input(super.getInputStream());
        return input;
    }

    private void waitNoLongerThanTheDeadline() throws IOException {
        super.setSoTimeout(Deadline.shorten(timeout));
    }

    private final class Input extends FilterInputStream {

        Input(InputStream from) {
            super(from);
        }

        @Override
        public int read() throws IOException {
            waitNoLongerThanTheDeadline();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            waitNoLongerThanTheDeadline();
            return super.read(bytes, offset, length);
        }
    }
}
