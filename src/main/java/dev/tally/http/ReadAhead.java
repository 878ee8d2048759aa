package dev.tally.http;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps lines between the thread that reads them and the one that answers them. While some are
 * answered, more are read: the faster a caller sends, the more lines are taken at a time, and a
 * caller who sends them one by one hears of each.
 */
final class ReadAhead<T> {

    /** Most bytes of lines that are kept, and a line more. */
    static final int MOST_BYTES = 6 * 1024 * 1024;

    private List<T> lines = new ArrayList<>();
    private int bytes;
    private boolean isEnded;
    private boolean isAbandoned;

    /**
     * Adds what was read of a line, once there is room for it.
     *
     * @param size bytes that it takes in memory
     * @return false if nobody answers lines any more
     */
    synchronized boolean put(T line, int size) throws InterruptedIOException {
        try {
            while (!isAbandoned && isFull()) wait();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        if (isAbandoned) return false;
        lines.add(line);
        bytes += size;
        notifyAll();
        return true;
    }

    private boolean isFull() {
        return bytes >= MOST_BYTES;
    }

    /** Says that no lines follow. */
    synchronized void end() {
        isEnded = true;
        notifyAll();
    }

    /** All lines that have been read, as soon as there is one; none: no lines follow. */
    synchronized List<T> take() throws InterruptedIOException {
        try {
            while (lines.isEmpty() && !isEnded) wait();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        var taken = lines;
        lines = new ArrayList<>();
        bytes = 0;
        notifyAll();
        return taken;
    }

    /** Says that nobody answers lines any more. */
    synchronized void abandon() {
        isAbandoned = true;
        notifyAll();
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException();
    }
}
