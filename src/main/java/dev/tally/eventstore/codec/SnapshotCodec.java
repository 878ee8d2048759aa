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
 * Writes and reads the bytes of a snapshot: recent commands and the folded state, by Kryo's own
 * record serializer. That serializer has no schema evolution, and needs none: a snapshot of another
 * schema version is not read, and the state is replayed.
 *
 * <p>The checksum detects damage, not forgery. A forged snapshot with a matching checksum can make
 * Kryo ask for a large array, but only somebody with write access to the database can store one.
 *
 * @param <S> the state
 */
public final class SnapshotCodec<S> {

    private static final int INITIAL_BYTES = 1024;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_POOLED = 64;

    private final Pool<Kryo> kryos;

    /** Decoded content of a snapshot. */
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
     * Decodes a snapshot; empty if the checksum is wrong or the bytes cannot be read, which is
     * never an error: the caller replays. Nothing is decoded before the checksum has been compared.
     * Sizes of maps, vectors and the list of commands are compared with the bytes left; sizes that
     * Kryo itself reads, such as the length of a text, are not.
     */
    @SuppressWarnings("unchecked") // the caller has compared the schema version
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
            // Whatever the decoder fails on, the events are still there.
            return Optional.empty();
        } finally {
            kryos.free(kryo);
        }
    }

    /**
     * Reads a number of elements, and throws if the bytes left cannot hold as many: each element
     * takes a byte at least.
     */
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
