package dev.tally.timeline;

import dev.tally.eventstore.Described;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One command of a history, and what it changed.
 *
 * @param events the command's events, in order
 * @param budgets budgets that the command changed; null: not known
 */
public record Step(List<Change> events, List<Budget> budgets) {

    /**
     * One event, and what it changed.
     *
     * @param differences fields of the event's aggregate; null: not known, since events before this
     *     one have been retired, or this version cannot read one
     */
    public record Change(Described event, List<Difference> differences) {

        /** Time by the device's clock, where the device told it; else empty. */
        public Optional<Instant> occurredAt() {
            return Step.occurredAt(event);
        }
    }

    /** Time of an event by the device's clock, where the device told it; else empty. */
    static Optional<Instant> occurredAt(Described event) {
        if (event.recorded() == null) return Optional.empty();
        return Optional.ofNullable(
                switch ((CustomerEvent) event.recorded().event()) {
                    case SessionEvent e -> e.occurredAt();
                    case LicenseFirstPlayed e -> e.firstPlayedAt();
                    case LicenseConfirmed e -> e.occurredAt();
                    case LicenseReleased e -> e.occurredAt();
                    case LicenseEvent e -> null;
                    case DownloadEvent e -> null;
                    case DeviceEvent e -> null;
                    case PolicyEvent e -> null;
                });
    }
}
