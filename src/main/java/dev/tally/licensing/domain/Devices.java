package dev.tally.licensing.domain;

import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;

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
 * @param deactivations deactivations of the last year at least, oldest first
 * @param lastDownloads latest download of each device
 */
public record Devices(
        PMap<DeviceId, Device> byId,
        PVector<Deactivation> deactivations,
        PMap<DeviceId, LastDownload> lastDownloads) {

    public static final Devices NONE =
            new Devices(HashTreePMap.empty(), TreePVector.empty(), HashTreePMap.empty());

    /** One deactivation of a device, which a yearly limit counts. */
    public record Deactivation(String eventId, Instant at) {}

    /** The latest download license that was issued for a device, and its time of issue. */
    public record LastDownload(LicenseId license, Instant at) {}

    public static Devices evolve(Devices devices, String eventId, DeviceEvent event) {
        return switch (event) {
            case DeviceActivated e -> devices.activate(e);
            case DeviceRenamed e -> devices.with(devices.active(e).renamed(e.name()));
            case DeviceDeactivated e ->
                    new Devices(
                            devices.byId.plus(
                                    e.device(), devices.active(e).deactivated(e.deactivatedAt())),
                            devices.deactivations.plus(
                                    new Deactivation(eventId, e.deactivatedAt())),
                            devices.lastDownloads);
        };
    }

    /**
     * The devices after one more license. A license that makes its device known comes before the
     * device's own event. One that was granted provisionally may be recorded after a later one.
     */
    Devices licensed(LicenseIssued license) {
        if (license.type() != LicenseType.DOWNLOAD) return this;
        var known = lastDownloads.get(license.device());
        if (known != null && known.at().isAfter(license.issuedAt())) return this;
        var last = new LastDownload(license.license(), license.issuedAt());
        return new Devices(byId, deactivations, lastDownloads.plus(license.device(), last));
    }

    /**
     * The devices without deactivations that no decision from a time on can count. The devices
     * themselves stay: one that is deactivated again must still be known.
     */
    public Devices compact(Instant now) {
        var counted = deactivations.stream().filter(d -> countsAt(d, now)).toList();
        return new Devices(byId, TreePVector.from(counted), lastDownloads);
    }

    /**
     * True if a limit counts any deactivation. Devices alone limit nothing: those in use have
     * licenses, and of the others only the names are known.
     */
    public boolean isLive() {
        return !deactivations.isEmpty();
    }

    public Stream<Device> all() {
        return byId.values().stream();
    }

    public Optional<Device> find(DeviceId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Time of the latest download on a device; empty if none is known. */
    public Optional<Instant> lastDownloadAt(DeviceId device) {
        return Optional.ofNullable(lastDownloads.get(device)).map(LastDownload::at);
    }

    /** Ids of the licenses that tell the latest downloads. */
    public Stream<LicenseId> lastLicenses() {
        return lastDownloads.values().stream().map(LastDownload::license);
    }

    /** The deactivations that a yearly limit counts now. */
    List<Counted> inYear(Instant now) {
        return deactivations.stream()
                .filter(d -> countsAt(d, now))
                .map(d -> new Counted(d.eventId(), Times.yearAfter(d.at())))
                .toList();
    }

    private static boolean countsAt(Deactivation deactivation, Instant now) {
        return !Times.isReached(Times.yearAfter(deactivation.at()), now);
    }

    private Devices activate(DeviceActivated event) {
        if (find(event.device()).filter(Device::isActive).isPresent()) {
            throw new IllegalStateException("device " + event.device() + " was activated twice");
        }
        return with(new Device(event.device(), event.name(), event.activatedAt(), null));
    }

    private Devices with(Device device) {
        return new Devices(byId.plus(device.id(), device), deactivations, lastDownloads);
    }

    private Device active(DeviceEvent event) {
        return find(event.device())
                .filter(Device::isActive)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        event.getClass().getSimpleName()
                                                + ": there is no active device "
                                                + event.device()));
    }
}
