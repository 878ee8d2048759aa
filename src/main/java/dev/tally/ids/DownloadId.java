package dev.tally.ids;

/** One counted download, ours: 26 characters that sort by time. */
public record DownloadId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
