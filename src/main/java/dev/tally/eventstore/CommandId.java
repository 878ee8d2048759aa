package dev.tally.eventstore;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Which command caused an event.
 *
 * @param key the caller's idempotency key, or a generated id; unique within the customer
 * @param fingerprint of what was asked: tells a retry from another command under the same key
 */
public record CommandId(String key, int fingerprint) {

    /**
     * The id of a command that asks for a payload.
     *
     * @param payload everything that was asked, in a fixed order; null parts count as absent
     */
    public static CommandId of(String key, Object... payload) {
        var crc = new CRC32C();
        for (var part : payload) {
            var bytes = part == null ? null : part.toString().getBytes(StandardCharsets.UTF_8);
            crc.update(bytes == null ? 0 : 1);
            if (bytes != null) {
                crc.update(bytes.length >>> 8);
                crc.update(bytes.length);
                crc.update(bytes);
            }
        }
        return new CommandId(key, (int) crc.getValue());
    }
}
