package dev.tally.runtime;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;

import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;

/** The only clock of the application. It ticks in milliseconds, which is what events keep. */
@ApplicationScoped
class SystemClock {

    @Produces
    @ApplicationScoped
    InstantSource clock() {
        return Clock.tickMillis(ZoneOffset.UTC);
    }
}
