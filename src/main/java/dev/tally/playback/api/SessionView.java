package dev.tally.playback.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Session.Start;
import dev.tally.licensing.domain.Session.State;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.time.Instant;
import java.util.function.Function;

/**
 * A session as answers show it. Everything that a START tells is null until it was reported.
 *
 * @param lastSignAt time of the last sign of life, by the device's clock
 * @param endsAt time at which the session ended, or will end without another sign of life; null: it
 *     need not be kept alive
 * @param stopCause cause of the stop; null: nobody stopped the session
 * @param provisional true if a node has promised the session while the store did not answer
 */
record SessionView(
        String sessionId,
        String customerId,
        String licenseId,
        String titleId,
        String deviceId,
        LicenseType licenseType,
        State state,
        Instant startedAt,
        Instant lastSignAt,
        Instant endsAt,
        StopCause stopCause,
        @JsonInclude(Include.NON_DEFAULT) boolean provisional) {

    static SessionView of(CustomerId customer, Session session, Instant now) {
        return of(customer, session, now, false);
    }

    static SessionView of(CustomerId customer, Session session, Instant now, boolean provisional) {
        return new SessionView(
                session.id().value(),
                customer.value(),
                of(session, start -> start.license().value()),
                of(session, start -> start.title().value()),
                of(session, start -> start.device().value()),
                of(session, Start::type),
                session.stateAt(now),
                of(session, Start::at),
                session.lastSignAt(),
                session.endsAt(),
                session.stop() == null ? null : session.stop().cause(),
                provisional);
    }

    private static <T> T of(Session session, Function<Start, T> part) {
        return session.started().map(part).orElse(null);
    }
}
