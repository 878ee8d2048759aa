package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.licensing.events.LicenseType;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/**
 * Asks for a license.
 *
 * @param deviceName what the member calls the device; null: not said
 */
public record AcquireRequest(
        @NotNull @Identifier String titleId,
        @NotNull @Identifier String deviceId,
        @FreeText String deviceName,
        @NotNull @Identifier String plan,
        @NotNull @Pattern(regexp = "DOWNLOAD|STREAMING", message = "must be DOWNLOAD or STREAMING")
                String type) {

    LicenseType licenseType() {
        return LicenseType.valueOf(type);
    }
}
