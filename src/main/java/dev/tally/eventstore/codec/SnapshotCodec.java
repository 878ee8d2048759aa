package dev.tally.eventstore.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.util.Pool;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.PastCommand;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The bytes of a snapshot: recent commands and the folded state, written with Kryo's own record
 * serializer. That has no evolution, and needs none: a snapshot of another schema version is not
 * read, and the state replayed.
 *
 * @param <S> the state
 */
public final class SnapshotCodec<S> {

    private static final int INITIAL_BYTES = 1024;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_POOLED = 64;

    private final Pool<Kryo> kryos;

    /** What a snapshot holds. */
    public record Content<S>(S state, List<PastCommand> commands) {}

    /**
     * A snapshot as it is stored.
     *
     * @param checksum CRC-32C of the bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // written once and let go, never compared
    public record Bytes(int checksum, byte[] bytes) {

        static Bytes of(byte[] bytes) {
            return new Bytes(checksum(bytes), bytes);
        }

        boolean areWhole() {
            return checksum(bytes) == checksum;
        }

        private static int checksum(byte[] bytes) {
            var crc = new CRC32C();
            crc.update(bytes);
            return (int) crc.getValue();
        }
    }

    public SnapshotCodec(Fold<S> fold) {
        this.kryos =
                new Pool<>(true, false, MAX_POOLED) {
                    @Override
                    protected Kryo create() {
                        return kryoFor(fold);
                    }
                };
    }

    public Bytes write(S state, List<PastCommand> commands) {
        var kryo = kryos.obtain();
        try (var out = new Output(INITIAL_BYTES, MAX_BYTES)) {
            out.writeVarInt(commands.size(), true);
            for (var command : commands) {
                kryo.writeObject(out, command);
            }
            kryo.writeClassAndObject(out, state);
            return Bytes.of(out.toBytes());
        } finally {
            kryos.free(kryo);
        }
    }

    /**
     * What the bytes hold; empty if their checksum is wrong or they cannot be read, which is never
     * an error: the caller replays. Nothing is decoded before the checksum has been compared, and
     * nothing is asked of memory that the bytes left cannot fill.
     */
    @SuppressWarnings("unchecked") // whoever asks has compared the schema version
    public Optional<Content<S>> read(Bytes snapshot) {
        if (!snapshot.areWhole()) return Optional.empty();
        var kryo = kryos.obtain();
        try (var in = new Input(snapshot.bytes())) {
            var commands = new ArrayList<PastCommand>();
            for (int left = size(in); left > 0; left--) {
                commands.add(kryo.readObject(in, PastCommand.class));
            }
            var state = (S) kryo.readClassAndObject(in);
            return in.position() < in.limit()
                    ? Optional.empty()
                    : Optional.of(new Content<>(state, List.copyOf(commands)));
        } catch (RuntimeException e) {
            // Whatever a decoder stumbles over, the events are there.
            return Optional.empty();
        } finally {
            kryos.free(kryo);
        }
    }

    /** A number of elements; each takes a byte at least. */
    private static int size(Input in) {
        var size = in.readVarInt(true);
        if (size < 0 || size > in.limit() - in.position()) {
            throw new KryoException(size + " elements do not fit the rest");
        }
        return size;
    }

    private static Kryo kryoFor(Fold<?> fold) {
        var kryo = new Kryo();
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        kryo.register(PastCommand.class);
        kryo.register(CommandId.class);
        kryo.register(Instant.class);
        kryo.register(Duration.class);
        kryo.register(HashTreePMap.empty().getClass(), new MapSerializer());
        kryo.register(PMap.class, new MapSerializer());
        kryo.register(TreePVector.empty().getClass(), new VectorSerializer());
        kryo.register(PVector.class, new VectorSerializer());
        fold.classes().forEach(kryo::register);
        return kryo;
    }

    private static final class MapSerializer extends Serializer<PMap<Object, Object>> {

        MapSerializer() {
            super(false, true);
        }

        @Override
        public void write(Kryo kryo, Output out, PMap<Object, Object> map) {
            out.writeVarInt(map.size(), true);
            map.forEach(
                    (key, value) -> {
                        kryo.writeClassAndObject(out, key);
                        kryo.writeClassAndObject(out, value);
                    });
        }

        @Override
        public PMap<Object, Object> read(
                Kryo kryo, Input in, Class<? extends PMap<Object, Object>> type) {
            Map<Object, Object> entries = new HashMap<>();
            for (int left = size(in); left > 0; left--) {
                entries.put(kryo.readClassAndObject(in), kryo.readClassAndObject(in));
            }
            return HashTreePMap.from(entries);
        }
    }

    private static final class VectorSerializer extends Serializer<PVector<Object>> {

        VectorSerializer() {
            super(false, true);
        }

        @Override
        public void write(Kryo kryo, Output out, PVector<Object> vector) {
            out.writeVarInt(vector.size(), true);
            vector.forEach(element -> kryo.writeClassAndObject(out, element));
        }

        @Override
        public PVector<Object> read(Kryo kryo, Input in, Class<? extends PVector<Object>> type) {
            var elements = new ArrayList<Object>();
            for (int left = size(in); left > 0; left--) {
                elements.add(kryo.readClassAndObject(in));
            }
            return TreePVector.from(elements);
        }
    }
}
