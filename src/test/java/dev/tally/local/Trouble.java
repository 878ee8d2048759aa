package dev.tally.local;

/** What only the person at the keyboard can put right: one sentence that says how. */
final class Trouble extends RuntimeException {

    Trouble(String sentence) {
        super(sentence);
    }

    Trouble(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
