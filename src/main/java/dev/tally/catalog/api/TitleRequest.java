package dev.tally.catalog.api;

import dev.tally.catalog.Title;
import dev.tally.licensing.events.StudioId;
import dev.tally.licensing.events.TitleId;
import dev.tally.platform.FreeText;
import dev.tally.platform.Identifier;
import dev.tally.platform.ProblemException;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A title as it is to be.
 *
 * @param titleId null: the URL names it
 * @param availabilityStart null: always
 * @param availabilityEnd null: never
 */
public record TitleRequest(
        @Identifier String titleId,
        @NotNull @FreeText String name,
        @NotNull @Identifier String studioId,
        Instant availabilityStart,
        Instant availabilityEnd) {

    /**
     * The title of that id.
     *
     * @throws ProblemException if its availability ends before it starts
     */
    Title title(String id) {
        if (availabilityStart != null
                && availabilityEnd != null
                && !availabilityStart.isBefore(availabilityEnd)) {
            throw ProblemException.invalid("availabilityEnd", "must be after availabilityStart");
        }
        return new Title(
                new TitleId(id),
                name,
                new StudioId(studioId),
                millis(availabilityStart),
                millis(availabilityEnd));
    }

    private static Instant millis(Instant instant) {
        return instant == null ? null : instant.truncatedTo(ChronoUnit.MILLIS);
    }
}
