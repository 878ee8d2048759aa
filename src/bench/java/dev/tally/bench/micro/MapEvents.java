package dev.tally.bench.micro;

import dev.tally.eventstore.codec.EventMappers;
import dev.tally.licensing.events.Examples;
import dev.tally.licensing.events.Golden;
import dev.tally.licensing.events.StoredEvents;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures writing one event to bytes and reading it. */
@State(Scope.Benchmark)
public class MapEvents {

    @Param({"LicenseIssued/1", "DownloadCounted/1"})
    String mapper;

    private final EventMappers mappers = new EventMappers(StoredEvents.MAPPERS);
    private int number;
    private Record event;
    private String id;
    private byte[] bytes;

    @Setup
    public void example() {
        event =
                Examples.ALL.stream()
                        .map(Record.class::cast)
                        .filter(example -> mappers.of(example).name().equals(mapper))
                        .findFirst()
                        .orElseThrow();
        number = mappers.of(event).number();
        id = mappers.of(event).aggregate(event).id();
        bytes = mappers.of(event).write(event, Golden.EVENT_TIME);
    }

    @Benchmark
    public byte[] write() {
        return mappers.of(event).write(event, Golden.EVENT_TIME);
    }

    @Benchmark
    public Record read() {
        return mappers.numbered(number).orElseThrow().read(id, Golden.EVENT_TIME, bytes);
    }
}
