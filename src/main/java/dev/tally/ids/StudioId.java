package dev.tally.ids;

/** Id of the content provider who owns titles and whose contract limits them. */
public record StudioId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
