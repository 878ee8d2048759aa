package dev.tally.ids;

/** Id of one viewing, from START to STOP; given by the player, or else by Tally. */
public record SessionId(String value) {

    @Override
    public String toString() {
        return value;
    }
}
