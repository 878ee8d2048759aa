package dev.tally.eventstore;

/**
 * Who sent a command.
 *
 * @param role of the caller's token
 * @param subject of the caller's token; null where it is not kept: of a player only the role is
 */
public record Caller(String role, String subject) {

    /** As it is stored, {@code edge:gateway-7}, or the role alone. */
    public String text() {
        return subject == null ? role : role + ":" + subject;
    }

    /** The caller of a stored text. */
    public static Caller of(String text) {
        var colon = text.indexOf(':');
        return colon < 0
                ? new Caller(text, null)
                : new Caller(text.substring(0, colon), text.substring(colon + 1));
    }
}
