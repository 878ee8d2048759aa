package dev.tally.ids;

/** Id of one counted download: 26 characters that sort by time, given by Tally. */
public record DownloadId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
