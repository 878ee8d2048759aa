package dev.tally.operations;

import dev.tally.http.FreeText;

import jakarta.validation.constraints.NotNull;

/** Why nothing may be erased or dropped. */
record HoldRequest(@NotNull @FreeText String reason) {}
