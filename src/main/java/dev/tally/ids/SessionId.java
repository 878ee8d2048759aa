package dev.tally.ids;

/** One viewing, from START to STOP. */
public record SessionId(String value) {

    @Override
    public String toString() {
        return value;
    }
}
