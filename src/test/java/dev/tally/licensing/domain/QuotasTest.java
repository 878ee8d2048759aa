package dev.tally.licensing.domain;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.YEAR;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.downloads;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Facts.within;
import static dev.tally.licensing.domain.Scenario.given;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tally.ids.DeviceId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Scenario.Given;

import org.junit.jupiter.api.Test;

import java.util.List;

class QuotasTest {

    private static Given some() {
        return given(
                license("L1").of("Acme/1").on("phone").until(in(days(3))),
                license("L2").of("Zeta/1").on("tablet").until(in(days(5))),
                downloads("Acme/2", 3, within(YEAR)),
                deactivated("old", ago(days(9))));
    }

    @Test
    void they_are_limit_and_use_of_all_that_counts() {
        assertThat(quotas(some(), "Acme/2", "phone"))
                .extracting(Evaluation::rule, Evaluation::limit, Evaluation::used)
                .containsExactly(
                        tuple(Rule.MAX_DOWNLOAD_DEVICES, 4, 2),
                        tuple(Rule.MAX_ACTIVE_DOWNLOADS_PER_DEVICE, 100, 1),
                        tuple(Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER, null, 2),
                        tuple(Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO, null, 1),
                        tuple(Rule.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, 5, 3),
                        tuple(Rule.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, null, 0),
                        tuple(Rule.MAX_DEACTIVATIONS_PER_YEAR, 4, 1),
                        tuple(Rule.MAX_CONCURRENT_STREAMS, 4, 0));
    }

    @Test
    void without_title_and_device_they_are_those_of_the_customer() {
        assertThat(quotas(some(), null, null))
                .extracting(Evaluation::rule)
                .containsExactly(
                        Rule.MAX_DOWNLOAD_DEVICES,
                        Rule.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                        Rule.MAX_DEACTIVATIONS_PER_YEAR,
                        Rule.MAX_CONCURRENT_STREAMS);
    }

    @Test
    void a_used_up_budget_tells_when_there_is_room_again() {
        var devices = quotas(some().under(MAX_DOWNLOAD_DEVICES, 2), null, null).getFirst();

        assertThat(devices.satisfied()).isFalse();
        assertThat(devices.nextAllowedAt()).isEqualTo(in(days(3)));
    }

    private static List<Evaluation> quotas(Given given, String title, String device) {
        var world = given.world(Scenario.account(given.events()));
        return Licensing.quotas(
                world.account(),
                title == null ? null : world.titles().apply(new TitleId(title)),
                world.policy(),
                device == null ? null : new DeviceId(device),
                NOW);
    }
}
