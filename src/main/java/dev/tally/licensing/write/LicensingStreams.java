package dev.tally.licensing.write;

import dev.tally.eventstore.Fold;
import dev.tally.eventstore.Folds;

import jakarta.enterprise.context.ApplicationScoped;

import java.util.List;

/** Tells the event store how licensing folds its streams. */
@ApplicationScoped
public class LicensingStreams implements Folds {

    @Override
    public List<Fold<?>> all() {
        return LicensingFolds.ALL;
    }
}
