package dev.tally.catalog;

import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import java.time.Instant;

/**
 * A title as decisions read it.
 *
 * @param availabilityStart from when it may be licensed; null: always
 * @param availabilityEnd from when it may not, and no license for it lives longer; null: never
 */
public record Title(
        TitleId id,
        String name,
        StudioId studio,
        Instant availabilityStart,
        Instant availabilityEnd) {}
