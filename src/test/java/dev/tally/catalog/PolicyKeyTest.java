package dev.tally.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class PolicyKeyTest {

    /**
     * The published defaults, as the documentation of the product lists them. They must not be
     * changed.
     */
    private static final String DEFAULTS =
            """
            maxDownloadDevices             4
            maxActiveDownloadsPerDevice    100
            maxActiveDownloadsPerCustomer  null
            maxActiveDownloadsPerStudio    null
            maxDownloadsPerTitlePerYear    5
            yearWindow                     ROLLING
            countRenewals                  false
            maxPlaybacksPerTitlePerYear    null
            maxRenewals                    null
            rentalDuration                 P30D
            playbackDuration               PT48H
            renewAfter                     PT0S
            renewalBasis                   FROM_NOW
            maxDeactivationsPerYear        4
            maxConcurrentStreams           4
            keepaliveInterval              PT1M
            keepaliveGrace                 PT1M
            clockSkewTolerance             PT5M
            provisionalDuration            PT24H
            maxProvisionalPerDevice        10
            maxProvisionalPerCustomer      40
            unconfirmedHold                null
            """;

    private static final List<PolicyKey> CHOICES =
            List.of(PolicyKey.YEAR_WINDOW, PolicyKey.COUNT_RENEWALS, PolicyKey.RENEWAL_BASIS);

    /** Catalog 5. To change a default, write a new version of the global policy. */
    @Test
    void a_default_never_changes() {
        var defaults =
                Arrays.stream(PolicyKey.values())
                        .map(key -> "%-30s %s".formatted(key.label(), json(key.defaultValue())))
                        .toList();

        assertThat(defaults).containsExactlyElementsOf(DEFAULTS.lines().toList());
    }

    private static Object json(Object value) {
        return PolicyKey.toJson(value);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_000_000})
    void a_count_is_a_whole_number_up_to_a_million(int count) {
        assertThat(PolicyKey.MAX_RENEWALS.parse(count)).isEqualTo(count);
    }

    @ParameterizedTest
    @MethodSource
    void no_other_value_is_a_count(Object json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.MAX_RENEWALS.parse(json))
                .withMessage("maxRenewals must be a whole number from 0 to 1000000 or null");
    }

    static Stream<Object> no_other_value_is_a_count() {
        return Stream.of(
                -1, 1_000_001, 3L, 1.5, BigInteger.TWO, "5", "", true, List.of(), Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.001S", "P30D", "PT48H", "P1DT12H", "P3660D"})
    void a_duration_is_iso_8601_up_to_ten_years(String text) {
        assertThat(PolicyKey.RENTAL_DURATION.parse(text)).isEqualTo(Duration.parse(text));
    }

    @ParameterizedTest
    @MethodSource
    void no_other_value_is_a_duration(Object json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.RENTAL_DURATION.parse(json))
                .withMessage(
                        "rentalDuration must be an ISO 8601 duration of days and time,"
                                + " from PT0S to P3660D, down to milliseconds, or null");
    }

    static Stream<Object> no_other_value_is_a_duration() {
        return Stream.of(
                "P1Y",
                "P1M",
                "30 days",
                "",
                "PT-1S",
                "-P1D",
                "P3660DT0.001S",
                "PT0.0001S",
                "P99999999999999999999D",
                30,
                true);
    }

    @Test
    void a_hold_is_shorter_than_any_year_that_counts_it() {
        assertThat(PolicyKey.UNCONFIRMED_HOLD.parse("P90D")).isEqualTo(Duration.ofDays(90));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.UNCONFIRMED_HOLD.parse("P90DT0.001S"))
                .withMessageContaining("unconfirmedHold")
                .withMessageContaining("to P90D,");
    }

    @Test
    void a_choice_is_one_of_its_names() {
        assertThat(PolicyKey.YEAR_WINDOW.parse("ROLLING")).isEqualTo(YearWindow.ROLLING);
        assertThat(PolicyKey.YEAR_WINDOW.parse("FROM_FIRST_DOWNLOAD"))
                .isEqualTo(YearWindow.FROM_FIRST_DOWNLOAD);
        assertThat(PolicyKey.RENEWAL_BASIS.parse("FROM_NOW")).isEqualTo(RenewalBasis.FROM_NOW);
        assertThat(PolicyKey.RENEWAL_BASIS.parse("FROM_EXPIRY"))
                .isEqualTo(RenewalBasis.FROM_EXPIRY);
        assertThat(PolicyKey.COUNT_RENEWALS.parse(true)).isEqualTo(true);
        assertThat(PolicyKey.COUNT_RENEWALS.parse(false)).isEqualTo(false);
    }

    @Test
    void a_choice_of_another_name_is_told_the_names() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.YEAR_WINDOW.parse("rolling"))
                .withMessage("yearWindow must be one of [ROLLING, FROM_FIRST_DOWNLOAD]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.RENEWAL_BASIS.parse(1))
                .withMessage("renewalBasis must be one of [FROM_NOW, FROM_EXPIRY]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyKey.COUNT_RENEWALS.parse("true"))
                .withMessage("countRenewals must be true or false");
    }

    @ParameterizedTest
    @EnumSource
    void null_is_no_limit_but_no_choice(PolicyKey key) {
        if (CHOICES.contains(key)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> key.parse(null))
                    .withMessageStartingWith(key.label() + " must be ")
                    .withMessageNotContaining("null");
        } else {
            assertThat(key.parse(null)).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_key_is_found_by_its_label(PolicyKey key) {
        assertThat(PolicyKey.of(key.label())).contains(key);
        assertThat(PolicyKey.of(key.name())).isEmpty();
    }

    @Test
    void a_parsed_value_is_written_as_it_was_read() {
        var json = Arrays.<Object>asList(7, "PT48H", true, "FROM_EXPIRY", null);
        var keys =
                List.of(
                        PolicyKey.MAX_RENEWALS,
                        PolicyKey.PLAYBACK_DURATION,
                        PolicyKey.COUNT_RENEWALS,
                        PolicyKey.RENEWAL_BASIS,
                        PolicyKey.UNCONFIRMED_HOLD);
        for (int i = 0; i < json.size(); i++) {
            assertThat(PolicyKey.toJson(keys.get(i).parse(json.get(i)))).isEqualTo(json.get(i));
        }
    }
}
