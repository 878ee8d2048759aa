package dev.tally.ids;

/** Id of a title, which members download or stream. */
public record TitleId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
