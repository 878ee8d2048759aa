package dev.tally.licensing.domain;

import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicensingEvent;

/** All that decisions about one customer are made from. */
public record Account(Licenses licenses, Downloads downloads, Devices devices) {

    public static final Account EMPTY = new Account(Licenses.NONE, Downloads.NONE, Devices.NONE);

    public Account evolve(String eventId, LicensingEvent event) {
        return switch (event) {
            case LicenseEvent e ->
                    new Account(Licenses.evolve(licenses, eventId, e), downloads, devices);
            case DownloadEvent e ->
                    new Account(licenses, Downloads.evolve(downloads, eventId, e), devices);
            case DeviceEvent e ->
                    new Account(licenses, downloads, Devices.evolve(devices, eventId, e));
        };
    }
}
