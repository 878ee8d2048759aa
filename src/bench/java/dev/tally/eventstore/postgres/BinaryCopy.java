package dev.tally.eventstore.postgres;

import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyOutputStream;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Writes rows in the binary format of COPY, which PostgreSQL reads fastest and which needs no
 * escaping. Its connection can do nothing else until the copy is finished.
 */
public final class BinaryCopy {

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', -1, '\r', '\n', 0};
    private static final int NO_MORE_ROWS = -1;
    private static final int NULL = -1;
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    private final DataOutputStream out;
    private final int columns;

    public BinaryCopy(Connection connection, String table, List<String> columns)
            throws SQLException, IOException {
        var copy =
                "copy "
                        + table
                        + " ("
                        + String.join(", ", columns)
                        + ") from stdin (format binary)";
        this.out =
                new DataOutputStream(
                        new PGCopyOutputStream(
                                connection.unwrap(PGConnection.class), copy, BUFFER_BYTES));
        this.columns = columns.size();
        out.write(SIGNATURE);
        out.writeInt(0);
        out.writeInt(0);
    }

    /** Begins a row. The values of its columns must follow in their order. */
    public BinaryCopy row() throws IOException {
        out.writeShort(columns);
        return this;
    }

    /** Null stays null. */
    public BinaryCopy text(String value) throws IOException {
        return value == null ? none() : bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    public BinaryCopy bytes(byte[] value) throws IOException {
        out.writeInt(value.length);
        out.write(value);
        return this;
    }

    public BinaryCopy smallint(int value) throws IOException {
        out.writeInt(Short.BYTES);
        out.writeShort(value);
        return this;
    }

    /** Null stays null. */
    BinaryCopy integerOrNull(Integer value) throws IOException {
        return value == null ? none() : integer(value);
    }

    public BinaryCopy integer(int value) throws IOException {
        out.writeInt(Integer.BYTES);
        out.writeInt(value);
        return this;
    }

    public BinaryCopy bigint(long value) throws IOException {
        out.writeInt(Long.BYTES);
        out.writeLong(value);
        return this;
    }

    public BinaryCopy time(Instant value) throws IOException {
        return bigint(ChronoUnit.MICROS.between(EPOCH, value));
    }

    private BinaryCopy none() throws IOException {
        out.writeInt(NULL);
        return this;
    }

    public void finish() throws IOException {
        out.writeShort(NO_MORE_ROWS);
        out.close();
    }
}
