package dev.tally.ids;

/** What is downloaded or streamed. */
public record TitleId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
