package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Command.AcquireLicense;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import java.time.Instant;

/**
 * Request for a dry run: an acquire, and what is supposed before it.
 *
 * @param deviceName the member's name for the device; null: not said
 * @param whatIf null: nothing is supposed
 */
record DecisionRequest(
        @NotNull @Identifier String titleId,
        @NotNull @Identifier String deviceId,
        @FreeText String deviceName,
        @NotNull @Identifier String plan,
        @NotNull @Pattern(regexp = "DOWNLOAD|STREAMING", message = "must be DOWNLOAD or STREAMING")
                String type,
        @Valid WhatIfRequest whatIf) {

    /** The acquire of this request. */
    AcquireLicense command(CustomerId customer, Instant now) {
        return new AcquireRequest(titleId, deviceId, deviceName, plan, type)
                .command(customer, null, now);
    }
}
