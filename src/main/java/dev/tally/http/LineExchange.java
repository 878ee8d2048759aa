package dev.tally.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Answers the lines of a body in their order while they are read: one thread reads, one answers as
 * many lines at a time as have been read meanwhile, and one sends. A caller who sends slowly hears
 * of each line, and one who reads no answer before the last line keeps nobody waiting.
 *
 * @param <T> a line as it was read
 */
public final class LineExchange<T> {

    /** The work on the lines of one body. */
    public interface Work<T> {

        /** Reads a line; one that is no good is read as what says why. */
        T read(Lines.Line line);

        /** Bytes that the line, once it is read, takes in memory. */
        int bytes(T read);

        /** The answers to some lines, each with its line feed. */
        byte[] answer(List<T> lines) throws IOException;

        /** The last answer, where the body cannot be read on. */
        byte[] broken(int line, ProblemException why);
    }

    private final Work<T> work;
    private final Lines lines;

    public LineExchange(Lines lines, Work<T> work) {
        this.lines = lines;
        this.work = work;
    }

    /**
     * Answers all lines.
     *
     * @param executor gives two threads more
     * @throws IOException if the caller goes away, or takes the answers too slowly
     */
    public void run(OutputStream answers, ExecutorService executor) throws IOException {
        try (var spool = new ResultSpool()) {
            var ahead = new ReadAhead<T>();
            var sending = executor.submit(() -> send(spool, answers));
            try {
                var deciding = executor.submit(() -> decide(ahead, spool));
                var broken = read(ahead);
                finished(deciding);
                // The answer is under way, so its last line says that the request cannot be read.
                if (broken != null) spool.put(work.broken(lines.number() + 1, broken));
            } finally {
                spool.complete();
                finished(sending);
            }
        }
    }

    /** Reads all lines; returns why they could not be read to their end, or null if they were. */
    private ProblemException read(ReadAhead<T> ahead) throws IOException {
        try {
            for (var line = lines.next(); line != null; line = lines.next()) {
                var read = work.read(line);
                if (!ahead.put(read, work.bytes(read))) break;
            }
            return null;
        } catch (ProblemException e) {
            return e;
        } finally {
            ahead.end();
        }
    }

    private Void decide(ReadAhead<T> ahead, ResultSpool answers) throws IOException {
        try {
            for (var read = ahead.take(); !read.isEmpty(); read = ahead.take()) {
                answers.put(work.answer(read));
            }
            return null;
        } finally {
            ahead.abandon();
        }
    }

    private static Void send(ResultSpool spool, OutputStream answers) throws IOException {
        spool.sendTo(answers);
        return null;
    }

    private static void finished(Future<?> work) throws IOException {
        try {
            work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            throw new IOException("The lines could not be answered", e.getCause());
        }
    }
}
