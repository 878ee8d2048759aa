package dev.tally.licensing.domain;

import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;

import java.time.Instant;

/**
 * A command that somebody supposes, to see what would follow from it. The rules decide it like any
 * other, and nobody stores it.
 */
public sealed interface Supposable
        permits AcquireLicense,
                ConfirmLicense,
                RenewLicense,
                ReleaseLicense,
                RevokeLicense,
                DeactivateDevice,
                Supposable.TakeReport {

    Instant at();

    /** Command to take what a player reports of a session. */
    record TakeReport(Report report, Instant at) implements Supposable {}
}
