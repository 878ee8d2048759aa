package dev.tally.licensing.domain;

import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DeviceId;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PVector;
import org.pcollections.TreePVector;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The devices of one customer.
 *
 * @param deactivations of the last year at least, oldest first
 */
public record Devices(PMap<DeviceId, Device> byId, PVector<Deactivation> deactivations) {

    public static final Devices NONE = new Devices(HashTreePMap.empty(), TreePVector.empty());

    /** That a device was deactivated: what a yearly limit counts. */
    public record Deactivation(String eventId, Instant at) {}

    public static Devices evolve(Devices devices, String eventId, DeviceEvent event) {
        return switch (event) {
            case DeviceActivated e ->
                    devices.with(new Device(e.device(), e.name(), e.activatedAt(), null));
            case DeviceRenamed e -> devices.with(devices.known(e).renamed(e.name()));
            case DeviceDeactivated e ->
                    new Devices(
                            devices.byId.plus(
                                    e.device(), devices.known(e).deactivated(e.deactivatedAt())),
                            devices.deactivations.plus(
                                    new Deactivation(eventId, e.deactivatedAt())));
        };
    }

    /** Without what no decision from then on can need. */
    public Devices compact(Instant now) {
        var gone =
                all().filter(device -> isOverAYearAgo(device.deactivatedAt(), now))
                        .map(Device::id)
                        .toList();
        var counted = deactivations.stream().filter(d -> !isOverAYearAgo(d.at(), now)).toList();
        return new Devices(byId.minusAll(gone), TreePVector.from(counted));
    }

    public Stream<Device> all() {
        return byId.values().stream();
    }

    public Optional<Device> find(DeviceId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The deactivations that a yearly limit counts now. */
    List<Counted> inYear(Instant now) {
        return deactivations.stream()
                .filter(d -> !isOverAYearAgo(d.at(), now))
                .map(d -> new Counted(d.eventId(), Times.yearAfter(d.at())))
                .toList();
    }

    private static boolean isOverAYearAgo(Instant at, Instant now) {
        return at != null && Times.isReached(Times.yearAfter(at), now);
    }

    private Devices with(Device device) {
        return new Devices(byId.plus(device.id(), device), deactivations);
    }

    private Device known(DeviceEvent event) {
        return find(event.device())
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "no device for " + event.getClass().getName()));
    }
}
