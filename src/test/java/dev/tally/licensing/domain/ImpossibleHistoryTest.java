package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.in;
import static dev.tally.licensing.domain.Facts.license;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Facts.Fact;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.events.DownloadEvent.DownloadConfirmed;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseConfirmed;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;

import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/** A history that is impossible means corruption, so folding it fails. */
class ImpossibleHistoryTest {

    private static final LicenseId L1 = new LicenseId("L1");
    private static final DeviceId PHONE = new DeviceId("phone");
    private static final LicenseFirstPlayed FIRST_PLAYED =
            new LicenseFirstPlayed(L1, ago(hours(2)), NOW);

    static Stream<LicenseEvent> acts() {
        return Stream.of(
                new LicenseConfirmed(L1, NOW, null),
                new LicenseRenewed(L1, NOW, in(days(1)), 1),
                new LicenseReleased(L1, NOW, ReleaseCause.MEMBER, null),
                new LicenseRevoked(L1, NOW, null));
    }

    @Test
    void a_license_is_issued_once() {
        assertThatFolding(license("L1"), license("L1")).withMessage("license L1 was issued twice");
    }

    @ParameterizedTest
    @MethodSource("acts")
    void a_license_that_was_never_issued_does_not_change(LicenseEvent change) {
        assertThatFolding(license("L2"), () -> List.of(change))
                .withMessage(change.getClass().getSimpleName() + ": there is no license L1");
    }

    @Test
    void a_first_play_may_be_reported_when_the_license_has_been_let_go() {
        assertThat(Licenses.evolve(Licenses.NONE, "1", FIRST_PLAYED)).isEqualTo(Licenses.NONE);
    }

    @ParameterizedTest
    @MethodSource("acts")
    void a_license_that_was_released_is_acted_on_no_more(LicenseEvent act) {
        assertThatFolding(license("L1").releasedAt(ago(hours(1))), () -> List.of(act))
                .withMessage(act.getClass().getSimpleName() + ": license L1 was RELEASED");
    }

    @ParameterizedTest
    @MethodSource("acts")
    void a_license_that_was_revoked_is_acted_on_no_more(LicenseEvent act) {
        assertThatFolding(license("L1").revokedAt(ago(hours(1))), () -> List.of(act))
                .withMessage(act.getClass().getSimpleName() + ": license L1 was REVOKED");
    }

    @Test
    void a_first_play_may_be_reported_after_the_release() {
        var account = fold(license("L1").releasedAt(ago(hours(1))), () -> List.of(FIRST_PLAYED));

        var license = account.licenses().find(L1).orElseThrow();
        assertThat(license.stateAt(NOW)).isEqualTo(State.RELEASED);
        assertThat(license.firstPlayedAt()).isEqualTo(ago(hours(2)));
    }

    @Test
    void only_a_counted_download_is_confirmed() {
        assertThatFolding(
                        () ->
                                List.of(
                                        new DownloadConfirmed(
                                                new DownloadId("D1"), new TitleId("Glow"), NOW)))
                .withMessage("no download D1 to confirm");
    }

    @Test
    void an_active_device_is_not_activated() {
        assertThatFolding(activated("phone", ago(days(2))), activated("phone", ago(days(1))))
                .withMessage("device phone was activated twice");
    }

    @Test
    void only_an_active_device_is_renamed_or_deactivated() {
        var renamed = new DeviceRenamed(PHONE, "Nora's", NOW);
        var off = new DeviceDeactivated(PHONE, NOW, 1);

        assertThatFolding(() -> List.of(renamed))
                .withMessage("DeviceRenamed: there is no active device phone");
        assertThatFolding(() -> List.of(off))
                .withMessage("DeviceDeactivated: there is no active device phone");
        assertThatFolding(deactivated("phone", ago(days(1))), () -> List.of(renamed))
                .withMessage("DeviceRenamed: there is no active device phone");
        assertThatFolding(deactivated("phone", ago(days(1))), () -> List.of(off))
                .withMessage("DeviceDeactivated: there is no active device phone");
    }

    private static ThrowableAssertAlternative<IllegalStateException> assertThatFolding(
            Fact... facts) {
        return assertThatIllegalStateException().isThrownBy(() -> fold(facts));
    }

    private static Account fold(Fact... facts) {
        List<CustomerEvent> events =
                Stream.of(facts).flatMap(fact -> fact.events().stream()).toList();
        return Scenario.account(events);
    }
}
