package dev.tally.eventstore.codec;

import dev.tally.eventstore.StreamType;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All mappers there have ever been. An event is written by the newest mapper of its record, and
 * read by the one that its row names.
 */
public final class EventMappers {

    /**
     * In the order of the lifecycles; a released mapper is never changed and never leaves, and its
     * number and name are given to no other.
     */
    static final List<EventMapper<?>> ALL =
            List.of(
                    EventMapper.of(
                                    1,
                                    "LicenseIssued/1",
                                    StreamType.LICENSE,
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
                                                    in.count())),
                    EventMapper.of(
                                    2,
                                    "LicenseConfirmed/1",
                                    StreamType.LICENSE,
                                    LicenseConfirmed.class,
                                    e -> e.license().value())
                            .instant("confirmedAt", LicenseConfirmed::confirmedAt)
                            .instantOrNull("occurredAt", LicenseConfirmed::occurredAt)
                            .reads(
                                    (id, in) ->
                                            new LicenseConfirmed(
                                                    new LicenseId(id),
                                                    in.instant(),
                                                    in.instantOrNull())),
                    EventMapper.of(
                                    3,
                                    "LicenseFirstPlayed/1",
                                    StreamType.LICENSE,
                                    LicenseFirstPlayed.class,
                                    e -> e.license().value())
                            .instant("firstPlayedAt", LicenseFirstPlayed::firstPlayedAt)
                            .instant("recordedAt", LicenseFirstPlayed::recordedAt)
                            .reads(
                                    (id, in) ->
                                            new LicenseFirstPlayed(
                                                    new LicenseId(id), in.instant(), in.instant())),
                    EventMapper.of(
                                    4,
                                    "LicenseRenewed/1",
                                    StreamType.LICENSE,
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
                                                    in.count())),
                    EventMapper.of(
                                    5,
                                    "LicenseReleased/1",
                                    StreamType.LICENSE,
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
                                                    in.instantOrNull())),
                    EventMapper.of(
                                    6,
                                    "LicenseRevoked/1",
                                    StreamType.LICENSE,
                                    LicenseRevoked.class,
                                    e -> e.license().value())
                            .instant("revokedAt", LicenseRevoked::revokedAt)
                            .textOrNull("reason", LicenseRevoked::reason)
                            .reads(
                                    (id, in) ->
                                            new LicenseRevoked(
                                                    new LicenseId(id),
                                                    in.instant(),
                                                    in.textOrNull())),
                    EventMapper.of(
                                    7,
                                    "DownloadCounted/1",
                                    StreamType.DOWNLOAD,
                                    DownloadCounted.class,
                                    e -> e.download().value())
                            .text("title", e -> e.title().value())
                            .text("license", e -> e.license().value())
                            .instant("countedAt", DownloadCounted::countedAt)
                            .name("cause", DownloadCounted::cause)
                            .instantOrNull("confirmBy", DownloadCounted::confirmBy)
                            .count("policyVersion", DownloadCounted::policyVersion)
                            .reads(
                                    (id, in) ->
                                            new DownloadCounted(
                                                    new DownloadId(id),
                                                    new TitleId(in.text()),
                                                    new LicenseId(in.text()),
                                                    in.instant(),
                                                    in.name(CountCause.class),
                                                    in.instantOrNull(),
                                                    in.count())),
                    EventMapper.of(
                                    8,
                                    "DownloadConfirmed/1",
                                    StreamType.DOWNLOAD,
                                    DownloadConfirmed.class,
                                    e -> e.download().value())
                            .text("title", e -> e.title().value())
                            .instant("confirmedAt", DownloadConfirmed::confirmedAt)
                            .reads(
                                    (id, in) ->
                                            new DownloadConfirmed(
                                                    new DownloadId(id),
                                                    new TitleId(in.text()),
                                                    in.instant())),
                    EventMapper.of(
                                    9,
                                    "DeviceActivated/1",
                                    StreamType.DEVICE,
                                    DeviceActivated.class,
                                    e -> e.device().value())
                            .textOrNull("name", DeviceActivated::name)
                            .instant("activatedAt", DeviceActivated::activatedAt)
                            .reads(
                                    (id, in) ->
                                            new DeviceActivated(
                                                    new DeviceId(id),
                                                    in.textOrNull(),
                                                    in.instant())),
                    EventMapper.of(
                                    10,
                                    "DeviceRenamed/1",
                                    StreamType.DEVICE,
                                    DeviceRenamed.class,
                                    e -> e.device().value())
                            .text("name", DeviceRenamed::name)
                            .instant("renamedAt", DeviceRenamed::renamedAt)
                            .reads(
                                    (id, in) ->
                                            new DeviceRenamed(
                                                    new DeviceId(id), in.text(), in.instant())),
                    EventMapper.of(
                                    11,
                                    "DeviceDeactivated/1",
                                    StreamType.DEVICE,
                                    DeviceDeactivated.class,
                                    e -> e.device().value())
                            .instant("deactivatedAt", DeviceDeactivated::deactivatedAt)
                            .count("policyVersion", DeviceDeactivated::policyVersion)
                            .reads(
                                    (id, in) ->
                                            new DeviceDeactivated(
                                                    new DeviceId(id), in.instant(), in.count())),
                    EventMapper.of(
                                    12,
                                    "SessionStarted/1",
                                    StreamType.PLAYBACK,
                                    SessionStarted.class,
                                    e -> e.session().value())
                            .text("license", e -> e.license().value())
                            .text("title", e -> e.title().value())
                            .text("device", e -> e.device().value())
                            .name("type", SessionStarted::type)
                            .instant("occurredAt", SessionStarted::occurredAt)
                            .instant("recordedAt", SessionStarted::recordedAt)
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
                                                    in.durationOrNull(),
                                                    in.textOrNull(),
                                                    in.count())),
                    EventMapper.of(
                                    13,
                                    "SessionPaused/1",
                                    StreamType.PLAYBACK,
                                    SessionPaused.class,
                                    e -> e.session().value())
                            .instant("occurredAt", SessionPaused::occurredAt)
                            .instant("recordedAt", SessionPaused::recordedAt)
                            .reads(
                                    (id, in) ->
                                            new SessionPaused(
                                                    new SessionId(id), in.instant(), in.instant())),
                    EventMapper.of(
                                    14,
                                    "SessionResumed/1",
                                    StreamType.PLAYBACK,
                                    SessionResumed.class,
                                    e -> e.session().value())
                            .instant("occurredAt", SessionResumed::occurredAt)
                            .instant("recordedAt", SessionResumed::recordedAt)
                            .reads(
                                    (id, in) ->
                                            new SessionResumed(
                                                    new SessionId(id), in.instant(), in.instant())),
                    EventMapper.of(
                                    15,
                                    "SessionKeptAlive/1",
                                    StreamType.PLAYBACK,
                                    SessionKeptAlive.class,
                                    e -> e.session().value())
                            .instant("occurredAt", SessionKeptAlive::occurredAt)
                            .instant("recordedAt", SessionKeptAlive::recordedAt)
                            .reads(
                                    (id, in) ->
                                            new SessionKeptAlive(
                                                    new SessionId(id), in.instant(), in.instant())),
                    EventMapper.of(
                                    16,
                                    "SessionStopped/1",
                                    StreamType.PLAYBACK,
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
                                                    in.name(StopCause.class))));

    private final Map<Integer, EventMapper<?>> byNumber = new HashMap<>();
    private final Map<Class<?>, EventMapper<?>> newest = new HashMap<>();

    public EventMappers() {
        this(ALL);
    }

    EventMappers(List<EventMapper<?>> mappers) {
        for (var mapper : mappers) {
            if (byNumber.put(mapper.number(), mapper) != null) {
                throw new IllegalArgumentException("two mappers " + mapper.number());
            }
            newest.merge(mapper.eventClass(), mapper, (a, b) -> a.version() > b.version() ? a : b);
        }
    }

    public Collection<EventMapper<?>> all() {
        return byNumber.values().stream()
                .sorted(Comparator.comparingInt(EventMapper::number))
                .toList();
    }

    /** The mapper that writes events of this record. */
    public EventMapper<?> of(Record event) {
        var mapper = newest.get(event.getClass());
        if (mapper == null) {
            throw new IllegalStateException("no mapper for " + event.getClass().getName());
        }
        return mapper;
    }

    /** The mapper that wrote a row. */
    public EventMapper<?> numbered(int number) {
        var mapper = byNumber.get(number);
        if (mapper == null) {
            throw new IllegalStateException("no event mapper " + number);
        }
        return mapper;
    }
}
