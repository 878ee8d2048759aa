package dev.tally.eventstore;

/**
 * Sender of a command.
 *
 * @param role role in the sender's token
 * @param subject subject of the sender's token; null where it is not kept: of a player only the
 *     role is
 */
public record Caller(String role, String subject) {

    /** The stored text: {@code edge:gateway-7}, or the role alone. */
    public String text() {
        return subject == null ? role : role + ":" + subject;
    }

    /** The caller that a stored text names. */
    public static Caller of(String text) {
        var colon = text.indexOf(':');
        return colon < 0
                ? new Caller(text, null)
                : new Caller(text.substring(0, colon), text.substring(colon + 1));
    }
}
