package dev.tally.catalog.api;

import dev.tally.catalog.Title;
import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Content that a title is to have.
 *
 * @param titleId id of the title; null: the URL names it
 * @param availabilityStart time from which the title may be licensed; null: always
 * @param availabilityEnd time from which the title may not be licensed; null: never
 */
public record TitleRequest(
        @Identifier String titleId,
        @NotNull @FreeText String name,
        @NotNull @Identifier String studioId,
        Instant availabilityStart,
        Instant availabilityEnd) {

    /**
     * The title with this id.
     *
     * @throws ProblemException if its availability does not end after it starts
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
