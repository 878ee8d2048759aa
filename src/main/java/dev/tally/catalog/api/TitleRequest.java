package dev.tally.catalog.api;

import dev.tally.catalog.Title;
import dev.tally.licensing.events.StudioId;
import dev.tally.licensing.events.TitleId;
import dev.tally.platform.Identifier;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

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
        @NotNull
                @Pattern(
                        regexp = "[^\\p{Cc}\\p{Cs}\\p{Cn}]{1,256}",
                        message = "must be 1 to 256 characters without control characters")
                String name,
        @NotNull @Identifier String studioId,
        Instant availabilityStart,
        Instant availabilityEnd) {

    @AssertTrue(message = "availabilityEnd must be after availabilityStart")
    boolean isAvailableForATime() {
        return availabilityStart == null
                || availabilityEnd == null
                || availabilityStart.isBefore(availabilityEnd);
    }

    Title title(String id) {
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
