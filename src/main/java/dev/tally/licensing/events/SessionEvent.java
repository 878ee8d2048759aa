package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An event of one playback session. Events are stored for ever: to change one, add a version and an
 * upcaster.
 *
 * <p>Devices report when they can, and in any order. Both times are kept: when something happened
 * by the device's clock, and when it was recorded by the server's. Instants have milliseconds.
 */
public sealed interface SessionEvent extends CustomerEvent {

    AggregateType AGGREGATE = new AggregateType(4, "Session");

    /**
     * All mappers of these events, one for each version; a released one is never changed or
     * removed.
     */
    static List<EventMapper<?>> mappers() {
        return List.of(
                SessionStarted.V1,
                SessionPaused.V1,
                SessionResumed.V1,
                SessionKeptAlive.V1,
                SessionStopped.V1);
    }

    SessionId session();

    /**
     * Time of the event by the device's clock; where the device did not say, when it was recorded.
     */
    Instant occurredAt();

    Instant recordedAt();

    /**
     * The player began to play.
     *
     * @param countedAt time at which the play counts, where the device's clock said an impossible
     *     one; null: it counts at {@code occurredAt}
     * @param aliveFor time without a sign of life after which the session is over; null: it never
     *     is
     * @param broke labels of the rules that forbade the play, as far as was known when it was
     *     recorded, with commas between; null: none did. A play that was reported late is recorded
     *     all the same.
     */
    record SessionStarted(
            SessionId session,
            LicenseId license,
            TitleId title,
            DeviceId device,
            LicenseType type,
            Instant occurredAt,
            Instant recordedAt,
            Instant countedAt,
            Duration aliveFor,
            String broke,
            int policyVersion)
            implements SessionEvent {

        /** Time at which the play counts. */
        public Instant playedAt() {
            return countedAt == null ? occurredAt : countedAt;
        }

        static final EventMapper<SessionStarted> V1 =
                EventMapper.of(
                                12,
                                "SessionStarted/1",
                                AGGREGATE,
                                SessionStarted.class,
                                e -> e.session().value())
                        .text("license", e -> e.license().value())
                        .text("title", e -> e.title().value())
                        .text("device", e -> e.device().value())
                        .name("type", SessionStarted::type)
                        .instant("occurredAt", SessionStarted::occurredAt)
                        .instant("recordedAt", SessionStarted::recordedAt)
                        .instantOrNull("countedAt", SessionStarted::countedAt)
                        .durationOrNull("aliveFor", SessionStarted::aliveFor)
                        .textOrNull("broke", SessionStarted::broke)
                        .count("policyVersion", SessionStarted::policyVersion)
                        .reads(
                                (id, in) ->
                                        new SessionStarted(
                                                new SessionId(id),
                                                new LicenseId(in.text()),
                                                new TitleId(in.text()),
                                                new DeviceId(in.text()),
                                                in.name(LicenseType.class),
                                                in.instant(),
                                                in.instant(),
                                                in.instantOrNull(),
                                                in.durationOrNull(),
                                                in.textOrNull(),
                                                in.count()));
    }

    record SessionPaused(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {
        static final EventMapper<SessionPaused> V1 =
                EventMapper.of(
                                13,
                                "SessionPaused/1",
                                AGGREGATE,
                                SessionPaused.class,
                                e -> e.session().value())
                        .instant("occurredAt", SessionPaused::occurredAt)
                        .instant("recordedAt", SessionPaused::recordedAt)
                        .reads(
                                (id, in) ->
                                        new SessionPaused(
                                                new SessionId(id), in.instant(), in.instant()));
    }

    record SessionResumed(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {
        static final EventMapper<SessionResumed> V1 =
                EventMapper.of(
                                14,
                                "SessionResumed/1",
                                AGGREGATE,
                                SessionResumed.class,
                                e -> e.session().value())
                        .instant("occurredAt", SessionResumed::occurredAt)
                        .instant("recordedAt", SessionResumed::recordedAt)
                        .reads(
                                (id, in) ->
                                        new SessionResumed(
                                                new SessionId(id), in.instant(), in.instant()));
    }

    /** The player is still there. Not every keepalive is recorded. */
    record SessionKeptAlive(SessionId session, Instant occurredAt, Instant recordedAt)
            implements SessionEvent {
        static final EventMapper<SessionKeptAlive> V1 =
                EventMapper.of(
                                15,
                                "SessionKeptAlive/1",
                                AGGREGATE,
                                SessionKeptAlive.class,
                                e -> e.session().value())
                        .instant("occurredAt", SessionKeptAlive::occurredAt)
                        .instant("recordedAt", SessionKeptAlive::recordedAt)
                        .reads(
                                (id, in) ->
                                        new SessionKeptAlive(
                                                new SessionId(id), in.instant(), in.instant()));
    }

    record SessionStopped(
            SessionId session, Instant occurredAt, Instant recordedAt, StopCause cause)
            implements SessionEvent {
        static final EventMapper<SessionStopped> V1 =
                EventMapper.of(
                                16,
                                "SessionStopped/1",
                                AGGREGATE,
                                SessionStopped.class,
                                e -> e.session().value())
                        .instant("occurredAt", SessionStopped::occurredAt)
                        .instant("recordedAt", SessionStopped::recordedAt)
                        .name("cause", SessionStopped::cause)
                        .reads(
                                (id, in) ->
                                        new SessionStopped(
                                                new SessionId(id),
                                                in.instant(),
                                                in.instant(),
                                                in.name(StopCause.class)));
    }

    /** Why a session ended. */
    enum StopCause {
        /** The player reported the end. */
        PLAYER,
        LICENSE_RELEASED,
        LICENSE_REVOKED,
        DEVICE_DEACTIVATED,
        /** Another session began on the same streaming license. */
        DISPLACED
    }
}
