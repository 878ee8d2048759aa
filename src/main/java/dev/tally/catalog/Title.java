package dev.tally.catalog;

import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import java.time.Instant;

/**
 * A title as decisions read it.
 *
 * @param availabilityStart time from which it may be licensed; null: always
 * @param availabilityEnd time from which it may not be licensed, and when every license for it
 *     ends; null: never
 */
public record Title(
        TitleId id,
        String name,
        StudioId studio,
        Instant availabilityStart,
        Instant availabilityEnd) {}
