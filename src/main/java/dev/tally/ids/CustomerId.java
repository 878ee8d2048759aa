package dev.tally.ids;

/** The account that limits are counted for; chosen by the streaming service. */
public record CustomerId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
