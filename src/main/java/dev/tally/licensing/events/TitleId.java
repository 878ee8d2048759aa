package dev.tally.licensing.events;

/** What is downloaded or streamed. */
public record TitleId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
