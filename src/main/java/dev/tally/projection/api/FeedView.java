package dev.tally.projection.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPage;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/**
 * One event in the JSON envelope of CloudEvents 1.0. Names of attributes are in lower case without
 * a separator, as that specification asks.
 *
 * @param id the event's number, unique within the source for ever
 * @param source path of the customer's history
 * @param type name of the event, {@code dev.tally.LicenseIssued}
 * @param subject type and id of the aggregate, {@code License/01kajr6t4cq8v0w5n2m7x9z3ye}
 * @param time time at which the event was stored
 * @param dataschema name of the fields' version, {@code urn:tally:event:LicenseIssued:1}; left out
 *     if this version does not know the event
 * @param data the event's fields; left out if this version cannot read the event
 * @param position number of the transaction, as text since it exceeds the specification's integers
 * @param commandid command that caused the event; left out if that is not known any more
 * @param caller sender of that command; left out if not known
 * @param cursor cursor to go on from, behind this event
 */
record FeedView(
        String specversion,
        String id,
        String source,
        String type,
        String subject,
        Instant time,
        String datacontenttype,
        @JsonInclude(Include.NON_NULL) String dataschema,
        @JsonInclude(Include.NON_NULL) Map<String, Object> data,
        String customerid,
        int seq,
        String position,
        int generation,
        @JsonInclude(Include.NON_NULL) String commandid,
        @JsonInclude(Include.NON_NULL) String caller,
        String cursor) {

    /** Prefix of the types: a name that is ours, as the specification asks. */
    static final String TYPE = "dev.tally.";

    /** Type of an event whose mapper this version does not know. */
    static final String UNKNOWN = TYPE + "unknown";

    private static final String VERSION = "1.0";
    private static final String JSON = "application/json";

    static FeedView of(FeedPage page, FeedEvent told) {
        var event = told.event();
        var place = told.place();
        var name = event.name().split("/", 2);
        var isKnown = name.length == 2;
        return new FeedView(
                VERSION,
                Integer.toString(place.seq()),
                "/v1/customers/" + encoded(place.customerId()) + "/events",
                isKnown ? TYPE + name[0] : UNKNOWN,
                event.aggregateType() + "/" + event.aggregateId(),
                event.at(),
                JSON,
                isKnown ? "urn:tally:event:" + name[0] + ":" + name[1] : null,
                event.payload(),
                place.customerId(),
                place.seq(),
                Long.toString(place.position()),
                event.generation(),
                event.commandId(),
                event.caller(),
                Cursors.text(page.behind(told)));
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
