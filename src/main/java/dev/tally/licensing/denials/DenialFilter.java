package dev.tally.licensing.denials;

import java.time.Instant;

/**
 * Choice of a customer's denials.
 *
 * @param from earliest time of a last denial; null: from the beginning
 * @param to time before which all first denials lie; null: to the end
 * @param deviceId null: of all devices
 * @param titleId null: of all titles
 * @param rule name of a rule that forbade them, among others; null: whichever did
 */
public record DenialFilter(
        Instant from, Instant to, String deviceId, String titleId, String rule) {}
