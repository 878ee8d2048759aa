package dev.tally.licensing.events;

/** A device of a customer; stable, chosen by the device. */
public record DeviceId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
