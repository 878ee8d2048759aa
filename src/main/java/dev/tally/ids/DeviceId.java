package dev.tally.ids;

/** A device of a customer; stable, chosen by the device. */
public record DeviceId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
