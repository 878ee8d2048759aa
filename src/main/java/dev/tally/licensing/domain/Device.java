package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;

import java.time.Instant;

/**
 * One device of the customer.
 *
 * @param name name that the member sees; null if the device never gave one
 * @param deactivatedAt time of its deactivation; null if it is active
 */
public record Device(DeviceId id, String name, Instant activatedAt, Instant deactivatedAt) {

    public boolean isActive() {
        return deactivatedAt == null;
    }

    Device renamed(String newName) {
        return new Device(id, newName, activatedAt, deactivatedAt);
    }

    Device deactivated(Instant at) {
        return new Device(id, name, activatedAt, at);
    }
}
