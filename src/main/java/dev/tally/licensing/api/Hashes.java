package dev.tally.licensing.api;

import dev.tally.licensing.write.CommandHash;

import java.time.Instant;

/**
 * Hashes of the commands, over all that can be said in each, by name. A new field of a command is
 * added here.
 */
final class Hashes {

    private Hashes() {}

    static CommandHash acquire(AcquireRequest said) {
        return CommandHash.of("acquire")
                .with("titleId", said.titleId())
                .with("deviceId", said.deviceId())
                .with("deviceName", said.deviceName())
                .with("plan", said.plan())
                .with("type", said.type());
    }

    static CommandHash confirm(String licenseId, Instant occurredAt) {
        return onLicense("confirm", licenseId).with("occurredAt", occurredAt);
    }

    static CommandHash renew(String licenseId) {
        return onLicense("renew", licenseId);
    }

    static CommandHash release(String licenseId, Instant occurredAt) {
        return onLicense("release", licenseId).with("occurredAt", occurredAt);
    }

    static CommandHash revoke(String licenseId, String reason) {
        return onLicense("revoke", licenseId).with("reason", reason);
    }

    static CommandHash waive(String eventId, String reason) {
        return CommandHash.of("waive").with("eventId", eventId).with("reason", reason);
    }

    static CommandHash deactivate(String deviceId) {
        return CommandHash.of("deactivate").with("deviceId", deviceId);
    }

    private static CommandHash onLicense(String command, String licenseId) {
        return CommandHash.of(command).with("licenseId", licenseId);
    }
}
