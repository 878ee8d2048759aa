package dev.tally.ids;

/** Id of the account (household) that limits are counted for; chosen by the streaming service. */
public record CustomerId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
