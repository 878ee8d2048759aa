package dev.tally.eventstore.api;

import dev.tally.platform.FreeText;

import jakarta.validation.constraints.NotNull;

/** Why nothing may be erased or dropped. */
record HoldRequest(@NotNull @FreeText String reason) {}
