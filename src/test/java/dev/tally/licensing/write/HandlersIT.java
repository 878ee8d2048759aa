package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.availability.StoreState;
import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.eventstore.WrongVersion;
import dev.tally.http.Deployments;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported.Result;
import dev.tally.licensing.domain.Rule;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.runtime.Ids;

import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.MetricID;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.container.annotation.ArquillianTest;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Tests the handlers with their transactions in the container, on PostgreSQL, with a clock that the
 * tests set. The numbers are those of the package documentation of {@code licensing} and {@code
 * eventstore}.
 */
@ArquillianTest
class HandlersIT {

    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final String EVERY_ROW =
            """
            select 'head', last_seq from tally.customer where customer_id = c.id
            union all select 'event', seq from tally.event where customer_id = c.id
            union all select 'snapshot', seq from tally.snapshot where customer_id = c.id
            """;

    @Inject Member member;
    @Inject StoreState store;
    @Inject Catalog catalog;
    @Inject TestClock clock;
    @Inject Rivals rivals;
    @Inject Work work;
    @Inject Dba dba;
    @Inject MetricRegistry metrics;
    @Inject LicensingQueries queries;

    /**
     * The start of each test. It is later than now, so that its month has partitions, and never on
     * 29 February.
     */
    private final Instant start =
            ZonedDateTime.now(ZoneOffset.UTC)
                    .plusMonths(1)
                    .withDayOfMonth(1)
                    .with(LocalTime.NOON)
                    .toInstant();

    private final TitleId glow = new TitleId("glow-" + Ids.next());
    private final TitleId dark = new TitleId("dark-" + Ids.next());
    private final TitleId narcos = new TitleId("narcos-" + Ids.next());

    @Deployment
    static WebArchive application() {
        return Deployments.tallyWith(
                HandlersIT.class,
                Deployments.class,
                Member.class,
                TestClock.class,
                Rivals.class,
                Rivals.BeforeAppend.class,
                Work.class,
                Dba.class);
    }

    @BeforeEach
    void a_catalogue_and_a_clock() {
        clock.set(start);
        rivals.clear();
        awaitStore();
        dba.createPartitions(start, 15);
        catalog.put(List.of(title(glow), title(dark), title(narcos)));
    }

    /** The node asks its database once it has found it migrated, and reads policies first. */
    private void awaitStore() {
        var until = Instant.now().plus(LIMIT);
        while (store.isAway() || !hasPolicies()) {
            assertThat(Instant.now()).isBefore(until);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** False while another thread of a node that has just started reads them for too long. */
    private boolean hasPolicies() {
        try {
            var unused = catalog.policies();
            return true;
        } catch (StoreUnavailable e) {
            return false;
        }
    }

    /** Licensing 1, event store 2. */
    @Test
    void an_acquire_is_one_append_of_three_aggregates() {
        member.acquire(glow, "phone");

        assertThat(
                        rows(
                                """
                                select aggregate_type, seq, position = min(position) over (),
                                    event_time = min(event_time) over (), caller
                                from tally.event where customer_id = c.id order by seq
                                """))
                .containsExactly("(1,1,t,t,edge:tests)", "(2,2,t,t,)", "(3,3,t,t,)");
    }

    /** Licensing 1. */
    @Test
    void what_fails_after_the_append_leaves_nothing() {
        var decided = new ArrayList<Decision>();

        assertThatThrownBy(
                        () ->
                                work.failAfter(
                                        () ->
                                                decided.add(
                                                        member.acquire(glow, "phone").decision())))
                .hasMessage("after the append");

        assertThat(decided).hasOnlyElementsOfType(Allowed.class).hasSize(1);
        assertThat(rows(EVERY_ROW)).isEmpty();
        assertThat(member.acquire(glow, "phone").decision()).isInstanceOf(Allowed.class);
    }

    /** Licensing 1: the database refuses the events after the head was updated. */
    @Test
    void an_event_without_a_partition_leaves_nothing() {
        clock.pass(DAY.multipliedBy(36_500));

        assertThatThrownBy(() -> member.acquire(glow, "phone"))
                .hasStackTraceContaining("no partition of relation");

        assertThat(rows(EVERY_ROW)).isEmpty();
    }

    /** Licensing 10: the rival takes the last download that the limit allows. */
    @Test
    void who_loses_a_race_is_decided_anew() {
        policy(glow, Map.of(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 1));
        rivals.comesFirst(
                () -> work.apart(() -> member.acquireOutOfTurn(glow, "tablet", Ids.next())));

        var outcome = member.acquire(glow, "phone");

        assertThat(outcome.decision()).isInstanceOf(Denied.class);
        assertThat(rivals.left()).isZero();
        assertThat(member.licenses()).extracting(l -> l.device().value()).containsExactly("tablet");
    }

    /** Licensing 10, event store 1. */
    @Test
    void who_loses_a_race_follows_the_winner() {
        member.acquire(narcos, "phone");
        rivals.comesFirst(
                () -> work.apart(() -> member.acquireOutOfTurn(glow, "tablet", Ids.next())));

        assertThat(member.acquire(dark, "phone").decision()).isInstanceOf(Allowed.class);

        assertThat(sequence()).isEqualTo(oneTo(3 + 3 + 2));
        assertThat(member.licenses())
                .extracting(License::title)
                .containsExactlyInAnyOrder(narcos, glow, dark);
    }

    /** Licensing 10. */
    @Test
    void who_loses_every_race_is_told_so() {
        var titles = titles(5);
        titles.forEach(
                title ->
                        rivals.comesFirst(
                                () ->
                                        work.apart(
                                                () ->
                                                        member.acquireOutOfTurn(
                                                                title, "tablet", Ids.next()))));

        assertThatThrownBy(() -> member.acquire(glow, "phone"))
                .isInstanceOfSatisfying(
                        Busy.class,
                        e -> assertThat(e.reason()).isEqualTo(Busy.Reason.LOST_EVERY_RACE));

        assertThat(rivals.left()).isZero();
        assertThat(member.licenses())
                .extracting(License::title)
                .containsExactlyInAnyOrderElementsOf(titles);
    }

    /** Licensing 4 and 5. */
    @Test
    void a_year_after_the_first_of_five_downloads_another_is_allowed() {
        for (int i = 0; i < 5; i++) {
            assertThat(member.acquire(glow, "phone").decision()).isInstanceOf(Allowed.class);
            clock.pass(DAY.multipliedBy(40));
        }
        var aYearLater = start.atZone(ZoneOffset.UTC).plusYears(1).toInstant();

        assertDeniedUntil(aYearLater);
        clock.set(aYearLater.minusMillis(1));
        assertDeniedUntil(aYearLater);
        clock.set(aYearLater);
        assertThat(member.acquire(glow, "phone").decision()).isInstanceOf(Allowed.class);
    }

    /** Licensing 6 and 9. */
    @Test
    void a_license_that_is_not_confirmed_lapses_and_counts_for_nothing() {
        var before = member.acquire(dark, "phone").license();
        clock.pass(Duration.ofMillis(1));
        var hold = Duration.ofHours(1);
        policy(glow, Map.of(PolicyKey.UNCONFIRMED_HOLD, hold));

        for (int i = 0; i < 6; i++) {
            var unconfirmed = member.acquire(glow, "phone").license();
            assertThat(unconfirmed.expiresAt()).isEqualTo(clock.instant().plus(hold));
            clock.pass(hold);
            assertThat(member.confirm(unconfirmed.id()).decision()).isInstanceOf(Denied.class);
        }
        var outcome = member.acquire(glow, "phone");
        assertThat(used(outcome)).isEqualTo(1);
        var confirmed = member.confirm(outcome.license().id()).license();

        assertThat(confirmed.expiresAt()).isEqualTo(clock.instant().plus(DAY.multipliedBy(30)));
        clock.pass(hold);
        assertThat(used(member.acquire(glow, "tablet"))).isEqualTo(2);
        assertThat(confirmed.stateAt(clock.instant())).isEqualTo(State.CONFIRMED);
        assertThat(before.isActiveAt(clock.instant())).isTrue();
    }

    /** Licensing 7. */
    @Test
    void a_device_goes_with_all_its_licenses_in_one_append() {
        member.acquire(glow, "phone");
        member.acquire(dark, "phone");
        member.acquire(narcos, "tablet");
        clock.pass(DAY);

        var outcome = member.deactivate("phone", Ids.next());

        assertThat(released(outcome)).hasSize(2);
        assertThat(
                        rows(
                                """
                                select event, count(*), count(distinct event_time)
                                from tally.event_history where customer_id = c.id and event_time =
                                    (select last_time from tally.customer where customer_id = c.id)
                                group by event order by event
                                """))
                .containsExactly("(DeviceDeactivated,1,1)", "(LicenseReleased,2,1)");
        assertThat(
                        member.licenses().stream()
                                .filter(license -> license.isActiveAt(clock.instant()))
                                .map(License::title))
                .containsExactly(narcos);
    }

    /** Licensing 7, playback 8. */
    @Test
    void a_device_goes_with_its_running_sessions_in_one_append() {
        var download = member.acquire(glow, "tv").license().id();
        var stream = member.stream(dark, "tv").license().id();
        member.start("a download", download, null);
        member.start("a stream", stream, null);
        member.start("elsewhere", member.acquire(narcos, "tablet").license().id(), null);

        member.deactivate("tv", Ids.next());

        assertThat(
                        rows(
                                """
                                select event, count(*), count(distinct event_time)
                                from tally.event_history where customer_id = c.id and event_time =
                                    (select last_time from tally.customer where customer_id = c.id)
                                group by event order by event
                                """))
                .containsExactly(
                        "(DeviceDeactivated,1,1)", "(LicenseReleased,2,1)", "(SessionStopped,2,1)");
        assertThat(
                        rows(
                                """
                                select session_id, stop_cause from tally.sessions_at('infinity')
                                where customer_id = c.id order by session_id
                                """))
                .containsExactly(
                        "(\"a download\",DEVICE_DEACTIVATED)",
                        "(\"a stream\",DEVICE_DEACTIVATED)",
                        "(elsewhere,)");
    }

    /** Playback 1 and 5: 48 hours after first play, and a year of playbacks. */
    @Test
    void a_download_plays_for_its_window_and_a_title_so_often_a_year() {
        policy(glow, Map.of(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 2));
        var license = member.acquire(glow, "phone").license().id();
        clock.pass(DAY.multipliedBy(5));
        assertThat(member.start("s1", license, null)).isEqualTo(Result.RECORDED);
        clock.pass(DAY.multipliedBy(2).minusMillis(1));
        assertThat(member.start("s2", license, null)).isEqualTo(Result.RECORDED);
        assertThat(member.start("s3", license, null)).isEqualTo(Result.DENIED);
        clock.pass(Duration.ofMillis(1));
        assertThat(member.licenses().getFirst().stateAt(clock.instant())).isEqualTo(State.EXPIRED);

        assertThat(member.acquire(glow, "phone").decision()).isInstanceOf(Denied.class);
        clock.set(start.plus(DAY.multipliedBy(5)).atZone(ZoneOffset.UTC).plusYears(1).toInstant());
        assertThat(member.acquire(glow, "phone").decision()).isInstanceOf(Allowed.class);
    }

    /** Playback 3: the report is so late that the account has dropped license and session. */
    @Test
    void what_is_reported_months_later_is_known_and_counted_once() {
        var license = member.acquire(glow, "phone").license().id();
        var played = start.plus(DAY);
        clock.pass(DAY.multipliedBy(100));
        assertThat(member.start("trip", license, played)).isEqualTo(Result.RECORDED);
        clock.pass(DAY.multipliedBy(40));
        for (int i = 0; i < 60; i++) {
            member.say(i % 2 == 0 ? Kind.PAUSE : Kind.RESUME, "another");
            clock.pass(DAY);
        }

        assertThat(member.start("trip", license, played)).isEqualTo(Result.DUPLICATE);
    }

    @Test
    void a_head_moves_with_each_append() {
        for (int i = 1; i <= 3; i++) {
            work.append(member.id(), issued("l" + i));
            clock.pass(DAY);
            assertThat(
                            rows(
                                    """
                                    select generation, last_seq, revision -
                                        (select extract(epoch from max(event_time)) * 1000000
                                         from tally.event where customer_id = c.id)::bigint,
                                        last_time = (select max(event_time) from tally.event
                                         where customer_id = c.id)
                                    from tally.customer where customer_id = c.id
                                    """))
                    .containsExactly("(1," + i + ",0,t)");
        }
        assertThat(sequence()).isEqualTo(oneTo(3));
    }

    /** Event store 1, 4 and 5. */
    @Test
    void a_long_history_is_read_by_its_last_generation_and_without_snapshot_from_all() {
        for (int i = 1; i <= 125; i++) {
            work.append(member.id(), issued("l" + i));
        }

        assertThat(sequence()).isEqualTo(oneTo(125));
        assertThat(rows("select seq from tally.snapshot where customer_id = c.id order by seq"))
                .first()
                .isEqualTo("(50)");
        var history = work.read(member.id());
        assertThat(history.state().licenses().byId()).hasSize(125);

        dba.update(
                "update tally.snapshot set snapshot_data = '\\x01ff' where customer_id = ?",
                member.id());
        var countedBefore = replays();
        // This has the effect of an append by another node: the account in memory is outdated.
        dba.update(
                "update tally.customer set revision = revision + 1 where customer_id = ?",
                member.id());
        var replayed = queries.account(new CustomerId(member.id()), clock.instant());
        assertThat(replays()).isEqualTo(countedBefore + 1);
        assertThat(replayed.account()).isEqualTo(history.state());
    }

    private long replays() {
        return metrics.getCounter(new MetricID("tally.snapshot.replays")).getCount();
    }

    /** Licensing 11, event store 1 and 3: every second thread is another node, without turns. */
    @Test
    void commands_at_once_are_all_stored_one_after_the_other() {
        var threads = 16;
        var each = 5;
        var titles = titles(threads * each);
        var lost = new AtomicInteger();

        work.atOnce(
                threads,
                thread -> {
                    for (var title : titles.subList(thread * each, (thread + 1) * each)) {
                        var device = "device-" + thread % 4;
                        while (!isStored(thread % 2 == 0, title, device)) {
                            lost.incrementAndGet();
                        }
                    }
                });

        assertThat(lost.get()).as("races there were").isPositive();
        assertThat(sequence()).isEqualTo(oneTo(2 * threads * each + 4));
        assertThat(
                        rows(
                                """
                                select event_time from tally.event
                                where customer_id = c.id and command_id is not null
                                """))
                .hasSize(threads * each)
                .doesNotHaveDuplicates();
        assertThat(member.licenses()).hasSize(threads * each);
    }

    /** Licensing 3. */
    @Test
    void the_same_key_has_the_same_answer() {
        var first = member.acquire(glow, "phone", "key");
        member.acquire(dark, "phone");
        clock.pass(Duration.ofHours(1));
        var written = rows(EVERY_ROW);

        assertSame(member.acquire(glow, "phone", "key"), first);
        assertThat(rows(EVERY_ROW)).isEqualTo(written);
    }

    /** Licensing 3. */
    @Test
    void the_same_key_with_another_request_is_refused() {
        member.acquire(glow, "phone", "key");
        var written = rows(EVERY_ROW);

        assertKeyReused(() -> member.acquire(glow, "tablet", "key"));
        assertKeyReused(() -> member.acquire(dark, "phone", "key"));
        assertKeyReused(() -> member.deactivate("phone", "key"));
        assertThat(rows(EVERY_ROW)).isEqualTo(written);
    }

    /** Licensing 3, event store 5. */
    @Test
    void a_key_is_known_after_a_snapshot() {
        var first = member.acquire(glow, "phone", "key");
        for (int i = 0; i < 60; i++) {
            clock.pass(Duration.ofMillis(1));
            member.renew(first.license().id());
        }
        assertThat(rows("select seq from tally.snapshot where customer_id = c.id")).isNotEmpty();

        assertSame(member.acquire(glow, "phone", "key"), first);
        assertKeyReused(() -> member.acquire(dark, "phone", "key"));
    }

    /** Licensing 3: the command's events are the last of the generation that they close. */
    @Test
    void a_command_that_closes_a_generation_is_answered_again() {
        var license = member.acquire(dark, "phone").license().id();
        for (int i = 0; i < 46; i++) {
            clock.pass(Duration.ofMillis(1));
            member.renew(license);
        }
        var first = member.acquire(glow, "tablet", "key");
        assertThat(rows("select seq from tally.snapshot where customer_id = c.id"))
                .containsExactly("(52)");

        assertSame(member.acquire(glow, "tablet", "key"), first);
    }

    /** Licensing 3 and 7. */
    @Test
    void a_deactivation_that_closes_a_generation_names_the_same_licenses_again() {
        var license = member.acquire(dark, "phone").license().id();
        for (int i = 0; i < 46; i++) {
            clock.pass(Duration.ofMillis(1));
            member.renew(license);
        }
        var first = member.deactivate("phone", "key");
        assertThat(released(first)).containsExactly(license);

        assertThat(released(member.deactivate("phone", "key"))).containsExactly(license);
    }

    private boolean isStored(boolean inTurn, TitleId title, String device) {
        try {
            var outcome =
                    inTurn
                            ? member.acquire(title, device)
                            : member.acquireOutOfTurn(title, device, Ids.next());
            assertThat(outcome.decision()).isInstanceOf(Allowed.class);
            return true;
        } catch (WrongVersion e) {
            return false;
        } catch (Busy e) {
            assertThat(e.reason()).isEqualTo(Busy.Reason.LOST_EVERY_RACE);
            return false;
        }
    }

    private void assertDeniedUntil(Instant nextAllowedAt) {
        assertThat(member.acquire(glow, "phone").decision())
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> {
                            assertThat(denied.violations()).hasSize(1);
                            var violated = denied.violations().getFirst();
                            assertThat(violated.rule())
                                    .isEqualTo(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR);
                            assertThat(violated.used()).isEqualTo(5);
                            assertThat(violated.nextAllowedAt()).isEqualTo(nextAllowedAt);
                        });
    }

    /**
     * Compares two outcomes without the rules, which were evaluated only once, and without the
     * version, which is the current one.
     */
    private static void assertSame(LicenseOutcome again, LicenseOutcome first) {
        assertThat(again.license()).isEqualTo(first.license());
        assertThat(again.quotas()).isEqualTo(first.quotas());
        assertThat(again.at()).isEqualTo(first.at());
        assertThat(((Allowed) again.decision()).events())
                .isEqualTo(((Allowed) first.decision()).events());
    }

    private static void assertKeyReused(Runnable command) {
        assertThatThrownBy(command::run)
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.reason()).isEqualTo(Reason.KEY_REUSED));
    }

    private static List<LicenseId> released(Outcome outcome) {
        return ((Allowed) outcome.decision())
                .events().stream()
                        .filter(LicenseReleased.class::isInstance)
                        .map(event -> ((LicenseReleased) event).license())
                        .toList();
    }

    private static int used(LicenseOutcome outcome) {
        return outcome.quotas().stream()
                .filter(quota -> quota.rule() == Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR)
                .findFirst()
                .orElseThrow()
                .used();
    }

    private void policy(TitleId title, Map<PolicyKey, Object> settings) {
        assertThat(catalog.put(Scope.TITLE, title.value(), 0, settings, clock.instant()))
                .isPresent();
    }

    private List<TitleId> titles(int count) {
        var titles =
                IntStream.range(0, count)
                        .mapToObj(i -> title(new TitleId("title-" + i + "-" + Ids.next())))
                        .toList();
        catalog.put(titles);
        return titles.stream().map(Title::id).toList();
    }

    private static Title title(TitleId id) {
        return new Title(id, id.value(), new StudioId("studio"), null, null);
    }

    private LicenseIssued issued(String id) {
        return new LicenseIssued(
                new LicenseId(id),
                glow,
                new StudioId("studio"),
                new DeviceId("phone"),
                LicenseType.DOWNLOAD,
                Member.PLAN,
                clock.instant(),
                null,
                null,
                null,
                1);
    }

    private List<String> sequence() {
        return rows("select seq from tally.event where customer_id = c.id order by seq");
    }

    private static List<String> oneTo(int last) {
        return IntStream.rangeClosed(1, last).mapToObj(i -> "(" + i + ")").toList();
    }

    private List<String> rows(String sql) {
        return dba.rows(sql, member.id());
    }
}
