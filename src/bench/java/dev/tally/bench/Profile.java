package dev.tally.bench;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Shows where the server spends its time, from its flight recorder. */
final class Profile {

    private static final int TOP = 25;
    private static final String NAME = "bench";

    private final ProcessHandle server;
    private final Path file;

    /**
     * @param share part of all samples
     */
    record Frame(String method, double share) {}

    /**
     * @param running methods that were running
     * @param ours methods of Tally that were running or had called the running one
     * @param allocatedBytes bytes that all threads of the server allocated during the recording
     */
    record Result(List<Frame> running, List<Frame> ours, long allocatedBytes, int samples) {}

    Profile(ProcessHandle server, Path folder) {
        this.server = server;
        this.file = folder.resolve("acquire.jfr").toAbsolutePath();
    }

    /**
     * Starts the recording with deep stacks, because there are more than a hundred frames between
     * the socket and the driver.
     */
    void start() throws IOException, InterruptedException {
        Files.deleteIfExists(file);
        jcmd("JFR.configure", "stackdepth=256");
        jcmd(
                "JFR.start",
                "name=" + NAME,
                "settings=profile",
                "jdk.ThreadAllocationStatistics#period=1s");
    }

    Result stop() throws IOException, InterruptedException {
        jcmd("JFR.stop", "name=" + NAME, "filename=" + file);
        var running = new HashMap<String, Integer>();
        var ours = new HashMap<String, Integer>();
        int samples = 0;
        var allocated = new HashMap<Long, long[]>();
        try (var recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                var event = recording.readEvent();
                switch (event.getEventType().getName()) {
                    case "jdk.ExecutionSample" -> {
                        samples++;
                        count(event, running, ours);
                    }
                    case "jdk.ThreadAllocationStatistics" -> {
                        var bytes = event.getLong("allocated");
                        var span =
                                allocated.computeIfAbsent(
                                        event.getLong("thread.javaThreadId"),
                                        thread -> new long[] {bytes, bytes});
                        span[0] = Math.min(span[0], bytes);
                        span[1] = Math.max(span[1], bytes);
                    }
                    default -> {}
                }
            }
        }
        var bytes = allocated.values().stream().mapToLong(span -> span[1] - span[0]).sum();
        return new Result(top(running, samples), top(ours, samples), bytes, samples);
    }

    private static void count(
            RecordedEvent sample, Map<String, Integer> running, Map<String, Integer> ours) {
        var stack = sample.getStackTrace();
        if (stack == null) return;
        running.merge(name(stack.getFrames().getFirst()), 1, Integer::sum);
        stack.getFrames().stream()
                .map(Profile::name)
                .filter(name -> name.startsWith("dev.tally.") && !name.contains("$$"))
                .distinct()
                .forEach(name -> ours.merge(name, 1, Integer::sum));
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static List<Frame> top(Map<String, Integer> counts, int samples) {
        return counts.entrySet().stream()
                .map(entry -> new Frame(entry.getKey(), (double) entry.getValue() / samples))
                .sorted(Comparator.comparingDouble(Frame::share).reversed())
                .limit(TOP)
                .toList();
    }

    /** Runs jcmd of this process's JDK, which is the server's too. */
    private void jcmd(String... command) throws IOException, InterruptedException {
        var all = new ArrayList<String>();
        all.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        all.add(Long.toString(server.pid()));
        all.addAll(List.of(command));
        var process = new ProcessBuilder(all).inheritIO().redirectOutput(Redirect.DISCARD).start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", all) + " failed");
        }
    }
}
