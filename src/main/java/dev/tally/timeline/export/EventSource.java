package dev.tally.timeline.export;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Every event of both tiers, in order, a page at a time. */
@ApplicationScoped
class EventSource implements ExportSource {

    static final String KIND = "event";

    /** Events that are read at a time, and kept until they are sent. */
    static final int PAGE = 500;

    @Inject EventStore store;

    /**
     * An event as the export tells it.
     *
     * @param event name of the event and version of its fields, {@code LicenseIssued/1}
     * @param payload the event's fields; null if this version cannot read the event
     * @param caller sender of the command; null if not known
     */
    record Told(
            int seq,
            Instant at,
            Tier tier,
            int generation,
            String aggregateType,
            String aggregateId,
            String event,
            Map<String, Object> payload,
            String commandId,
            String caller) {

        static Told of(Described event) {
            return new Told(
                    event.seq(),
                    event.at(),
                    event.tier(),
                    event.generation(),
                    event.aggregateType(),
                    event.aggregateId(),
                    event.name(),
                    event.payload(),
                    event.commandId(),
                    event.caller());
        }
    }

    @Override
    public void write(Exported of, ExportLines lines) throws IOException {
        lines.announce(KIND);
        var after = of.head().firstSeq() - 1;
        while (after < of.head().lastSeq()) {
            var page = read(of, after);
            for (var event : page) {
                if (event.seq() > of.head().lastSeq()) return;
                lines.write(KIND, Told.of(event));
                after = event.seq();
            }
            if (page.size() < PAGE) return;
        }
    }

    private List<Described> read(Exported of, int after) {
        var customer = of.customer().value();
        return store.history(
                new HistoryQuery(customer, Tier.ALL, null, null, null, null, after, PAGE));
    }
}
