package dev.tally.playback.api;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.Denial;
import dev.tally.licensing.denials.Denial.Kind;
import dev.tally.licensing.denials.DenialKeeper;
import dev.tally.licensing.write.ReportHandler.Item;
import dev.tally.licensing.write.ReportHandler.Reports;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;

/** Keeps the denials among reports: each START that rules forbade. */
@ApplicationScoped
class DeniedStarts {

    @Inject DenialKeeper denials;

    void keep(CustomerId customer, Reports done) {
        for (var item : done.items()) keep(customer, item, done.outcome().at());
    }

    void keep(CustomerId customer, Item item, Instant at) {
        var reported = item.reported();
        if (reported == null || reported.denied() == null) return;
        denials.keep(Denial.of(customer, Kind.START, reported.denied(), reported.broken(), at));
    }
}
