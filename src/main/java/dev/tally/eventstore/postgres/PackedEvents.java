package dev.tally.eventstore.postgres;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of events as one array of bytes, for memory. As objects they would take more of the heap,
 * and the collector would copy each of them.
 */
final class PackedEvents {

    private static final int USUAL_ROW_BYTES = 128;

    static final byte[] NONE = {};

    private PackedEvents() {}

    /** The bytes of some rows, after those of earlier ones of the customer. */
    static byte[] append(byte[] earlier, List<EventRow> rows) {
        var bytes = new ByteArrayOutputStream(earlier.length + rows.size() * USUAL_ROW_BYTES);
        bytes.writeBytes(earlier);
        try (var out = new DataOutputStream(bytes)) {
            for (var row : rows) write(out, row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The rows, as a read of the customer returns them. */
    static List<EventRow> rows(String customerId, byte[] packed) {
        var rows = new ArrayList<EventRow>();
        try (var in = new DataInputStream(new ByteArrayInputStream(packed))) {
            while (in.available() > 0) rows.add(read(in, customerId));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static void write(DataOutputStream out, EventRow row) throws IOException {
        out.writeInt(row.seq);
        out.writeLong(ChronoUnit.MICROS.between(Instant.EPOCH, row.eventTime));
        out.writeInt(row.generation);
        out.writeShort(row.eventMapper);
        out.writeShort(row.aggregateType);
        out.writeUTF(row.aggregateId);
        out.writeInt(row.eventData.length);
        out.write(row.eventData);
        out.writeBoolean(row.commandId != null);
        if (row.commandId != null) out.writeUTF(row.commandId);
        out.writeBoolean(row.commandHash != null);
        if (row.commandHash != null) out.writeInt(row.commandHash);
    }

    private static EventRow read(DataInputStream in, String customerId) throws IOException {
        var row = new EventRow();
        row.customerId = customerId;
        row.seq = in.readInt();
        row.eventTime = Instant.EPOCH.plus(in.readLong(), ChronoUnit.MICROS);
        row.generation = in.readInt();
        row.eventMapper = in.readShort();
        row.aggregateType = in.readShort();
        row.aggregateId = in.readUTF();
        row.eventData = in.readNBytes(in.readInt());
        row.commandId = in.readBoolean() ? in.readUTF() : null;
        row.commandHash = in.readBoolean() ? Integer.valueOf(in.readInt()) : null;
        return row;
    }
}
