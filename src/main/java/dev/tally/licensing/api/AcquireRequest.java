package dev.tally.licensing.api;

import dev.tally.platform.FreeText;
import dev.tally.platform.Identifier;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/**
 * Asks for a download license.
 *
 * @param deviceName what the member calls the device; null: not said
 */
public record AcquireRequest(
        @NotNull @Identifier String titleId,
        @NotNull @Identifier String deviceId,
        @FreeText String deviceName,
        @NotNull @Identifier String plan,
        @NotNull @Pattern(regexp = "DOWNLOAD", message = "must be DOWNLOAD") String type) {}
