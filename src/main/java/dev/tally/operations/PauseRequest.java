package dev.tally.operations;

import jakarta.validation.constraints.NotNull;

/** Whether the job is to stand still. */
record PauseRequest(@NotNull Boolean paused) {}
