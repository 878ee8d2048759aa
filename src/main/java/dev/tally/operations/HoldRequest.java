package dev.tally.operations;

import dev.tally.http.FreeText;

import jakarta.validation.constraints.NotNull;

/** Request for a legal hold, with the reason why nothing may be erased or dropped. */
record HoldRequest(@NotNull @FreeText String reason) {}
