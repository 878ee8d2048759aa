package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An event of one license. Events are stored for ever: to change one, add a version and an
 * upcaster.
 *
 * <p>Terms are kept as they were granted, so that a limit lowered later takes nothing away. Null
 * for the end of a term or its length means "no limit". Instants have milliseconds.
 */
public sealed interface LicenseEvent extends CustomerEvent {

    AggregateType AGGREGATE = new AggregateType(1, "License");

    /**
     * All mappers of these events, one for each version; a released one is never changed or
     * removed.
     */
    static List<EventMapper<?>> mappers() {
        return List.of(
                LicenseIssued.V1,
                LicenseConfirmed.V1,
                LicenseFirstPlayed.V1,
                LicenseRenewed.V1,
                LicenseReleased.V1,
                LicenseRevoked.V1,
                ProvisionalLicenseReconciled.V1);
    }

    LicenseId license();

    /**
     * A license was granted.
     *
     * @param expiresAt end of the rental clock or of the title's availability, the earlier; null:
     *     never
     * @param playbackDuration time for which the license plays after first play; null: as long as
     *     it lives
     * @param confirmBy time until which the device has to confirm, or the license lapses; null: it
     *     need not
     */
    record LicenseIssued(
            LicenseId license,
            TitleId title,
            StudioId studio,
            DeviceId device,
            LicenseType type,
            PlanId plan,
            Instant issuedAt,
            Instant expiresAt,
            Duration playbackDuration,
            Instant confirmBy,
            int policyVersion)
            implements LicenseEvent {
        static final EventMapper<LicenseIssued> V1 =
                EventMapper.of(
                                1,
                                "LicenseIssued/1",
                                AGGREGATE,
                                LicenseIssued.class,
                                e -> e.license().value())
                        .text("title", e -> e.title().value())
                        .text("studio", e -> e.studio().value())
                        .text("device", e -> e.device().value())
                        .name("type", LicenseIssued::type)
                        .text("plan", e -> e.plan().value())
                        .instant("issuedAt", LicenseIssued::issuedAt)
                        .instantOrNull("expiresAt", LicenseIssued::expiresAt)
                        .durationOrNull("playbackDuration", LicenseIssued::playbackDuration)
                        .instantOrNull("confirmBy", LicenseIssued::confirmBy)
                        .count("policyVersion", LicenseIssued::policyVersion)
                        .reads(
                                (id, in) ->
                                        new LicenseIssued(
                                                new LicenseId(id),
                                                new TitleId(in.text()),
                                                new StudioId(in.text()),
                                                new DeviceId(in.text()),
                                                in.name(LicenseType.class),
                                                new PlanId(in.text()),
                                                in.instant(),
                                                in.instantOrNull(),
                                                in.durationOrNull(),
                                                in.instantOrNull(),
                                                in.count()));
    }

    /**
     * The device said that it stored the license.
     *
     * @param occurredAt time by the device's clock; null: it did not say
     */
    record LicenseConfirmed(LicenseId license, Instant confirmedAt, Instant occurredAt)
            implements LicenseEvent {
        static final EventMapper<LicenseConfirmed> V1 =
                EventMapper.of(
                                2,
                                "LicenseConfirmed/1",
                                AGGREGATE,
                                LicenseConfirmed.class,
                                e -> e.license().value())
                        .instant("confirmedAt", LicenseConfirmed::confirmedAt)
                        .instantOrNull("occurredAt", LicenseConfirmed::occurredAt)
                        .reads(
                                (id, in) ->
                                        new LicenseConfirmed(
                                                new LicenseId(id),
                                                in.instant(),
                                                in.instantOrNull()));
    }

    /**
     * The license was played for the first time: its playback clock starts, and it is confirmed.
     *
     * @param firstPlayedAt time by the device's clock, or the server's where that is impossible
     * @param recordedAt time by the server's clock
     */
    record LicenseFirstPlayed(LicenseId license, Instant firstPlayedAt, Instant recordedAt)
            implements LicenseEvent {
        static final EventMapper<LicenseFirstPlayed> V1 =
                EventMapper.of(
                                3,
                                "LicenseFirstPlayed/1",
                                AGGREGATE,
                                LicenseFirstPlayed.class,
                                e -> e.license().value())
                        .instant("firstPlayedAt", LicenseFirstPlayed::firstPlayedAt)
                        .instant("recordedAt", LicenseFirstPlayed::recordedAt)
                        .reads(
                                (id, in) ->
                                        new LicenseFirstPlayed(
                                                new LicenseId(id), in.instant(), in.instant()));
    }

    /** The license's rental clock was restarted. */
    record LicenseRenewed(
            LicenseId license, Instant renewedAt, Instant expiresAt, int policyVersion)
            implements LicenseEvent {
        static final EventMapper<LicenseRenewed> V1 =
                EventMapper.of(
                                4,
                                "LicenseRenewed/1",
                                AGGREGATE,
                                LicenseRenewed.class,
                                e -> e.license().value())
                        .instant("renewedAt", LicenseRenewed::renewedAt)
                        .instantOrNull("expiresAt", LicenseRenewed::expiresAt)
                        .count("policyVersion", LicenseRenewed::policyVersion)
                        .reads(
                                (id, in) ->
                                        new LicenseRenewed(
                                                new LicenseId(id),
                                                in.instant(),
                                                in.instantOrNull(),
                                                in.count()));
    }

    /**
     * The member gave the license back, or deactivated the device it was on.
     *
     * @param occurredAt time by the device's clock; null: it did not say
     */
    record LicenseReleased(
            LicenseId license, Instant releasedAt, ReleaseCause cause, Instant occurredAt)
            implements LicenseEvent {
        static final EventMapper<LicenseReleased> V1 =
                EventMapper.of(
                                5,
                                "LicenseReleased/1",
                                AGGREGATE,
                                LicenseReleased.class,
                                e -> e.license().value())
                        .instant("releasedAt", LicenseReleased::releasedAt)
                        .name("cause", LicenseReleased::cause)
                        .instantOrNull("occurredAt", LicenseReleased::occurredAt)
                        .reads(
                                (id, in) ->
                                        new LicenseReleased(
                                                new LicenseId(id),
                                                in.instant(),
                                                in.name(ReleaseCause.class),
                                                in.instantOrNull()));
    }

    /**
     * The operator took the license away.
     *
     * @param reason reason in the operator's words; null: none given
     */
    record LicenseRevoked(LicenseId license, Instant revokedAt, String reason)
            implements LicenseEvent {
        static final EventMapper<LicenseRevoked> V1 =
                EventMapper.of(
                                6,
                                "LicenseRevoked/1",
                                AGGREGATE,
                                LicenseRevoked.class,
                                e -> e.license().value())
                        .instant("revokedAt", LicenseRevoked::revokedAt)
                        .textOrNull("reason", LicenseRevoked::reason)
                        .reads(
                                (id, in) ->
                                        new LicenseRevoked(
                                                new LicenseId(id), in.instant(), in.textOrNull()));
    }

    /**
     * A license or a renewal was recorded that a node had granted provisionally while the store was
     * away. What was granted is told by the license's other events.
     *
     * @param until end of the token that the node gave
     * @param overLimit names of the rules that forbade what the token allows, in order of
     *     precedence; none: the rules allowed it, or the token ends no later than the license
     */
    record ProvisionalLicenseReconciled(
            LicenseId license, Instant reconciledAt, Instant until, List<String> overLimit)
            implements LicenseEvent {

        public ProvisionalLicenseReconciled {
            overLimit = List.copyOf(overLimit);
        }

        static final EventMapper<ProvisionalLicenseReconciled> V1 =
                EventMapper.of(
                                17,
                                "ProvisionalLicenseReconciled/1",
                                AGGREGATE,
                                ProvisionalLicenseReconciled.class,
                                e -> e.license().value())
                        .instant("reconciledAt", ProvisionalLicenseReconciled::reconciledAt)
                        .instant("until", ProvisionalLicenseReconciled::until)
                        .texts("overLimit", ProvisionalLicenseReconciled::overLimit)
                        .reads(
                                (id, in) ->
                                        new ProvisionalLicenseReconciled(
                                                new LicenseId(id),
                                                in.instant(),
                                                in.instant(),
                                                in.texts()));
    }

    /** Why a license was released. */
    enum ReleaseCause {
        MEMBER,
        DEVICE_DEACTIVATED,
        /** The license's stream was stopped. */
        STREAM_STOPPED
    }
}
