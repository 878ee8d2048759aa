package dev.tally.licensing.write;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Replaces the platform's clock in the container. It stands still until a test moves it. */
@Alternative
@Priority(1)
@ApplicationScoped
public class TestClock implements InstantSource {

    private volatile Instant now = Instant.now();

    @Override
    public Instant instant() {
        return now;
    }

    void set(Instant instant) {
        now = instant;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }
}
