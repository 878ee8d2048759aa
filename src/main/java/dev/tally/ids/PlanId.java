package dev.tally.ids;

/**
 * What the customer pays for: {@code basic}, {@code standard}, {@code premium}, or one of your own.
 */
public record PlanId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
