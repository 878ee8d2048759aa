package dev.tally.licensing.domain;

import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.events.SessionEvent;

/** All that decisions about one customer are made from. */
public record Account(Licenses licenses, Downloads downloads, Devices devices, Sessions sessions) {

    public static final Account EMPTY =
            new Account(Licenses.NONE, Downloads.NONE, Devices.NONE, Sessions.NONE);

    /** Of what each stream tells by itself: a streaming license ends with its session. */
    public static Account of(
            Licenses licenses, Downloads downloads, Devices devices, Sessions sessions) {
        return new Account(licenses.endedWith(sessions), downloads, devices, sessions);
    }

    public Account evolve(String eventId, LicensingEvent event) {
        return switch (event) {
            case LicenseEvent e ->
                    new Account(
                            Licenses.evolve(licenses, eventId, e), downloads, devices, sessions);
            case DownloadEvent e ->
                    new Account(
                            licenses, Downloads.evolve(downloads, eventId, e), devices, sessions);
            case DeviceEvent e ->
                    new Account(licenses, downloads, Devices.evolve(devices, eventId, e), sessions);
        };
    }

    public Account evolve(String eventId, SessionEvent event) {
        return of(licenses, downloads, devices, Sessions.evolve(sessions, eventId, event));
    }

    /** With a session that was read anew, as it is older than what a state keeps. */
    public Account with(Session session) {
        return new Account(licenses, downloads, devices, sessions.with(session));
    }
}
