package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.partitions.Partition.State;
import dev.tally.eventstore.partitions.Partition.Trait;
import dev.tally.eventstore.partitions.Step.BeginCopy;
import dev.tally.eventstore.partitions.Step.BeginRewrite;
import dev.tally.eventstore.partitions.Step.BeginSift;
import dev.tally.eventstore.partitions.Step.CopyBatch;
import dev.tally.eventstore.partitions.Step.Create;
import dev.tally.eventstore.partitions.Step.DropRetired;
import dev.tally.eventstore.partitions.Step.Repair;
import dev.tally.eventstore.partitions.Step.Retire;
import dev.tally.eventstore.partitions.Step.RollForward;
import dev.tally.eventstore.partitions.Step.SiftBatch;
import dev.tally.eventstore.partitions.Step.Swap;
import dev.tally.eventstore.partitions.Step.VerifyBatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class LifecycleTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final String ARCHIVE = "archive";
    private static final Period TWO_YEARS = Period.ofYears(2);

    private final List<Partition> partitions = new ArrayList<>();

    @Test
    void a_month_leaves_the_hot_tier_when_it_ended_a_window_ago() {
        given("2026-08", State.HOT);
        assertThat(nextAt("2026-11-30T23:59:59Z")).isEmpty();

        assertThat(nextAt("2026-12-01T00:00:00Z")).contains(rollForward("2026-08"));
    }

    @Test
    void months_leave_in_their_order() {
        given("2026-07", State.HOT);
        given("2026-06", State.HOT);

        assertThat(next()).contains(rollForward("2026-06"));
    }

    @Test
    void a_month_that_an_operator_asks_for_takes_the_older_ones_with_it() {
        given("2026-09", State.HOT);
        requested("2026-10");
        given("2026-11", State.HOT);
        assertThat(next()).contains(rollForward("2026-09"));

        partitions.removeIf(p -> p.name().endsWith("2026-09"));
        assertThat(next()).contains(rollForward("2026-10"));

        partitions.removeIf(p -> p.name().endsWith("2026-10"));
        assertThat(next()).isEmpty();
    }

    @Test
    void a_month_that_is_not_over_stays_hot_whoever_asks() {
        given("2026-10", State.HOT);
        requested("2026-11");

        assertThat(next()).isEmpty();
        assertThat(nextAt("2026-12-01T00:59:59Z")).isEmpty();
        assertThat(nextAt("2026-12-01T01:00:00Z")).contains(rollForward("2026-10"));
    }

    @Test
    void nothing_is_copied_before_all_that_is_due_has_left_the_hot_tier() {
        given("2026-06", State.MARKED);
        given("2026-07", State.HOT);

        assertThat(next()).contains(rollForward("2026-07"));
    }

    @Test
    void a_marked_partition_is_copied_compared_and_swapped() {
        assertThat(nextOf(State.MARKED)).contains(new BeginCopy("event_2026-06"));
        assertThat(nextOf(State.COPYING)).contains(new CopyBatch("event_2026-06"));
        assertThat(nextOf(State.VERIFYING)).contains(new VerifyBatch("event_2026-06"));
        assertThat(nextOf(State.COPIED)).contains(new Swap("event_2026-06"));
        assertThat(nextOf(State.ARCHIVED)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"MARKED", "COPYING", "VERIFYING", "COPIED"})
    void without_a_tablespace_nothing_is_moved(State state) {
        given("2026-06", state);

        assertThat(next(NOW, settings(null), Set.of())).isEmpty();
    }

    @Test
    void nothing_is_retired_without_a_retention() {
        given("2016-06", State.ARCHIVED);

        assertThat(next()).isEmpty();
    }

    @Test
    void a_month_is_retired_when_it_ended_a_retention_ago() {
        given("2024-11", State.ARCHIVED);

        assertThat(nextAt("2026-11-30T23:59:59Z", TWO_YEARS)).isEmpty();
        assertThat(nextAt("2026-12-01T00:00:00Z", TWO_YEARS))
                .contains(new BeginSift("event_2024-11"));
    }

    @Test
    void a_month_past_retention_is_sifted_retired_and_dropped_after_the_grace() {
        assertThat(nextOfOld(State.ARCHIVED)).contains(new BeginSift("event_2016-06"));
        assertThat(nextOfOld(State.SIFTING)).contains(new SiftBatch("event_2016-06"));
        assertThat(nextOfOld(State.SIFTED)).contains(new Retire("event_2016-06"));
        assertThat(nextOfOld(State.RETIRED)).isEmpty();

        detachedAt("2026-10-22T10:00:01Z");
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
        detachedAt("2026-10-22T10:00:00Z");
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).contains(new DropRetired("event_2016-06"));
    }

    @Test
    void what_stayed_is_sifted_again_a_year_later_unless_nothing_did() {
        retiredSince("2025-11-21T10:00:01Z", false);
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
        retiredSince("2025-11-21T10:00:00Z", false);
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).contains(new BeginSift("event_2016-06"));
        retiredSince("2025-11-21T10:00:00Z", true);
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"ARCHIVED", "SIFTING", "SIFTED", "RETIRED"})
    void under_legal_hold_nothing_goes(State state) {
        add("2016-06", state, NOW, Instant.EPOCH, Trait.HELD);
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();

        partitions.clear();
        add("2016-06", state, Instant.EPOCH, null, Trait.HELD);
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
    }

    @Test
    void what_is_marked_is_moved_before_it_is_retired_where_there_is_a_tablespace() {
        given("2016-06", State.MARKED);

        assertThat(nextAt(NOW.toString(), TWO_YEARS)).contains(new BeginCopy("event_2016-06"));
        assertThat(next(NOW, settings(null, TWO_YEARS), Set.of()))
                .contains(new BeginSift("event_2016-06"));
    }

    @Test
    void what_failed_keeps_nothing_else() {
        given("2026-05", State.COPYING);
        given("2026-06", State.COPIED);
        given("2026-07", State.HOT);

        assertThat(next("event_2026-06")).contains(rollForward("2026-07"));
        assertThat(next("event_2026-06", "event_2026-07")).contains(new CopyBatch("event_2026-05"));
    }

    @Test
    void what_frees_space_comes_before_what_needs_it() {
        given("2026-05", State.COPYING);
        given("2026-07", State.HOT);
        given("2026-06", State.COPIED);
        given("2016-07", State.SIFTING);
        given("2016-06", State.SIFTED);
        add("2016-05", State.RETIRED, NOW, Instant.parse("2026-10-22T10:00:00Z"));

        var order = new ArrayList<Step>();
        var failed = new HashSet<String>();
        for (var step = nextOld(failed); step.isPresent(); step = nextOld(failed)) {
            order.add(step.get());
            failed.add(step.get().subject());
        }

        assertThat(order)
                .containsExactly(
                        new DropRetired("event_2016-05"),
                        new Retire("event_2016-06"),
                        new Swap("event_2026-06"),
                        rollForward("2026-07"),
                        new CopyBatch("event_2026-05"),
                        new SiftBatch("event_2016-07"));
    }

    private Optional<Step> nextOld(Set<String> failed) {
        return next(NOW, settings(ARCHIVE, TWO_YEARS), failed);
    }

    @Test
    void a_partition_in_a_state_of_a_newer_version_is_left_alone() {
        assertThat(State.of("FROZEN")).isEqualTo(State.UNKNOWN);
        assertThat(State.of("ARCHIVED")).isEqualTo(State.ARCHIVED);
        given("2016-06", State.of("FROZEN"));
        given("2026-06", State.COPYING);

        assertThat(nextAt(NOW.toString(), TWO_YEARS)).contains(new CopyBatch("event_2026-06"));
        partitions.removeLast();
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
    }

    @Test
    void what_is_missing_of_the_months_ahead_is_made() {
        partitions.add(named("event_2026_11"));
        partitions.add(named("snapshot_2026_11"));
        partitions.add(named("event_2027_01"));

        assertThat(Lifecycle.ahead(partitions, NOW, settings(ARCHIVE)))
                .containsExactly(
                        create("event", "2026-12"),
                        create("snapshot", "2026-12"),
                        create("snapshot", "2027-01"),
                        create("event", "2027-02"),
                        create("snapshot", "2027-02"));
    }

    @Test
    void what_was_dropped_or_detached_of_the_months_that_take_appends_is_repaired_first() {
        add("2026-11", State.MISSING, NOW, null, Trait.REPAIRABLE, Trait.IN_HOT_TIER);
        add("2026-06", State.MISSING, NOW, null, Trait.REPAIRABLE);

        assertThat(Lifecycle.ahead(partitions, NOW, settings(ARCHIVE)).getFirst())
                .isEqualTo(new Repair("event_2026-11"));
        assertThat(Lifecycle.ahead(partitions, NOW, settings(ARCHIVE)))
                .doesNotContain(new Repair("event_2026-06"));
        assertThat(next("event_2026-11")).contains(new Repair("event_2026-06"));
    }

    @Test
    void a_missing_month_keeps_the_younger_ones_from_leaving_the_hot_tier_and_from_retiring() {
        add("2016-06", State.MISSING, NOW, null, Trait.IN_HOT_TIER);
        given("2016-07", State.HOT);
        given("2016-08", State.ARCHIVED);
        given("2016-05", State.ARCHIVED);

        assertThat(nextAt(NOW.toString(), TWO_YEARS)).contains(new BeginSift("event_2016-05"));
        partitions.removeLast();
        assertThat(nextAt(NOW.toString(), TWO_YEARS)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"HOT", "ARCHIVED", "RETIRED"})
    void a_partition_that_rows_were_erased_from_is_written_anew(State state) {
        add("2026-10", state, NOW, null, Trait.TO_REWRITE);
        assertThat(next()).contains(new BeginRewrite("event_2026-10"));

        partitions.clear();
        add("2026-10", State.MARKED, NOW, null, Trait.BEING_REWRITTEN, Trait.TO_REWRITE);
        assertThat(next(NOW, settings(null), Set.of())).contains(new BeginCopy("event_2026-10"));
        partitions.clear();
        add("2026-10", State.COPIED, NOW, null, Trait.BEING_REWRITTEN, Trait.TO_REWRITE);
        assertThat(next(NOW, settings(null), Set.of())).contains(new Swap("event_2026-10"));
    }

    @Test
    void a_month_that_takes_appends_or_is_about_to_move_is_not_written_anew_before() {
        add("2026-11", State.HOT, NOW, null, Trait.TO_REWRITE);
        assertThat(next()).isEmpty();

        partitions.clear();
        add("2026-06", State.HOT, NOW, null, Trait.TO_REWRITE);
        assertThat(next()).contains(rollForward("2026-06"));
        partitions.clear();
        add("2026-06", State.MARKED, NOW, null, Trait.TO_REWRITE);
        assertThat(next()).contains(new BeginCopy("event_2026-06"));
        assertThat(next(NOW, settings(null), Set.of())).contains(new BeginRewrite("event_2026-06"));
    }

    @Test
    void a_month_that_is_being_written_anew_is_neither_rolled_forward_nor_sifted_meanwhile() {
        add("2016-06", State.VERIFYING, NOW, null, Trait.BEING_REWRITTEN, Trait.IN_HOT_TIER);
        given("2016-07", State.HOT);
        assertThat(next()).contains(new VerifyBatch("event_2016-06"));
        assertThat(next("event_2016-06")).isEmpty();

        partitions.clear();
        add("2016-06", State.MARKED, NOW, null, Trait.BEING_REWRITTEN);
        assertThat(next(NOW, settings(null, TWO_YEARS), Set.of("event_2016-06"))).isEmpty();
        assertThat(next(NOW, settings(null, TWO_YEARS), Set.of()))
                .contains(new BeginCopy("event_2016-06"));
    }

    private static Create create(String table, String month) {
        return new Create(
                table + "_" + month.replace('-', '_'), table, start(YearMonth.parse(month)));
    }

    private static Partition named(String name) {
        return new Partition(name, NOW, NOW, State.HOT, NOW, null, Set.of(Trait.IN_HOT_TIER));
    }

    @Test
    void a_month_that_failed_keeps_the_younger_ones_hot() {
        given("2026-06", State.HOT);
        given("2026-07", State.HOT);

        assertThat(next("event_2026-06")).isEmpty();
    }

    private void given(String month, State state) {
        add(month, state, NOW, null);
    }

    private void requested(String month) {
        add(month, State.HOT, NOW, null, Trait.REQUESTED);
    }

    private static Partition partition(
            String month, State state, Instant since, Instant detachedAt, Trait... traits) {
        var first = YearMonth.parse(month);
        var all = EnumSet.noneOf(Trait.class);
        all.addAll(List.of(traits));
        if (state == State.HOT) all.add(Trait.IN_HOT_TIER);
        return new Partition(
                "event_" + month,
                start(first),
                start(first.plusMonths(1)),
                state,
                since,
                detachedAt,
                all);
    }

    private void add(
            String month, State state, Instant since, Instant detachedAt, Trait... traits) {
        partitions.add(partition(month, state, since, detachedAt, traits));
    }

    private void detachedAt(String time) {
        partitions.clear();
        add("2016-06", State.RETIRED, NOW, Instant.parse(time));
    }

    private void retiredSince(String time, boolean empty) {
        partitions.clear();
        var traits = empty ? new Trait[] {Trait.EMPTY} : new Trait[0];
        add("2016-06", State.RETIRED, Instant.parse(time), null, traits);
    }

    private Optional<Step> nextOfOld(State state) {
        partitions.clear();
        given("2016-06", state);
        return nextAt(NOW.toString(), TWO_YEARS);
    }

    private static RollForward rollForward(String month) {
        return new RollForward("event_" + month, start(YearMonth.parse(month)));
    }

    private static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private Optional<Step> nextOf(State state) {
        partitions.clear();
        given("2026-06", state);
        return next();
    }

    private Optional<Step> next(String... failed) {
        return next(NOW, settings(ARCHIVE), Set.of(failed));
    }

    private Optional<Step> nextAt(String now) {
        return next(Instant.parse(now), settings(ARCHIVE), Set.of());
    }

    private Optional<Step> nextAt(String now, Period retention) {
        return next(Instant.parse(now), settings(ARCHIVE, retention), Set.of());
    }

    private Optional<Step> next(Instant now, ArchiveSettings settings, Set<String> failed) {
        return Lifecycle.nextToFree(partitions, now, settings, failed)
                .or(() -> Lifecycle.next(partitions, now, settings, failed));
    }

    private static ArchiveSettings settings(String tablespace) {
        return settings(tablespace, null);
    }

    private static ArchiveSettings settings(String tablespace, Period retention) {
        return new ArchiveSettings(
                3,
                Period.ofMonths(3),
                tablespace,
                retention,
                Period.ofDays(30),
                Period.ofDays(7),
                100,
                Duration.ZERO,
                100,
                Period.ofDays(90));
    }
}
