package dev.tally.licensing.provisional;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.fallback.Entry;
import dev.tally.http.Json;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.provisional.Promise.Acquired;
import dev.tally.licensing.provisional.Promise.Renewed;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.provisional.Promise.What;
import dev.tally.licensing.write.Asked;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * Writes promises as the journal keeps them: JSON with the names below, which never change, since a
 * journal may be taken in by a node of another release. A field that is added later may be absent.
 *
 * <p>A promise with a kind or a field that this release does not know is not read at all, since
 * taking it without would lose what was promised. So a release writes a new field only where it is
 * used.
 */
public final class PromiseText {

    private static final String ACQUIRED = "acquired";
    private static final String RENEWED = "renewed";
    private static final String STARTED = "started";

    private static final Set<String> FIELDS =
            Set.of("id", "at", "key", "hash", "until", "caller", "kind", "licenseId");

    /** Further fields of each kind. */
    private static final Map<String, Set<String>> FIELDS_OF_KIND =
            Map.of(
                    ACQUIRED,
                    Set.of(
                            "downloadId",
                            "titleId",
                            "studioId",
                            "deviceId",
                            "deviceName",
                            "type",
                            "plan",
                            "playbackDuration",
                            "policyVersion"),
                    RENEWED,
                    Set.of("downloadId"),
                    STARTED,
                    Set.of("sessionId"));

    /** Sender of a promise that a token tells. */
    private static final Caller UNTOLD = new Caller("edge", null);

    private PromiseText() {}

    static Entry entry(Promise promise) {
        return new Entry(
                promise.id(),
                promise.customer().value(),
                promise.at(),
                Json.MAPPER.writeValueAsBytes(
                        json(promise).put("caller", promise.asked().caller().text())));
    }

    /** The promise as a token tells it: a player need not know which service called for it. */
    public static ObjectNode json(Promise promise) {
        var json = Json.MAPPER.createObjectNode();
        var id = promise.asked().id();
        json.put("id", promise.id()).put("at", promise.at().toString()).put("key", id.key());
        if (id.hash() != null) json.put("hash", id.hash());
        put(json, "until", promise.until());
        put(json, promise.what());
        return json;
    }

    private static void put(ObjectNode json, What what) {
        json.put("licenseId", what.license().value());
        switch (what) {
            case Acquired acquired -> put(json, acquired);
            case Renewed renewed ->
                    json.put("kind", RENEWED).put("downloadId", renewed.download().value());
            case Started started ->
                    json.put("kind", STARTED).put("sessionId", started.session().value());
        }
    }

    private static void put(ObjectNode json, Acquired acquired) {
        var issued = acquired.issued();
        json.put("kind", ACQUIRED)
                .put("downloadId", acquired.download().value())
                .put("titleId", issued.title().value())
                .put("studioId", issued.studio().value())
                .put("deviceId", issued.device().value())
                .put("type", issued.type().name())
                .put("plan", issued.plan().value())
                .put("policyVersion", issued.policyVersion());
        if (acquired.deviceName() != null) json.put("deviceName", acquired.deviceName());
        if (issued.playbackDuration() != null) {
            json.put("playbackDuration", issued.playbackDuration().toString());
        }
    }

    private static void put(ObjectNode json, String name, Instant time) {
        if (time != null) json.put(name, time.toString());
    }

    /**
     * The promise of an entry.
     *
     * @throws UnreadableHistory if this release cannot read it
     */
    static Promise promise(Entry entry) {
        try {
            return read(entry.customerId(), Json.MAPPER.readTree(entry.content()));
        } catch (RuntimeException e) {
            throw unreadable(entry.customerId(), entry.id(), e);
        }
    }

    /**
     * The promise that a token tells.
     *
     * @throws UnreadableHistory if this release cannot read it
     */
    public static Promise promise(CustomerId customer, JsonNode json) {
        try {
            return read(customer.value(), json);
        } catch (RuntimeException e) {
            throw unreadable(customer.value(), json.path("id").asString(""), e);
        }
    }

    private static UnreadableHistory unreadable(String customer, String id, RuntimeException why) {
        return new UnreadableHistory(customer, "Promise " + id, why.toString());
    }

    private static Promise read(String customer, JsonNode json) {
        refuseUnknownFields(json, text(json, "kind"));
        var hash = json.get("hash");
        var id = new CommandId(text(json, "key"), hash == null ? null : hash.intValue());
        var caller = json.get("caller");
        var sender = caller == null ? UNTOLD : Caller.of(caller.stringValue());
        var asked = new Asked(id, sender, null);
        var at = time(json, "at");
        return new Promise(
                text(json, "id"),
                new CustomerId(customer),
                asked,
                at,
                time(json, "until"),
                what(json, at));
    }

    private static void refuseUnknownFields(JsonNode json, String kind) {
        var ofKind = FIELDS_OF_KIND.getOrDefault(kind, Set.of());
        for (var name : json.propertyNames()) {
            if (!FIELDS.contains(name) && !ofKind.contains(name)) {
                throw new IllegalArgumentException("unknown field " + name);
            }
        }
    }

    private static What what(JsonNode json, Instant at) {
        var license = new LicenseId(text(json, "licenseId"));
        return switch (text(json, "kind")) {
            case ACQUIRED -> acquired(json, license, at);
            case RENEWED -> new Renewed(license, new DownloadId(text(json, "downloadId")));
            case STARTED -> new Started(license, new SessionId(text(json, "sessionId")));
            case String kind -> throw new IllegalArgumentException("unknown kind " + kind);
        };
    }

    private static Acquired acquired(JsonNode json, LicenseId license, Instant at) {
        var playback = json.get("playbackDuration");
        var name = json.get("deviceName");
        var issued =
                new LicenseIssued(
                        license,
                        new TitleId(text(json, "titleId")),
                        new StudioId(text(json, "studioId")),
                        new DeviceId(text(json, "deviceId")),
                        LicenseType.valueOf(text(json, "type")),
                        new PlanId(text(json, "plan")),
                        at,
                        time(json, "until"),
                        playback == null ? null : Duration.parse(playback.stringValue()),
                        null,
                        json.get("policyVersion").intValue());
        return new Acquired(
                issued,
                name == null ? null : name.stringValue(),
                new DownloadId(text(json, "downloadId")));
    }

    private static String text(JsonNode json, String name) {
        return json.get(name).stringValue();
    }

    private static Instant time(JsonNode json, String name) {
        var time = json.get(name);
        return time == null ? null : Instant.parse(time.stringValue());
    }
}
