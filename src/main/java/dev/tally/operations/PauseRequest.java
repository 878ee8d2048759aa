package dev.tally.operations;

import jakarta.validation.constraints.NotNull;

/** Request to pause the job, or to let it go on. */
record PauseRequest(@NotNull Boolean paused) {}
