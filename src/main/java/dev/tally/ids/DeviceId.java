package dev.tally.ids;

/** Id of a customer's device; stable, chosen by the device. */
public record DeviceId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
