package dev.tally.local;

/** A failure that only the user can correct. Its message is one sentence that says how. */
final class Trouble extends RuntimeException {

    Trouble(String sentence) {
        super(sentence);
    }

    Trouble(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
