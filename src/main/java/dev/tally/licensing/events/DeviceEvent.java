package dev.tally.licensing.events;

import dev.tally.ids.DeviceId;

import java.time.Instant;

/** What has happened to one device of the customer. */
public sealed interface DeviceEvent extends LicensingEvent {

    DeviceId device();

    /** The first download on the device, or the first since it was deactivated. */
    record DeviceActivated(DeviceId device, String name, Instant activatedAt)
            implements DeviceEvent {}

    record DeviceRenamed(DeviceId device, String name, Instant renamedAt) implements DeviceEvent {}

    /** The customer took the device off; its licenses were released in the same transaction. */
    record DeviceDeactivated(DeviceId device, Instant deactivatedAt, int policyVersion)
            implements DeviceEvent {}
}
