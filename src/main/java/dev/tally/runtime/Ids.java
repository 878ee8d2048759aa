package dev.tally.runtime;

import com.github.f4b6a3.ulid.Ulid;
import com.github.f4b6a3.ulid.UlidCreator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Makes ids: 26 characters of Crockford's base 32, in lower case. */
public final class Ids {

    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final HexFormat HEX = HexFormat.of();
    private static final int LENGTH = 26;
    private static final int BITS_OF_A_DIGIT = 5;

    private Ids() {}

    /** A new id. Ids of one node sort by time. */
    public static String next() {
        return UlidCreator.getMonotonicUlid().toString().toLowerCase(Locale.ROOT);
    }

    /**
     * Time at which {@link #next} made an id, by the clock of its node. A text that it did not make
     * may look like an id of any time.
     *
     * @return empty if the text does not look like such an id
     */
    public static Optional<Instant> timeOf(String id) {
        return Ulid.isValid(id) && id.equals(id.toLowerCase(Locale.ROOT))
                ? Optional.of(Ulid.getInstant(id))
                : Optional.empty();
    }

    /** A new id like those of W3C Trace Context: 32 hexadecimal digits. */
    public static String trace() {
        var random = ThreadLocalRandom.current();
        return HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong());
    }

    /**
     * The id that follows from these parts, the same on every node. Such ids do not sort by time.
     */
    public static String of(String... parts) {
        var digest = sha256();
        for (var part : parts) {
            var bytes = part.getBytes(StandardCharsets.UTF_8);
            // The length keeps the parts apart: no other parts give the same input.
            digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        }
        return text(digest.digest());
    }

    /** The first {@link #LENGTH} digits of a hash: 130 of its bits. */
    private static String text(byte[] hash) {
        var text = new StringBuilder(LENGTH);
        int bits = 0;
        int held = 0;
        for (int next = 0; text.length() < LENGTH; ) {
            if (held < BITS_OF_A_DIGIT) {
                bits = (bits << Byte.SIZE) | (hash[next++] & 0xff);
                held += Byte.SIZE;
            }
            held -= BITS_OF_A_DIGIT;
            text.append(DIGITS.charAt((bits >>> held) & 0x1f));
        }
        return text.toString();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
