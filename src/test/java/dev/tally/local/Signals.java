package dev.tally.local;

import java.io.IOException;

/** Sends signals that Java has no method for. */
final class Signals {

    private Signals() {}

    /**
     * @param signal its name without SIG
     */
    static void send(ProcessHandle process, String signal) throws IOException {
        try {
            // The kill of the shell is used, because a small system may have no kill command.
            var exit =
                    new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                            .inheritIO()
                            .start()
                            .waitFor();
            if (exit != 0) {
                throw new IOException("Process %d gets no SIG%s".formatted(process.pid(), signal));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Nobody waits any longer", e);
        }
    }
}
