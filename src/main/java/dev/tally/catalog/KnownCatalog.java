package dev.tally.catalog;

import dev.tally.ids.TitleId;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The whole catalogue as a node knows it without the database. A title or a plan that is not in it
 * did not exist when it was refreshed.
 *
 * @param titles finds a title on the node's disk
 * @param policies the policies in force since shortly before the time of the refresh
 * @param refreshedAt time at which this was the catalogue of the database
 */
public record KnownCatalog(
        Function<TitleId, Optional<Title>> titles, PolicySet policies, Instant refreshedAt) {

    /**
     * The title with an id.
     *
     * @throws UnreadableCopy if the disk fails
     */
    public Optional<Title> title(TitleId id) {
        return titles.apply(id);
    }

    /**
     * The ends of some titles' availability; a title without an end is left out.
     *
     * @throws UnreadableCopy if the disk fails
     */
    public Map<TitleId, Instant> availabilityEnds(Set<TitleId> ids) {
        var ends = new HashMap<TitleId, Instant>();
        for (var id : ids) {
            title(id).map(Title::availabilityEnd).ifPresent(end -> ends.put(id, end));
        }
        return ends;
    }
}
