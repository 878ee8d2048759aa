package dev.tally.licensing.denials;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.KeptDenial.Place;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.List;

/** Pages through the denials of a customer, newest first by hour and first denial. */
@ApplicationScoped
public class DenialQueries {

    @Inject DenialTable table;

    /**
     * Part of a customer's denials, newest first.
     *
     * @param isCut true if more follow in the direction that was asked for
     */
    public record Part(List<KeptDenial> denials, boolean isCut) {}

    /**
     * The denials that are older than a place.
     *
     * @param place null: the newest are asked for
     */
    public Part older(CustomerId customer, DenialFilter filter, Place place, int limit) {
        var found = table.older(customer, filter, place, limit + 1);
        return new Part(found.subList(0, Math.min(limit, found.size())), found.size() > limit);
    }

    /** The denials that are next newer than a place. */
    public Part newer(CustomerId customer, DenialFilter filter, Place place, int limit) {
        var found = table.newer(customer, filter, place, limit + 1);
        var isCut = found.size() > limit;
        return new Part(isCut ? found.subList(1, found.size()) : found, isCut);
    }
}
