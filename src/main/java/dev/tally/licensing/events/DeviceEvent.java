package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.ids.DeviceId;

import java.time.Instant;
import java.util.List;

/** An event of one device of the customer. */
public sealed interface DeviceEvent extends CustomerEvent {

    AggregateType AGGREGATE = new AggregateType(3, "Device");

    /**
     * All mappers of these events, one for each version; a released one is never changed or
     * removed.
     */
    static List<EventMapper<?>> mappers() {
        return List.of(DeviceActivated.V1, DeviceRenamed.V1, DeviceDeactivated.V1);
    }

    DeviceId device();

    /** A device got its first download, or its first since it was deactivated. */
    record DeviceActivated(DeviceId device, String name, Instant activatedAt)
            implements DeviceEvent {
        static final EventMapper<DeviceActivated> V1 =
                EventMapper.of(
                                9,
                                "DeviceActivated/1",
                                AGGREGATE,
                                DeviceActivated.class,
                                e -> e.device().value())
                        .textOrNull("name", DeviceActivated::name)
                        .instant("activatedAt", DeviceActivated::activatedAt)
                        .reads(
                                (id, in) ->
                                        new DeviceActivated(
                                                new DeviceId(id), in.textOrNull(), in.instant()));
    }

    record DeviceRenamed(DeviceId device, String name, Instant renamedAt) implements DeviceEvent {
        static final EventMapper<DeviceRenamed> V1 =
                EventMapper.of(
                                10,
                                "DeviceRenamed/1",
                                AGGREGATE,
                                DeviceRenamed.class,
                                e -> e.device().value())
                        .text("name", DeviceRenamed::name)
                        .instant("renamedAt", DeviceRenamed::renamedAt)
                        .reads(
                                (id, in) ->
                                        new DeviceRenamed(
                                                new DeviceId(id), in.text(), in.instant()));
    }

    /** The customer took the device off; its licenses were released in the same transaction. */
    record DeviceDeactivated(DeviceId device, Instant deactivatedAt, int policyVersion)
            implements DeviceEvent {
        static final EventMapper<DeviceDeactivated> V1 =
                EventMapper.of(
                                11,
                                "DeviceDeactivated/1",
                                AGGREGATE,
                                DeviceDeactivated.class,
                                e -> e.device().value())
                        .instant("deactivatedAt", DeviceDeactivated::deactivatedAt)
                        .count("policyVersion", DeviceDeactivated::policyVersion)
                        .reads(
                                (id, in) ->
                                        new DeviceDeactivated(
                                                new DeviceId(id), in.instant(), in.count()));
    }
}
