package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.catalog.PolicyKey.MAX_RENEWALS;
import static dev.tally.catalog.PolicyKey.RENTAL_DURATION;
import static dev.tally.catalog.PolicyKey.YEAR_WINDOW;
import static dev.tally.catalog.Scope.GLOBAL;
import static dev.tally.catalog.Scope.PLAN;
import static dev.tally.catalog.Scope.STUDIO;
import static dev.tally.catalog.Scope.TITLE;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class PolicySetTest {

    private static final Title GLOW =
            new Title(new TitleId("Glow"), "Glow", new StudioId("Acme"), null, null);
    private static final PlanId BASIC = new PlanId("basic");
    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
    private static final Map<PolicyKey, Object> SHIPPED = ShippedPolicies.global();
    private static final PolicyDocument DEFAULTS = document(GLOBAL, Scope.GLOBAL_ID, 1, SHIPPED);

    @Test
    void title_wins_over_studio_over_plan_over_global() {
        var global = limit(GLOBAL, Scope.GLOBAL_ID, 2, 8, NOW);
        var plan = limit(PLAN, "basic", 3);
        var studio = limit(STUDIO, "Acme", 2);
        var title = limit(TITLE, "Glow", 1);

        assertThat(devices(global)).isEqualTo(8);
        assertThat(devices(global, plan)).isEqualTo(3);
        assertThat(devices(global, plan, studio)).isEqualTo(2);
        assertThat(devices(title, studio, plan, global)).isEqualTo(1);
    }

    @Test
    void each_key_is_resolved_for_itself_and_names_its_scope() {
        var policy =
                with(
                                document(PLAN, "basic", 2, Map.of(MAX_DOWNLOAD_DEVICES, 1)),
                                document(STUDIO, "Acme", 3, Map.of(MAX_RENEWALS, 3)),
                                document(
                                        TITLE,
                                        "Glow",
                                        4,
                                        Map.of(RENTAL_DURATION, Duration.ofDays(7))))
                        .inForce(GLOW, BASIC, NOW);

        assertThat(policy.limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(1);
        assertThat(policy.scope(MAX_DOWNLOAD_DEVICES)).isEqualTo(PLAN);
        assertThat(policy.limit(MAX_RENEWALS)).isEqualTo(3);
        assertThat(policy.scope(MAX_RENEWALS)).isEqualTo(STUDIO);
        assertThat(policy.duration(RENTAL_DURATION)).isEqualTo(Duration.ofDays(7));
        assertThat(policy.scope(RENTAL_DURATION)).isEqualTo(TITLE);
        assertThat(policy.limit(MAX_DOWNLOADS_PER_TITLE_PER_YEAR)).isEqualTo(5);
        assertThat(policy.scope(MAX_DOWNLOADS_PER_TITLE_PER_YEAR)).isEqualTo(GLOBAL);
    }

    @Test
    void null_lifts_a_limit_and_an_absent_key_inherits_it() {
        var lifted = Collections.<PolicyKey, Object>singletonMap(MAX_DOWNLOAD_DEVICES, null);
        var policy = with(document(TITLE, "Glow", 2, lifted)).inForce(GLOW, BASIC, NOW);

        assertThat(policy.limit(MAX_DOWNLOAD_DEVICES)).isNull();
        assertThat(policy.scope(MAX_DOWNLOAD_DEVICES)).isEqualTo(TITLE);
        assertThat(policy.limit(MAX_DOWNLOADS_PER_TITLE_PER_YEAR)).isEqualTo(5);
    }

    @Test
    void the_version_is_the_newest_of_the_policies_that_apply() {
        var policies =
                with(
                        document(PLAN, "basic", 7, Map.of()),
                        document(STUDIO, "Acme", 5, Map.of()),
                        document(PLAN, "premium", 8, Map.of()),
                        document(TITLE, "Other", 9, Map.of()));

        assertThat(policies.inForce(GLOW, BASIC, NOW).version()).isEqualTo(7);
        assertThat(policies.inForce(GLOW, null, NOW).version()).isEqualTo(5);
        assertThat(policies.inForce(null, null, NOW).version()).isEqualTo(1);
    }

    /** Catalog 7. */
    @Test
    void a_policy_that_is_removed_leaves_its_keys_to_the_less_specific_ones() {
        var removed = PolicyDocument.removal(TITLE, "Glow", 9, NOW);
        var policies = with(limit(PLAN, "basic", 3), limit(TITLE, "Glow", 1), removed);

        assertThat(policies.inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(3);
        assertThat(policies.inForce(GLOW, BASIC, NOW).version()).isEqualTo(9);
        var before = policies.inForce(GLOW, BASIC, NOW.minusMillis(1));
        assertThat(before.limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(1);
    }

    /** Catalog 7. */
    @Test
    void without_the_global_policy_the_defaults_apply() {
        var policies =
                set(
                        limit(GLOBAL, Scope.GLOBAL_ID, 1, 9, Instant.EPOCH),
                        PolicyDocument.removal(GLOBAL, Scope.GLOBAL_ID, 2, NOW));

        assertThat(policies.inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(4);
    }

    @Test
    void a_plan_that_is_removed_or_begins_later_is_none() {
        var removed = set(limit(PLAN, "basic", 1), PolicyDocument.removal(PLAN, "basic", 2, NOW));
        assertThat(removed.hasPlan(BASIC, NOW.minusMillis(1))).isTrue();
        assertThat(removed.hasPlan(BASIC, NOW)).isFalse();
        var later = set(limit(PLAN, "basic", 1, 3, NOW));
        assertThat(later.hasPlan(BASIC, NOW.minusMillis(1))).isFalse();
        assertThat(later.hasPlan(BASIC, NOW)).isTrue();
    }

    /** Catalog 2. */
    @Test
    void a_version_that_is_written_later_supersedes_one_that_was_to_begin() {
        var policies =
                set(
                        limit(PLAN, "basic", 1, 1, Instant.EPOCH),
                        limit(PLAN, "basic", 2, 2, NOW.plusSeconds(60)),
                        limit(PLAN, "basic", 3, 3, NOW));

        assertThat(policies.inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(3);
        assertThat(policies.inForce(GLOW, BASIC, NOW.plusSeconds(90)).limit(MAX_DOWNLOAD_DEVICES))
                .isEqualTo(3);
    }

    @Test
    void a_policy_may_set_nothing() {
        assertThat(with(document(TITLE, "Glow", 2, Map.of())).inForce(GLOW, BASIC, NOW).settings())
                .isEqualTo(with().inForce(GLOW, BASIC, NOW).settings());
    }

    @Test
    void policies_of_other_titles_studios_and_plans_do_not_apply() {
        var policies =
                with(
                        limit(TITLE, "Other", 9),
                        limit(STUDIO, "Other", 9),
                        limit(PLAN, "premium", 9),
                        limit(TITLE, "Acme", 9),
                        limit(STUDIO, "Glow", 9),
                        limit(PLAN, "Glow", 9));

        assertThat(policies.inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(4);
    }

    @Test
    void without_a_title_or_a_plan_the_others_apply() {
        var policies = with(limit(PLAN, "basic", 3), limit(TITLE, "Glow", 1));

        assertThat(policies.inForce(null, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(3);
        assertThat(policies.inForce(GLOW, null, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(1);
        assertThat(policies.inForce(null, new PlanId("none"), NOW).limit(MAX_DOWNLOAD_DEVICES))
                .isEqualTo(4);
    }

    @Test
    void a_plan_is_known_by_its_policy() {
        var policies = with(document(PLAN, "basic", 2, Map.of()), limit(STUDIO, "premium", 1));

        assertThat(policies.hasPlan(BASIC, NOW)).isTrue();
        assertThat(policies.hasPlan(new PlanId("premium"), NOW)).isFalse();
    }

    /** Catalog 5. */
    @ParameterizedTest
    @EnumSource
    void a_key_that_no_policy_sets_has_its_default(PolicyKey key) {
        var settings = new EnumMap<>(SHIPPED);
        settings.remove(key);
        var policy = set(document(GLOBAL, Scope.GLOBAL_ID, 1, settings)).inForce(GLOW, BASIC, NOW);

        assertThat(policy.settings().get(key))
                .isEqualTo(new Policy.Setting(key.defaultValue(), GLOBAL));
    }

    @Test
    void without_any_policy_all_is_default_under_version_0() {
        var policy = set().inForce(GLOW, BASIC, NOW);

        assertThat(policy).isEqualTo(ShippedPolicies.policy(0, GLOBAL, SHIPPED));
    }

    /** Catalog 2. */
    @Test
    void in_force_is_the_newest_version_that_had_begun() {
        var first = limit(PLAN, "basic", 2, 1, NOW);
        var second = limit(PLAN, "basic", 3, 2, NOW.plusSeconds(1));
        var policies = with(first, second);

        assertThat(policies.inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(1);
        assertThat(policies.inForce(GLOW, BASIC, NOW.plusMillis(999)).version()).isEqualTo(2);
        assertThat(policies.inForce(GLOW, BASIC, NOW.plusSeconds(1)).version()).isEqualTo(3);
        assertThat(policies.inForce(GLOW, BASIC, NOW.minusMillis(1)).version()).isEqualTo(1);
        assertThat(policies.newest(PLAN, "basic")).contains(second);
        assertThat(policies.newest()).containsExactlyInAnyOrder(DEFAULTS, second);
    }

    /** Two nodes wrote the versions, and the clock of the first node was ahead. */
    @Test
    void a_later_version_that_begins_earlier_is_in_force_from_its_own_begin() {
        var ahead = limit(PLAN, "basic", 2, 1, NOW.plusSeconds(600));
        var policies = with(ahead, limit(PLAN, "basic", 3, 2, NOW));

        assertThat(policies.inForce(GLOW, BASIC, NOW).version()).isEqualTo(3);
        assertThat(policies.inForce(GLOW, BASIC, NOW.plusSeconds(600)).version()).isEqualTo(3);
    }

    @Test
    void a_plan_is_known_once_its_policy_has_begun() {
        var policies = with(limit(PLAN, "new", 2, 1, NOW));

        assertThat(policies.hasPlan(new PlanId("new"), NOW.minusMillis(1))).isFalse();
        assertThat(policies.hasPlan(new PlanId("new"), NOW)).isTrue();
    }

    /** Catalog 6. */
    @Test
    void a_policy_key_that_this_node_does_not_know_changes_no_decision() {
        var json = Map.<String, Object>of("maxDownloadDevices", 1, "maxProfiles", 2);
        var policies = with(read(TITLE, "Glow", 2, json));

        assertThat(policies.inForce(GLOW, BASIC, NOW))
                .isEqualTo(
                        with(document(TITLE, "Glow", 2, Map.of(MAX_DOWNLOAD_DEVICES, 1)))
                                .inForce(GLOW, BASIC, NOW));
        assertThat(policies.newest(TITLE, "Glow").orElseThrow().settings().unknown())
                .isEqualTo(Map.of("maxProfiles", 2));
    }

    /** Catalog 6. The key is known, but a newer release allows more values for it. */
    @Test
    void a_value_that_does_not_fit_its_key_leaves_it_to_the_less_specific_policies() {
        var json =
                Map.<String, Object>of("yearWindow", "CALENDAR", "maxDownloadDevices", 2_000_000);
        var policies = with(limit(PLAN, "basic", 3), read(TITLE, "Glow", 2, json));
        var policy = policies.inForce(GLOW, BASIC, NOW);

        assertThat(policy.yearWindow()).isEqualTo(YearWindow.ROLLING);
        assertThat(policy.scope(YEAR_WINDOW)).isEqualTo(GLOBAL);
        assertThat(policy.limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(3);
        assertThat(policy.scope(MAX_DOWNLOAD_DEVICES)).isEqualTo(PLAN);
        assertThat(policies.newest(TITLE, "Glow").orElseThrow().settings().unknown())
                .isEqualTo(json);
    }

    @Test
    void a_policy_shows_only_the_keys_it_sets_in_order_and_null_among_them() {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        settings.put(RENTAL_DURATION, Duration.ofDays(7));
        settings.put(MAX_DOWNLOAD_DEVICES, null);
        var json = PolicySettings.of(settings).knownAsJson();

        assertThat(json.keySet()).containsExactly("maxDownloadDevices", "rentalDuration");
        assertThat(json).containsEntry("maxDownloadDevices", null);
        assertThat(json).containsEntry("rentalDuration", "P7D");
        assertThat(PolicySettings.read(json)).isEqualTo(PolicySettings.of(settings));
    }

    private static Integer devices(PolicyDocument... documents) {
        return with(documents).inForce(GLOW, BASIC, NOW).limit(MAX_DOWNLOAD_DEVICES);
    }

    /** A policy set of the defaults and the given policies. */
    private static PolicySet with(PolicyDocument... documents) {
        return new PolicySet(Stream.concat(Stream.of(DEFAULTS), Stream.of(documents)).toList());
    }

    private static PolicySet set(PolicyDocument... documents) {
        return new PolicySet(List.of(documents));
    }

    private static PolicyDocument limit(Scope scope, String id, int devices) {
        return limit(scope, id, 1, devices, Instant.EPOCH);
    }

    private static PolicyDocument limit(
            Scope scope, String id, int version, int devices, Instant validFrom) {
        var settings = PolicySettings.of(Map.of(MAX_DOWNLOAD_DEVICES, devices));
        return new PolicyDocument(scope, id, version, settings, validFrom);
    }

    private static PolicyDocument document(
            Scope scope, String id, int version, Map<PolicyKey, Object> settings) {
        return new PolicyDocument(scope, id, version, PolicySettings.of(settings), Instant.EPOCH);
    }

    private static PolicyDocument read(
            Scope scope, String id, int version, Map<String, Object> json) {
        return new PolicyDocument(scope, id, version, PolicySettings.read(json), Instant.EPOCH);
    }
}
