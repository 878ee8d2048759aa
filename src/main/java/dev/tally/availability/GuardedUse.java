package dev.tally.availability;

import jakarta.enterprise.context.ApplicationScoped;

import java.util.function.Supplier;

/** Lets a part of a method use the database for a request, where the rest of it only waits. */
@ApplicationScoped
public class GuardedUse {

    /**
     * Uses the database.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    @Guarded
    public <T> T of(Supplier<T> use) {
        return use.get();
    }
}
