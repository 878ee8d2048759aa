package dev.tally.http;

import dev.tally.runtime.Ticks;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Keeps results between the thread that makes them and the one that sends them. So a request is
 * read on, although its caller reads no answer while it sends: many clients send all before they
 * read, and both sides would wait for each other. A few results are kept in memory, more of them in
 * a file.
 */
final class ResultSpool implements Closeable {

    /** Most bytes kept in memory. */
    static final int MEMORY_BYTES = 256 * 1024;

    /** Most bytes kept in the file. Results of the longest request take a fraction of it. */
    static final long FILE_BYTES = 256L * 1024 * 1024;

    private static final int READ_BYTES = 64 * 1024;

    /** Time that the caller may keep the sender waiting, whatever the number of bytes. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Bytes that the caller has to take in a second of waiting beyond that. */
    private static final int BYTES_A_SECOND = 64 * 1024;

    private final LongSupplier nanos;

    private final ArrayDeque<byte[]> memory = new ArrayDeque<>();
    private int inMemory;
    private FileChannel file;
    private long written;
    private long read;
    private boolean complete;
    private boolean abandoned;

    ResultSpool() {
        this(Ticks::nanos);
    }

    /**
     * @param nanos nanoseconds since some moment
     */
    ResultSpool(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Adds a part of the results.
     *
     * @throws IOException if nobody takes them any more, or the file is full
     */
    synchronized void put(byte[] part) throws IOException {
        if (abandoned) throw new IOException("The caller takes no more results");
        if (read == written && inMemory + part.length <= MEMORY_BYTES) {
            memory.add(part);
            inMemory += part.length;
        } else {
            append(part);
        }
        notifyAll();
    }

    private void append(byte[] part) throws IOException {
        if (file == null) file = temporary();
        // Nothing in the file is still to be sent, so its space is used again.
        if (read == written) {
            read = 0;
            written = 0;
        }
        if (written + part.length > FILE_BYTES) throw new IOException("Too many results wait");
        var left = ByteBuffer.wrap(part);
        while (left.hasRemaining()) written += file.write(left, written);
    }

    private static FileChannel temporary() throws IOException {
        return FileChannel.open(
                Files.createTempFile("tally-results", null),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    /** Says that no results follow. */
    synchronized void complete() {
        complete = true;
        notifyAll();
    }

    /**
     * Sends results until all are sent; returns early only by an exception. A caller who takes a
     * few bytes now and then would keep the place of the request for hours.
     *
     * @throws IOException if the caller has gone, or takes the results too slowly
     */
    void sendTo(OutputStream out) throws IOException {
        long sent = 0;
        long waited = 0;
        try {
            for (var part = next(); part != null; part = next()) {
                var begun = nanos.getAsLong();
                out.write(part);
                if (isEmpty()) out.flush();
                waited += nanos.getAsLong() - begun;
                sent += part.length;
                if (waited > patience(sent).toNanos()) {
                    throw new IOException("The caller takes the results too slowly");
                }
            }
        } finally {
            abandon();
        }
    }

    private static Duration patience(long sent) {
        return PATIENCE.plusSeconds(sent / BYTES_A_SECOND);
    }

    private synchronized boolean isEmpty() {
        return memory.isEmpty() && read == written;
    }

    private synchronized void abandon() {
        abandoned = true;
    }

    /** The next part, once there is one; null if there is none any more. */
    private synchronized byte[] next() throws IOException {
        try {
            while (isEmpty() && !complete) wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        // Results in memory are older than those in the file.
        var part = memory.poll();
        if (part != null) inMemory -= part.length;
        return part != null || read == written ? part : fromFile();
    }

    private byte[] fromFile() throws IOException {
        var part = ByteBuffer.allocate((int) Math.min(READ_BYTES, written - read));
        while (part.hasRemaining()) {
            int octets = file.read(part, read);
            if (octets < 0) throw new IOException("The file of results was cut short");
            read += octets;
        }
        return part.array();
    }

    @Override
    public synchronized void close() throws IOException {
        abandoned = true;
        if (file != null) file.close();
    }
}
