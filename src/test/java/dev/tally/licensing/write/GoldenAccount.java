package dev.tally.licensing.write;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
import dev.tally.licensing.events.Golden;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicyRemoved;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;
import dev.tally.licensing.events.SessionEvent.SessionKeptAlive;
import dev.tally.licensing.events.SessionEvent.SessionPaused;
import dev.tally.licensing.events.SessionEvent.SessionResumed;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.events.SessionEvent.SessionStopped;
import dev.tally.licensing.events.SessionEvent.StopCause;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * The bytes of a snapshot that one schema version of the fold made from a typical customer's
 * events. The file is written by {@code mvn test-compile exec:exec@golden} when {@link
 * Account#SCHEMA_VERSION} has grown, and never for the same version again.
 *
 * @param bytes in hexadecimal
 */
record GoldenAccount(int schemaVersion, int checksum, String bytes) {

    /** The time at which the snapshot is taken. */
    static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    private static final Path FILE = Path.of("src/test/resources/golden/account.json");
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static final Instant AT = Instant.parse("2026-11-21T08:00:00.123Z");
    private static final LicenseId KEPT = new LicenseId("01kajr6t4cq8v0w5n2m7x9z3ye");
    private static final LicenseId GONE = new LicenseId("01kajr6t4cq8v0w5n2m7x9z3yf");
    private static final LicenseId TAKEN = new LicenseId("01kajr6t4cq8v0w5n2m7x9z3yg");
    private static final LicenseId STREAM = new LicenseId("01kajr6t4cq8v0w5n2m7x9z3yh");
    private static final DownloadId DOWNLOAD = new DownloadId("01kajr6t4cq8v0w5n2m7x9z3yi");
    private static final TitleId GLOW = new TitleId("glow-s01e01");
    private static final DeviceId PHONE = new DeviceId("pixel 9 \uD83D\uDCF1");
    private static final DeviceId TV = new DeviceId("tv-1");
    private static final SessionId OFFLINE = new SessionId("01kajr9m2c0v7w4n8p6x3z5yd1");
    private static final SessionId WATCHED = new SessionId("01kajr9m2c0v7w4n8p6x3z5yd2");

    /** A history that contains every type of event. */
    static final List<CustomerEvent> EVENTS =
            List.of(
                    issued(KEPT, LicenseType.DOWNLOAD, AT.plusSeconds(3_600)),
                    new DownloadCounted(
                            DOWNLOAD,
                            GLOW,
                            KEPT,
                            AT,
                            CountCause.ACQUIRED,
                            AT.plusSeconds(3_600),
                            1),
                    new DeviceActivated(PHONE, null, AT),
                    new LicenseConfirmed(KEPT, AT.plusSeconds(60), AT.plusSeconds(59)),
                    new DownloadConfirmed(DOWNLOAD, GLOW, AT.plusSeconds(60)),
                    new DeviceRenamed(PHONE, "\u00c4nna's phone", AT.plusSeconds(61)),
                    new LicenseRenewed(KEPT, AT.plusSeconds(120), AT.plusSeconds(9_000_000), 2),
                    new DownloadCounted(
                            new DownloadId("01kajr6t4cq8v0w5n2m7x9z3yj"),
                            GLOW,
                            KEPT,
                            AT.plusSeconds(120),
                            CountCause.RENEWED,
                            null,
                            2),
                    new DownloadWaived(
                            new DownloadId("01kajr6t4cq8v0w5n2m7x9z3yj"),
                            GLOW,
                            AT.plusSeconds(130),
                            "renewed by mistake"),
                    new LicenseFirstPlayed(KEPT, AT.plusSeconds(180), AT.plusSeconds(181)),
                    started(OFFLINE, KEPT, LicenseType.DOWNLOAD, AT.plusSeconds(180)),
                    new SessionPaused(OFFLINE, AT.plusSeconds(200), AT.plusSeconds(201)),
                    new SessionResumed(OFFLINE, AT.plusSeconds(220), AT.plusSeconds(221)),
                    new SessionStopped(
                            OFFLINE, AT.plusSeconds(240), AT.plusSeconds(241), StopCause.PLAYER),
                    new ProvisionalLicenseReconciled(
                            KEPT,
                            AT.plusSeconds(250),
                            AT.plusSeconds(86_400),
                            List.of("renewAfter", "maxRenewals")),
                    issued(GONE, LicenseType.DOWNLOAD, null),
                    new LicenseReleased(GONE, AT.plusSeconds(300), ReleaseCause.MEMBER, null),
                    issued(TAKEN, LicenseType.DOWNLOAD, null),
                    new LicenseRevoked(TAKEN, AT.plusSeconds(310), "stolen"),
                    new CustomerPolicySet(
                            "{\"maxDownloadDevices\":9}", AT.plusSeconds(315), AT.plusSeconds(315)),
                    new CustomerPolicyRemoved(AT.plusSeconds(318)),
                    new DeviceActivated(TV, "TV", AT.plusSeconds(320)),
                    new DeviceDeactivated(TV, AT.plusSeconds(330), 2),
                    issued(STREAM, LicenseType.STREAMING, AT.plusSeconds(120)),
                    new LicenseFirstPlayed(STREAM, AT.plusSeconds(340), AT.plusSeconds(340)),
                    started(WATCHED, STREAM, LicenseType.STREAMING, NOW.minusSeconds(200)),
                    new SessionKeptAlive(WATCHED, NOW.minusSeconds(60), NOW.minusSeconds(59)));

    private static final List<PastCommand> COMMANDS =
            List.of(
                    new PastCommand(new CommandId("5f3c1d0e-8a52-4b7e", 42), AT, false),
                    new PastCommand(new CommandId("trip-7", -7), AT.plusSeconds(181), true));

    /**
     * The account folded from events that were written and read by their mappers, so that mappers
     * are tested too.
     */
    static Account folded() {
        var mappers = new EventMappers(AccountModel.MODEL.mappers());
        var account = Account.EMPTY;
        int seq = 0;
        for (var event : EVENTS) {
            var mapper = mappers.of((Record) event);
            var id = mapper.aggregate((Record) event).id();
            var read = mapper.read(id, AT, mapper.write((Record) event, AT));
            account = Account.evolve(account, Integer.toString(++seq), (CustomerEvent) read);
        }
        return account.compact(NOW);
    }

    static Bytes snapshot() {
        return new SnapshotCodec<>(AccountModel.FOLD).write(folded(), COMMANDS);
    }

    static GoldenAccount made() {
        var snapshot = snapshot();
        return new GoldenAccount(
                Account.SCHEMA_VERSION,
                snapshot.checksum(),
                HexFormat.of().formatHex(snapshot.bytes()));
    }

    /** The golden account of the released version. */
    static GoldenAccount released() {
        try {
            return JSON.readValue(Files.readString(FILE), GoldenAccount.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the golden files that are missing: first those of events, then that of the account.
     */
    public static void main(String[] args) throws IOException {
        Golden.writeMissing();
        if (Files.exists(FILE) && released().schemaVersion() == Account.SCHEMA_VERSION) return;
        Files.writeString(FILE, JSON.writeValueAsString(made()) + "\n");
    }

    private static LicenseIssued issued(LicenseId id, LicenseType type, Instant confirmBy) {
        return new LicenseIssued(
                id,
                GLOW,
                new StudioId("ştüdio-ö"),
                PHONE,
                type,
                new PlanId("premium"),
                AT,
                AT.plusSeconds(2_592_000),
                Duration.ofDays(2),
                confirmBy,
                1);
    }

    private static SessionStarted started(
            SessionId id, LicenseId license, LicenseType type, Instant at) {
        return new SessionStarted(
                id, license, GLOW, PHONE, type, at, at, null, Duration.ofMinutes(2), null, 1);
    }
}
