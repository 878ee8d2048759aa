package dev.tally.ids;

/**
 * Id of the plan that a customer pays for: {@code basic}, {@code standard}, {@code premium}, or one
 * that the operator has added.
 */
public record PlanId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
