package dev.tally.timeline;

import dev.tally.eventstore.Aggregate;
import dev.tally.http.Json;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.domain.Download;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.OwnPolicy;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Session.Start;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** The fields of one aggregate's state, named as in the answers about it. */
public final class State {

    private final Map<String, Object> fields = new LinkedHashMap<>();

    private State() {}

    /**
     * The fields of an aggregate in an account, as text; none if the account does not have it.
     *
     * @param at time for which the state is told
     */
    static Map<String, String> of(Account account, Aggregate aggregate, Instant at) {
        var texts = new LinkedHashMap<String, String>();
        values(account, aggregate, at).forEach((field, value) -> texts.put(field, text(value)));
        return texts;
    }

    private static String text(Object value) {
        return value instanceof Instant time ? Json.text(time) : value.toString();
    }

    /**
     * The fields of an aggregate in an account, without those that it does not have.
     *
     * @param at time for which the state is told
     */
    public static Map<String, Object> values(Account account, Aggregate aggregate, Instant at) {
        var state = new State();
        var type = aggregate.type();
        if (type.equals(LicenseEvent.AGGREGATE)) {
            account.licenses()
                    .find(new LicenseId(aggregate.id()))
                    .ifPresent(license -> state.tell(license, at));
        } else if (type.equals(DownloadEvent.AGGREGATE)) {
            account.downloads().byTitle().values().stream()
                    .flatMap(title -> title.downloads().stream())
                    .filter(download -> download.id().value().equals(aggregate.id()))
                    .forEach(state::tell);
        } else if (type.equals(DeviceEvent.AGGREGATE)) {
            account.devices().find(new DeviceId(aggregate.id())).ifPresent(state::tell);
        } else if (type.equals(SessionEvent.AGGREGATE)) {
            account.sessions()
                    .find(new SessionId(aggregate.id()))
                    .ifPresent(session -> state.tell(session, at));
        } else if (type.equals(PolicyEvent.AGGREGATE)) {
            account.policy().newest().ifPresent(state::tell);
        }
        return state.fields;
    }

    private void tell(License license, Instant at) {
        put("state", license.stateAt(at));
        put("titleId", license.title().value());
        put("deviceId", license.device().value());
        put("type", license.type());
        put("plan", license.plan() == null ? null : license.plan().value());
        put("issuedAt", license.issuedAt());
        put("expiresAt", license.expiresAt());
        put("firstPlayedAt", license.firstPlayedAt());
        put("renewals", license.renewals());
        put("policyVersion", license.policyVersion());
        put("overLimit", license.overLimit().isEmpty() ? null : license.overLimit());
    }

    private void tell(Download download) {
        put("licenseId", download.license().value());
        put("countedAt", download.countedAt());
        put("confirmBy", download.confirmBy());
        put("waivedAt", download.waivedAt());
    }

    private void tell(OwnPolicy.Version policy) {
        put("version", policy.setBy());
        put("validFrom", policy.validFrom());
        put("removed", policy.isRemoval());
        put("settings", policy.settings());
    }

    private void tell(Device device) {
        put("name", device.name());
        put("activatedAt", device.activatedAt());
        put("deactivatedAt", device.deactivatedAt());
    }

    private void tell(Session session, Instant at) {
        put("state", session.stateAt(at));
        session.started().ifPresent(this::tell);
        put("lastSignAt", session.lastSignAt());
        put("endsAt", session.endsAt());
        put("stopCause", session.stop() == null ? null : session.stop().cause());
    }

    private void tell(Start start) {
        put("licenseId", start.license().value());
        put("titleId", start.title().value());
        put("deviceId", start.device().value());
        put("licenseType", start.type());
        put("startedAt", start.at());
    }

    private void put(String field, Object value) {
        if (value != null) fields.put(field, value);
    }
}
