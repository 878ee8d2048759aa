package dev.tally.timeline.export;

import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.timeline.State;

import jakarta.enterprise.context.ApplicationScoped;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.stream.Stream;

/** The current state: devices, licenses, sessions and counted downloads, in the order of ids. */
@ApplicationScoped
class StateSource implements ExportSource {

    @Override
    public void write(Exported of, ExportLines lines) throws IOException {
        var account = of.account();
        write(
                of,
                lines,
                "device",
                "deviceId",
                DeviceEvent.AGGREGATE,
                account.devices().all().map(Device::id).map(Object::toString));
        write(
                of,
                lines,
                "license",
                "licenseId",
                LicenseEvent.AGGREGATE,
                account.licenses().listed(of.at()).map(License::id).map(Object::toString));
        write(
                of,
                lines,
                "session",
                "sessionId",
                SessionEvent.AGGREGATE,
                account.sessions().listed(of.at()).map(Session::id).map(Object::toString));
        write(
                of,
                lines,
                "download",
                "downloadId",
                DownloadEvent.AGGREGATE,
                account.downloads().ids().map(Object::toString));
    }

    private static void write(
            Exported of,
            ExportLines lines,
            String kind,
            String idField,
            AggregateType type,
            Stream<String> ids)
            throws IOException {
        lines.announce(kind);
        for (var id : ids.sorted().toList()) {
            var value = new LinkedHashMap<String, Object>();
            value.put(idField, id);
            value.putAll(State.values(of.account(), new Aggregate(type, id), of.at()));
            lines.write(kind, value);
        }
    }
}
