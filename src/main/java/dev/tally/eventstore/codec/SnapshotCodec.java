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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The bytes of a snapshot: recent commands and the folded state, written with Kryo's own record
 * serializer. That has no evolution, and needs none: a snapshot whose code has changed is thrown
 * away, and the state replayed.
 *
 * @param <S> the state
 */
public final class SnapshotCodec<S> {

    private static final int INITIAL_BYTES = 1024;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_POOLED = 64;

    private final long fingerprint;
    private final Pool<Kryo> kryos;

    /** What a snapshot holds. */
    public record Content<S>(S state, List<PastCommand> commands) {}

    public SnapshotCodec(Fold<S> fold) {
        this.fingerprint = fingerprintOf(fold);
        this.kryos =
                new Pool<>(true, false, MAX_POOLED) {
                    @Override
                    protected Kryo create() {
                        return kryoFor(fold);
                    }
                };
    }

    /** Of the bytecode that folds and makes up the state. */
    public long fingerprint() {
        return fingerprint;
    }

    public byte[] write(S state, List<PastCommand> commands) {
        var kryo = kryos.obtain();
        try (var out = new Output(INITIAL_BYTES, MAX_BYTES)) {
            out.writeVarInt(commands.size(), true);
            for (var command : commands) {
                kryo.writeObject(out, command);
            }
            kryo.writeClassAndObject(out, state);
            return out.toBytes();
        } finally {
            kryos.free(kryo);
        }
    }

    /**
     * What the bytes hold; empty if other code wrote them or they cannot be read, which is never an
     * error: the caller replays.
     */
    @SuppressWarnings("unchecked") // the fingerprint tells that this fold wrote it
    public Optional<Content<S>> read(long writtenBy, byte[] bytes) {
        if (writtenBy != fingerprint) {
            return Optional.empty();
        }
        var kryo = kryos.obtain();
        try (var in = new Input(bytes)) {
            var commands = new PastCommand[in.readVarInt(true)];
            for (int i = 0; i < commands.length; i++) {
                commands[i] = kryo.readObject(in, PastCommand.class);
            }
            return Optional.of(new Content<>((S) kryo.readClassAndObject(in), List.of(commands)));
        } catch (KryoException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            return Optional.empty();
        } finally {
            kryos.free(kryo);
        }
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
        fold.code().forEach(kryo::register);
        return kryo;
    }

    private static long fingerprintOf(Fold<?> fold) {
        var crc = new CRC32C();
        for (var type : fold.code()) {
            var resource = type.getName().substring(type.getPackageName().length() + 1) + ".class";
            try (var in = type.getResourceAsStream(resource)) {
                crc.update(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the code of " + type.getName(), e);
            }
        }
        return crc.getValue();
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
            for (int left = in.readVarInt(true); left > 0; left--) {
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
            PVector<Object> vector = TreePVector.empty();
            for (int left = in.readVarInt(true); left > 0; left--) {
                vector = vector.plus(kryo.readClassAndObject(in));
            }
            return vector;
        }
    }
}
