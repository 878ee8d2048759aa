package dev.tally.ids;

/** Id of one license: 26 characters, given by Tally. */
public record LicenseId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
