package dev.tally.ids;

/** One license, ours: 26 characters that sort by time of issue. */
public record LicenseId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
