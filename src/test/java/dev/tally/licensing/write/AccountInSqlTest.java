package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.CountCause;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.DownloadEvent.DownloadWaived;
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
import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The views for DBAs show the same as the account. Each test compares them at the time of every
 * event, and at every time at which something expires.
 */
class AccountInSqlTest {

    private static final LicenseId LICENSE = new LicenseId("license");
    private static final SessionId SESSION = new SessionId("session");
    private static final Duration ALIVE = Duration.ofMinutes(2);

    /** A start so long ago that everything in a test that can expire has expired. */
    @SuppressWarnings("TimeInStaticInitializer") // all stories begin then
    private static final Instant START =
            Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(20, ChronoUnit.DAYS);

    private static final Set<State> SEEN = EnumSet.noneOf(State.class);
    private static final Set<Session.State> SESSIONS_SEEN = EnumSet.noneOf(Session.State.class);

    private static Stores stores;

    private final String customer = "customer-" + Ids.next();
    private final TreeSet<Instant> moments = new TreeSet<>();
    private final TitleId ownTitle = new TitleId("title of " + customer);
    private final TreeMap<Instant, Optional<Instant>> ownTitleEnds = new TreeMap<>();
    private Instant at = START;
    private int commands;

    @BeforeAll
    static void connect() throws SQLException {
        stores = new Stores(SharedDatabase.get(), AccountModel.MODEL, Settings.cold(50));
        try (var connection = SharedDatabase.get().connect(Role.TALLY_OWNER);
                var create = connection.prepareStatement("select tally.create_partitions(?, 1)")) {
            create.setObject(1, START.atOffset(ZoneOffset.UTC));
            create.execute();
        }
    }

    @AfterAll
    static void every_state_was_compared() {
        stores.close();
        assertThat(SEEN).containsExactlyInAnyOrder(State.values());
        assertThat(SESSIONS_SEEN).containsExactlyInAnyOrder(Session.State.values());
    }

    /** Compares the views with the account after each test. */
    @AfterEach
    void compare() throws SQLException {
        assertThat(moments).isNotEmpty();
        var times = new TreeSet<>(moments);
        for (var moment : moments) {
            times.add(moment.minusMillis(1));
            for (var end : ends(account(moment))) {
                times.add(end);
                times.add(end.minusMillis(1));
            }
        }
        for (var time : times) compareAsOf(time);
    }

    @Test
    void a_license_that_is_confirmed_played_renewed_and_released() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT720H", "PT48H", null));
        after(10).store(new LicenseConfirmed(LICENSE, at, null));
        after(10).store(new LicenseFirstPlayed(LICENSE, at, at));
        after(10).store(new LicenseRenewed(LICENSE, at, at.plus(40, ChronoUnit.DAYS), 2));
        after(10).store(new LicenseReleased(LICENSE, at, ReleaseCause.MEMBER, null));
    }

    @Test
    void a_download_that_is_waived() throws SQLException {
        var download = new DownloadId("download");
        var glow = new TitleId("glow");
        after(0).store(
                        issued(LicenseType.DOWNLOAD, null, null, null),
                        new DownloadCounted(
                                download, glow, LICENSE, at, CountCause.ACQUIRED, null, 1),
                        new DownloadCounted(
                                new DownloadId("another"),
                                glow,
                                LICENSE,
                                at,
                                CountCause.RENEWED,
                                null,
                                1));
        after(10).store(new DownloadWaived(download, glow, at, "broken"));

        var waivedAt = account(at).downloads().find(download).orElseThrow().waivedAt();
        assertThat(inSql(DOWNLOADS, at))
                .containsEntry("download", waivedAt + " broken")
                .containsEntry("another", "null null");
    }

    @Test
    void a_policy_of_the_customer_that_is_set_and_removed() throws SQLException {
        after(0).store(new CustomerPolicySet("{\"maxRenewals\": 1}", at.plusSeconds(60), at));
        after(10).store(new CustomerPolicyRemoved(at));

        var versions = account(at).policy().versions();
        assertThat(inSql(POLICIES, at))
                .containsEntry(
                        "1", "{\"maxRenewals\": 1} " + versions.get(0).validFrom() + " false")
                .containsEntry("2", "null " + versions.get(1).validFrom() + " true");
    }

    @Test
    void a_license_that_is_revoked() {
        after(0).store(issued(LicenseType.DOWNLOAD, null, null, null));
        after(10).store(new LicenseRevoked(LICENSE, at, "fraud"));
    }

    @Test
    void a_license_whose_rental_ends() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT48H", null, null));
    }

    @Test
    void a_license_whose_playback_ends() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT720H", "PT48H", null));
        after(30).store(new LicenseFirstPlayed(LICENSE, at.minusSeconds(1200), at));
        after(10).store(new LicenseFirstPlayed(LICENSE, at.minusSeconds(1900), at));
    }

    @Test
    void a_license_that_nobody_confirms() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT720H", null, "PT24H"));
    }

    @Test
    void a_hold_that_ends_with_a_confirmation() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT720H", null, "PT24H"));
        after(10).store(new LicenseConfirmed(LICENSE, at, null));
    }

    @Test
    void a_stream_whose_player_went_silent() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, ALIVE));
        after(1).store(new LicenseFirstPlayed(LICENSE, at, at), keptAlive(SESSION));
        after(1).store(keptAlive(SESSION));
    }

    @Test
    void a_stream_whose_player_has_a_slow_clock() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, ALIVE));
        after(1).store(new SessionKeptAlive(SESSION, at.minusSeconds(3600), at));
    }

    @Test
    void a_stream_that_pauses_and_is_stopped() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, ALIVE));
        after(1).store(new SessionPaused(SESSION, at, at));
        after(1).store(new SessionResumed(SESSION, at, at));
        after(1).store(new SessionPaused(SESSION, at, at));
        after(1).store(new SessionResumed(SESSION, at.minusSeconds(70), at));
        after(1).store(
                        stopped(SESSION, at, StopCause.PLAYER),
                        new LicenseReleased(LICENSE, at, ReleaseCause.STREAM_STOPPED, null));
    }

    @Test
    void a_stream_that_another_session_took_over() {
        var second = new SessionId("second");
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, ALIVE));
        after(1).store(stopped(SESSION, at, StopCause.DISPLACED), started(second, ALIVE));
        after(1).store(stopped(SESSION, at.minusSeconds(61), StopCause.PLAYER));
        after(1).store(keptAlive(second));
    }

    @Test
    void a_stream_that_need_not_be_kept_alive() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, null));
        after(5).store(started(new SessionId("second"), ALIVE));
    }

    @Test
    void a_session_whose_start_is_reported_last() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null));
        after(1).store(keptAlive(SESSION));
        after(1).store(started(SESSION, ALIVE));
        // A second START must not count.
        after(1).store(started(SESSION, null));
    }

    @Test
    void a_session_on_a_download_ends_nothing() {
        after(0).store(issued(LicenseType.DOWNLOAD, "PT48H", null, null));
        after(60)
                .store(
                        new SessionStarted(
                                SESSION,
                                LICENSE,
                                new TitleId("glow"),
                                new DeviceId("phone"),
                                LicenseType.DOWNLOAD,
                                at.minusSeconds(300),
                                at,
                                null,
                                ALIVE,
                                "maxPlaybacksPerTitlePerYear",
                                1));
    }

    @ParameterizedTest
    @EnumSource
    void a_session_of_a_device_whose_clock_was_reset(LicenseType type) {
        after(0).store(issued(type, "PT48H", "PT4H", null));
        var reset = Instant.parse("2015-01-01T00:00:00Z");
        after(1).store(new SessionPaused(SESSION, reset, at));
        after(1).store(
                        new LicenseFirstPlayed(LICENSE, at, at),
                        new SessionStarted(
                                SESSION,
                                LICENSE,
                                new TitleId("glow"),
                                new DeviceId("phone"),
                                type,
                                reset,
                                at,
                                at,
                                ALIVE,
                                null,
                                1));
        after(1).store(new SessionResumed(SESSION, reset.plusSeconds(1), at));
        after(1).store(new SessionKeptAlive(SESSION, at.plusSeconds(30), at));
        after(1).store(new SessionStopped(SESSION, at.plusSeconds(30), at, StopCause.PLAYER));
        after(1).store(new SessionStopped(SESSION, Instant.EPOCH, at, StopCause.PLAYER));
    }

    @Test
    void a_license_whose_title_ends_earlier_and_then_later() throws SQLException {
        after(0).ownTitleEnds(null);
        after(1).store(issued(LicenseType.DOWNLOAD, "PT720H", null, null));
        after(60).ownTitleEnds(START.plus(3, ChronoUnit.DAYS));
        after(60).ownTitleEnds(START.plus(2, ChronoUnit.DAYS));
        after(3 * 24 * 60).ownTitleEnds(START.plus(10, ChronoUnit.DAYS));
        after(60).store(new LicenseReleased(LICENSE, at, ReleaseCause.MEMBER, null));
        after(60).ownTitleEnds(START.plus(4, ChronoUnit.DAYS));
    }

    @Test
    void a_license_that_ends_before_its_title() throws SQLException {
        after(0).ownTitleEnds(START.plus(5, ChronoUnit.DAYS));
        after(1).store(issued(LicenseType.DOWNLOAD, "PT48H", null, "PT24H"));
        after(60).ownTitleEnds(START.plus(4, ChronoUnit.DAYS));
    }

    @Test
    void a_session_that_is_stopped_before_its_start_is_known() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null));
        after(1).store(new SessionStopped(SESSION, Instant.EPOCH, at, StopCause.PLAYER));
        after(1).store(started(SESSION, ALIVE));
    }

    @Test
    void a_license_whose_id_returns() {
        after(0).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(SESSION, ALIVE));
        var second = new SessionId("second");
        after(30).store(issued(LicenseType.STREAMING, "PT24H", null, null), started(second, ALIVE));
        after(1).store(keptAlive(second));
    }

    @Test
    void a_command_that_ends_two_licenses_is_seen_whole() {
        var second = new LicenseId("second");
        after(0).store(
                        new DeviceActivated(new DeviceId("phone"), "Phone", at),
                        issued(LicenseType.DOWNLOAD, "PT48H", null, null));
        after(1).store(new DeviceRenamed(new DeviceId("phone"), "Old phone", at), issued(second));
        after(1).store(
                        new DeviceDeactivated(new DeviceId("phone"), at, 1),
                        new LicenseReleased(LICENSE, at, ReleaseCause.DEVICE_DEACTIVATED, null),
                        new LicenseReleased(second, at, ReleaseCause.DEVICE_DEACTIVATED, null));
    }

    @Test
    void a_license_that_was_granted_hours_before_it_is_stored() {
        after(0).store(
                        new DeviceActivated(
                                new DeviceId("phone"), "Phone", at.minusSeconds(10_800)));
        after(1).store(
                        granted(at.minusSeconds(10_740), at.plusSeconds(60)),
                        reconciled(at.plusSeconds(60), "maxDownloadDevices"));
        after(60)
                .store(
                        new LicenseRenewed(
                                LICENSE, at.minusSeconds(600), at.plusSeconds(86_400), 2),
                        reconciled(at.plusSeconds(86_400), "licenseActive"));
        after(60)
                .store(
                        new LicenseReleased(
                                LICENSE,
                                at.minusSeconds(600),
                                ReleaseCause.DEVICE_DEACTIVATED,
                                null));
    }

    @Test
    void a_stream_that_was_granted_hours_before_it_is_stored() {
        var granted = issued(LicenseType.STREAMING, "PT24H", null, "PT182M");
        after(180).store(granted, reconciled(at.plusSeconds(60)));
        after(1).store(new LicenseFirstPlayed(LICENSE, START, at), started(SESSION, ALIVE));
        after(1).store(keptAlive(SESSION));
    }

    @Test
    void a_license_over_its_limit_is_shown_with_the_rules_that_it_broke() throws SQLException {
        after(0).store(
                        granted(at.minusSeconds(3_600), at.plusSeconds(60)),
                        reconciled(at.plusSeconds(60), "maxDownloadDevices", "renewAfter"));
        after(1).store(reconciled(at));

        assertThat(inSql(OVER_LIMIT, at))
                .isEqualTo(
                        Map.of(
                                LICENSE.value(),
                                "%s phone at %s until %s {maxDownloadDevices,renewAfter} 2"
                                        .formatted(ownTitle, START, START.plusSeconds(60))));
    }

    private LicenseIssued granted(Instant issuedAt, Instant until) {
        return new LicenseIssued(
                LICENSE,
                ownTitle,
                new StudioId("acme"),
                new DeviceId("phone"),
                LicenseType.DOWNLOAD,
                new PlanId("standard"),
                issuedAt,
                until,
                null,
                null,
                1);
    }

    private ProvisionalLicenseReconciled reconciled(Instant until, String... broken) {
        return new ProvisionalLicenseReconciled(LICENSE, at, until, List.of(broken));
    }

    private AccountInSqlTest after(int minutes) {
        at = at.plus(minutes, ChronoUnit.MINUTES);
        moments.add(at);
        return this;
    }

    /** Stores a version of this test's title, which ends at a time; null: never. */
    private void ownTitleEnds(Instant end) throws SQLException {
        ownTitleEnds.put(at, Optional.ofNullable(end));
        try (var connection = SharedDatabase.get().connect(Role.TALLY_OWNER);
                var insert =
                        connection.prepareStatement(
                                """
                                insert into tally.title_history
                                    (title_id, version, name, studio_id, availability_end, changed_at)
                                values (?, ?, 'Glow', 'acme', ?, ?)
                                """)) {
            insert.setString(1, ownTitle.value());
            insert.setInt(2, ownTitleEnds.size());
            insert.setObject(3, end == null ? null : end.atOffset(ZoneOffset.UTC));
            insert.setObject(4, at.atOffset(ZoneOffset.UTC));
            insert.execute();
        }
    }

    /** Stores the events of one command. */
    private void store(CustomerEvent... events) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        stores.store()
                .append(
                        history,
                        CommandId.generated("command-" + ++commands),
                        null,
                        history.timeOf(at),
                        Arrays.stream(events).map(Record.class::cast).toList());
    }

    private LicenseIssued issued(LicenseId license) {
        return new LicenseIssued(
                license,
                new TitleId("glow"),
                new StudioId("acme"),
                new DeviceId("phone"),
                LicenseType.DOWNLOAD,
                new PlanId("standard"),
                at,
                null,
                null,
                null,
                1);
    }

    private LicenseIssued issued(LicenseType type, String rental, String playback, String hold) {
        return new LicenseIssued(
                LICENSE,
                ownTitle,
                new StudioId("acme"),
                new DeviceId("phone"),
                type,
                new PlanId("standard"),
                at,
                rental == null ? null : at.plus(Duration.parse(rental)),
                playback == null ? null : Duration.parse(playback),
                hold == null ? null : at.plus(Duration.parse(hold)),
                1);
    }

    private SessionStarted started(SessionId session, Duration aliveFor) {
        return new SessionStarted(
                session,
                LICENSE,
                new TitleId("glow"),
                new DeviceId("phone"),
                LicenseType.STREAMING,
                at,
                at,
                null,
                aliveFor,
                null,
                1);
    }

    private SessionKeptAlive keptAlive(SessionId session) {
        return new SessionKeptAlive(session, at, at);
    }

    private SessionStopped stopped(SessionId session, Instant when, StopCause cause) {
        return new SessionStopped(session, when, at, cause);
    }

    private Account account(Instant asOf) {
        var account = stores.store().readAsOf(customer, asOf, AccountModel.FOLD).state();
        var version = ownTitleEnds.floorEntry(asOf);
        return version == null || version.getValue().isEmpty()
                ? account
                : account.endingWith(Map.of(ownTitle, version.getValue().get()));
    }

    private static Set<Instant> ends(Account account) {
        return Stream.concat(
                        account.licenses().byId().values().stream().map(License::expiresAt),
                        account.sessions().byId().values().stream().map(Session::aliveUntil))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private void compareAsOf(Instant time) throws SQLException {
        var account = account(time);
        var licenses = new TreeMap<String, String>();
        for (var license : account.licenses().byId().values()) {
            SEEN.add(license.stateAt(time));
            licenses.put(license.id().value(), text(license, time));
        }
        var sessions = new TreeMap<String, String>();
        for (var session : account.sessions().byId().values()) {
            SESSIONS_SEEN.add(session.stateAt(time));
            sessions.put(session.id().value(), text(session, time));
        }
        assertThat(inSql(LICENSES, time)).as("licenses at %s", time).isEqualTo(licenses);
        assertThat(inSql(SESSIONS, time)).as("sessions at %s", time).isEqualTo(sessions);
        if (time.equals(moments.last())) compareDevices(account, time);
    }

    private void compareDevices(Account account, Instant time) throws SQLException {
        var devices = new TreeMap<String, String>();
        account.devices()
                .all()
                .forEach(
                        d ->
                                devices.put(
                                        d.id().value(),
                                        "%s %s %s"
                                                .formatted(
                                                        d.name(),
                                                        d.activatedAt(),
                                                        d.deactivatedAt())));
        assertThat(inSql(DEVICES, time)).isEqualTo(devices);
    }

    private static String text(License license, Instant time) {
        return "%s %s issued %s expires %s played %s renewed %d by %d"
                .formatted(
                        license.type(),
                        license.stateAt(time),
                        license.issuedAt(),
                        license.expiresAt(),
                        license.firstPlayedAt(),
                        license.renewals(),
                        license.policyVersion());
    }

    private static String text(Session session, Instant time) {
        return "%s sign %s alive %s stopped %s %s"
                .formatted(
                        session.stateAt(time),
                        session.lastSignAt(),
                        session.aliveUntil(),
                        session.stoppedAt(),
                        session.stop() == null ? null : session.stop().cause());
    }

    /** A query about one customer as of a time, and the function that reads its rows. */
    private record Asked(String sql, Reading reading) {}

    private interface Reading {
        String of(ResultSet row) throws SQLException;
    }

    /**
     * The query for licenses. If an id was used more than once, it returns the latest license, as
     * the account does.
     */
    private static final Asked LICENSES =
            new Asked(
                    """
                    select distinct on (license_id) license_id as id, *
                    from tally.licenses_at(?) where customer_id = ?
                    order by license_id, issued_at desc
                    """,
                    row ->
                            "%s %s issued %s expires %s played %s renewed %d by %d"
                                    .formatted(
                                            row.getString("license_type"),
                                            row.getString("state"),
                                            time(row, "issued_at"),
                                            time(row, "expires_at"),
                                            time(row, "first_played_at"),
                                            row.getInt("renewals"),
                                            row.getInt("policy_version")));

    private static final Asked SESSIONS =
            new Asked(
                    "select session_id as id, * from tally.sessions_at(?) where customer_id = ?",
                    row ->
                            "%s sign %s alive %s stopped %s %s"
                                    .formatted(
                                            row.getString("state"),
                                            time(row, "last_sign_at"),
                                            time(row, "alive_until"),
                                            time(row, "stopped_at"),
                                            row.getString("stop_cause")));

    private static final Asked OVER_LIMIT =
            new Asked(
                    """
                    select license_id as id, * from tally.license_over_limit
                    where event_time <= ? and customer_id = ?
                    """,
                    row ->
                            "%s %s at %s until %s %s %s"
                                    .formatted(
                                            row.getString("title_id"),
                                            row.getString("device_id"),
                                            time(row, "reconciled_at"),
                                            time(row, "provisional_until"),
                                            row.getString("rules"),
                                            row.getString("event_id")));

    private static final Asked DOWNLOADS =
            new Asked(
                    """
                    select download_id as id, * from tally.download_counted
                    where event_time <= ? and customer_id = ?
                    """,
                    row -> time(row, "waived_at") + " " + row.getString("waive_reason"));

    private static final Asked POLICIES =
            new Asked(
                    """
                    select version::text as id, * from tally.customer_policy
                    where event_time <= ? and customer_id = ?
                    """,
                    row ->
                            row.getString("settings")
                                    + " "
                                    + time(row, "valid_from")
                                    + " "
                                    + row.getBoolean("removed"));

    private static final Asked DEVICES =
            new Asked(
                    """
                    select device_id as id, * from tally.device_current
                    where ?::timestamptz is not null and customer_id = ?
                    """,
                    row ->
                            "%s %s %s"
                                    .formatted(
                                            row.getString("name"),
                                            time(row, "activated_at"),
                                            time(row, "deactivated_at")));

    private Map<String, String> inSql(Asked asked, Instant time) throws SQLException {
        try (var connection = SharedDatabase.get().connect(Role.TALLY_READER);
                var query = connection.prepareStatement(asked.sql)) {
            query.setObject(1, time.atOffset(ZoneOffset.UTC));
            query.setString(2, customer);
            var found = new TreeMap<String, String>();
            try (var row = query.executeQuery()) {
                while (row.next()) {
                    assertThat(found.put(row.getString("id"), asked.reading.of(row))).isNull();
                }
            }
            return found;
        }
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
