package dev.tally.eventstore.api;

import jakarta.validation.constraints.NotNull;

/** Whether the job is to stand still. */
record PauseRequest(@NotNull Boolean paused) {}
