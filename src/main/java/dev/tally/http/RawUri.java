package dev.tally.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A request's path and query as they came. What is not a URI (RFC 3986), or not UTF-8 once decoded,
 * is refused here, since the container would guess, and each of its parts differently.
 */
final class RawUri {

    /** Longest path and query together, in characters. */
    static final int MAX_CHARACTERS = 8_000;

    private static final String RESERVED_AND_MARKS = "-._~:/?#[]@!$&'()*+,;=%";

    private RawUri() {}

    /**
     * The flaw of a path and query, as a sentence; empty if there is none.
     *
     * @param query null: there is none
     */
    static Optional<String> flaw(String path, String query) {
        var whole = query == null ? path : path + "?" + query;
        if (whole.length() > MAX_CHARACTERS) {
            return Optional.of("Path and query have " + MAX_CHARACTERS + " characters at most.");
        }
        if (!whole.chars().allMatch(RawUri::mayStand)) {
            return Optional.of("Path or query have a character that must be percent-encoded.");
        }
        return decodes(whole)
                ? Optional.empty()
                : Optional.of("Path or query are not percent-encoded UTF-8.");
    }

    private static boolean mayStand(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || RESERVED_AND_MARKS.indexOf(c) >= 0;
    }

    private static boolean decodes(String whole) {
        if (whole.indexOf('%') < 0) return true;
        var octets = ByteBuffer.allocate(whole.length());
        for (int i = 0; i < whole.length(); i++) {
            if (whole.charAt(i) != '%') {
                octets.put((byte) whole.charAt(i));
            } else if (i + 2 < whole.length() && isHex(whole, i + 1) && isHex(whole, i + 2)) {
                octets.put((byte) HexFormat.fromHexDigits(whole, i + 1, i + 3));
                i += 2;
            } else {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(octets.flip());
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static boolean isHex(String text, int place) {
        return HexFormat.isHexDigit(text.charAt(place));
    }
}
