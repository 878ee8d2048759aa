package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR;
import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.catalog.PolicyKey.MAX_RENEWALS;
import static dev.tally.catalog.PolicyKey.RENTAL_DURATION;
import static dev.tally.catalog.Scope.GLOBAL;
import static dev.tally.catalog.Scope.PLAN;
import static dev.tally.catalog.Scope.STUDIO;
import static dev.tally.catalog.Scope.TITLE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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
    private static final PolicyDocument DEFAULTS =
            new PolicyDocument(GLOBAL, Scope.GLOBAL_ID, 1, ShippedPolicies.global(), Instant.EPOCH);

    @Test
    void title_wins_over_studio_over_plan_over_global() {
        var global = limit(GLOBAL, Scope.GLOBAL_ID, 4);
        var plan = limit(PLAN, "basic", 3);
        var studio = limit(STUDIO, "Acme", 2);
        var title = limit(TITLE, "Glow", 1);

        assertThat(devices(global)).isEqualTo(4);
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
                        .inForce(GLOW, BASIC);

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
        var policy = with(document(TITLE, "Glow", 2, lifted)).inForce(GLOW, BASIC);

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

        assertThat(policies.inForce(GLOW, BASIC).version()).isEqualTo(7);
        assertThat(policies.inForce(GLOW, null).version()).isEqualTo(5);
        assertThat(policies.inForce(null, null).version()).isEqualTo(1);
    }

    @Test
    void a_policy_may_set_nothing() {
        assertThat(with(document(TITLE, "Glow", 2, Map.of())).inForce(GLOW, BASIC).settings())
                .isEqualTo(with().inForce(GLOW, BASIC).settings());
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

        assertThat(policies.inForce(GLOW, BASIC).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(4);
    }

    @Test
    void without_a_title_or_a_plan_the_others_apply() {
        var policies = with(limit(PLAN, "basic", 3), limit(TITLE, "Glow", 1));

        assertThat(policies.inForce(null, BASIC).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(3);
        assertThat(policies.inForce(GLOW, null).limit(MAX_DOWNLOAD_DEVICES)).isEqualTo(1);
        assertThat(policies.inForce(null, new PlanId("none")).limit(MAX_DOWNLOAD_DEVICES))
                .isEqualTo(4);
    }

    @Test
    void a_plan_is_known_by_its_policy() {
        var policies = with(document(PLAN, "basic", 2, Map.of()), limit(STUDIO, "premium", 1));

        assertThat(policies.hasPlan(BASIC)).isTrue();
        assertThat(policies.hasPlan(new PlanId("premium"))).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void a_key_that_is_set_nowhere_is_a_fault(PolicyKey key) {
        var settings = new EnumMap<>(ShippedPolicies.global());
        settings.remove(key);
        var policies = new PolicySet(List.of(document(GLOBAL, Scope.GLOBAL_ID, 1, settings)));

        assertThatIllegalStateException()
                .isThrownBy(() -> policies.inForce(GLOW, BASIC))
                .withMessage("the global policy does not set " + key.label());
    }

    @Test
    void a_policy_shows_only_the_keys_it_sets_in_order_and_null_among_them() {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        settings.put(RENTAL_DURATION, Duration.ofDays(7));
        settings.put(MAX_DOWNLOAD_DEVICES, null);
        var json = document(TITLE, "Glow", 2, settings).settingsAsJson();

        assertThat(json.keySet()).containsExactly("maxDownloadDevices", "rentalDuration");
        assertThat(json).containsEntry("maxDownloadDevices", null);
        assertThat(json).containsEntry("rentalDuration", "P7D");
    }

    private static Integer devices(PolicyDocument... documents) {
        return with(documents).inForce(GLOW, BASIC).limit(MAX_DOWNLOAD_DEVICES);
    }

    /** Later documents replace earlier ones of the same scope and id: the defaults are first. */
    private static PolicySet with(PolicyDocument... documents) {
        return new PolicySet(Stream.concat(Stream.of(DEFAULTS), Stream.of(documents)).toList());
    }

    private static PolicyDocument limit(Scope scope, String id, int devices) {
        if (scope == GLOBAL) {
            var settings = ShippedPolicies.global();
            settings.put(MAX_DOWNLOAD_DEVICES, devices);
            return document(scope, id, 1, settings);
        }
        return document(scope, id, 1, Map.of(MAX_DOWNLOAD_DEVICES, devices));
    }

    private static PolicyDocument document(
            Scope scope, String id, int version, Map<PolicyKey, Object> settings) {
        return new PolicyDocument(scope, id, version, settings, Instant.EPOCH);
    }
}
