package dev.tally.eventstore;

import java.util.List;

/** The folds of a feature: what the store needs to know of its streams where no command asks. */
public interface Folds {

    List<Fold<?>> all();
}
