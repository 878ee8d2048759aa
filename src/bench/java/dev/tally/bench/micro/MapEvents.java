package dev.tally.bench.micro;

import dev.tally.eventstore.kryo.EventMappers;
import dev.tally.eventstore.kryo.Examples;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One event to bytes and back. */
@State(Scope.Benchmark)
public class MapEvents {

    @Param({"LicenseIssued/1", "DownloadCounted/1"})
    String mapper;

    private final EventMappers mappers = new EventMappers();
    private Record event;
    private String id;
    private byte[] bytes;

    @Setup
    public void example() {
        var named = mappers.named(mapper);
        event =
                Examples.ALL.stream()
                        .filter(example -> mappers.of(example).equals(named))
                        .findFirst()
                        .orElseThrow();
        id = named.aggregateId(event);
        bytes = named.write(event);
    }

    @Benchmark
    public byte[] write() {
        return mappers.of(event).write(event);
    }

    @Benchmark
    public Record read() {
        return mappers.named(mapper).read(id, bytes);
    }
}
