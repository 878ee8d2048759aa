package dev.tally.playback.api;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;

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

    private final ArrayDeque<byte[]> memory = new ArrayDeque<>();
    private int inMemory;
    private FileChannel file;
    private long written;
    private long read;
    private boolean complete;
    private boolean abandoned;

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

    /** Sends results until all are sent; returns early only by an exception. */
    void sendTo(OutputStream out) throws IOException {
        try {
            for (var part = next(); part != null; part = next()) {
                out.write(part);
                if (isEmpty()) out.flush();
            }
        } finally {
            abandon();
        }
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
