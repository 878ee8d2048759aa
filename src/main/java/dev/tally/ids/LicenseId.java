package dev.tally.ids;

/** One license, ours: 26 characters. */
public record LicenseId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
