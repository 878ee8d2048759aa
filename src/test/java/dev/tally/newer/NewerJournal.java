package dev.tally.newer;

import dev.tally.fallback.Entry;
import dev.tally.fallback.Journal;
import dev.tally.http.Json;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Specializes;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;

/**
 * The journal of a later version of the application. Its promises have one more field, which is
 * written only for devices whose ids begin with {@value #NEW}. So an upgrade is harmless until such
 * a device is used.
 */
@Specializes
@ApplicationScoped
public class NewerJournal extends Journal {

    /** The beginning of the ids of devices that only the later version knows. */
    public static final String NEW = "new-";

    private static final String FIELD = "screen";

    @Override
    public void append(Entry entry) {
        var promise = (ObjectNode) Json.MAPPER.readTree(entry.content());
        var isNew = promise.path("deviceId").asString("").startsWith(NEW);
        super.append(isNew ? with(promise.put(FIELD, "small"), entry) : entry);
    }

    @Override
    public List<Entry> of(String customerId) {
        return super.of(customerId).stream().map(NewerJournal::withoutField).toList();
    }

    @Override
    public List<Entry> page(String afterId, int limit) {
        return super.page(afterId, limit).stream().map(NewerJournal::withoutField).toList();
    }

    /** The entry as the other classes, which are of this version, read it. */
    private static Entry withoutField(Entry entry) {
        var promise = (ObjectNode) Json.MAPPER.readTree(entry.content());
        promise.remove(FIELD);
        return with(promise, entry);
    }

    private static Entry with(ObjectNode promise, Entry entry) {
        var content = Json.MAPPER.writeValueAsBytes(promise);
        return new Entry(entry.id(), entry.customerId(), entry.at(), content);
    }
}
