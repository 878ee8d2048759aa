package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Asks.acquire;
import static dev.tally.licensing.domain.Asks.confirm;
import static dev.tally.licensing.domain.Asks.deactivate;
import static dev.tally.licensing.domain.Asks.release;
import static dev.tally.licensing.domain.Asks.renew;
import static dev.tally.licensing.domain.Asks.revoke;
import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.activated;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.deactivated;
import static dev.tally.licensing.domain.Facts.hours;
import static dev.tally.licensing.domain.Facts.license;
import static dev.tally.licensing.domain.Scenario.given;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Asks.Ask;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Facts.LicenseFact;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Scenario.Given;
import dev.tally.licensing.events.LicenseEvent.LicenseReleased;
import dev.tally.licensing.events.LicenseEvent.LicenseRevoked;
import dev.tally.licensing.events.LicenseEvent.ReleaseCause;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Every state of a license with every command about it. */
class LicenseStatesTest {

    private static final List<String> COMMANDS =
            List.of("acquire", "confirm", "renew", "release", "revoke", "deactivate");

    private static final String TABLE =
            """
            # state   | command    | decided   | events                            | state then
            ISSUED    | acquire    | Unchanged |                                   | ISSUED
            ISSUED    | confirm    | Allowed   | LicenseConfirmed                  | CONFIRMED
            ISSUED    | renew      | Allowed   | LicenseRenewed                    | ISSUED
            ISSUED    | release    | Allowed   | LicenseReleased                   | RELEASED
            ISSUED    | revoke     | Allowed   | LicenseRevoked                    | REVOKED
            ISSUED    | deactivate | Allowed   | LicenseReleased DeviceDeactivated | RELEASED
            CONFIRMED | acquire    | Unchanged |                                   | CONFIRMED
            CONFIRMED | confirm    | Unchanged |                                   | CONFIRMED
            CONFIRMED | renew      | Allowed   | LicenseRenewed                    | CONFIRMED
            CONFIRMED | release    | Allowed   | LicenseReleased                   | RELEASED
            CONFIRMED | revoke     | Allowed   | LicenseRevoked                    | REVOKED
            CONFIRMED | deactivate | Allowed   | LicenseReleased DeviceDeactivated | RELEASED
            PLAYING   | acquire    | Unchanged |                                   | PLAYING
            PLAYING   | confirm    | Unchanged |                                   | PLAYING
            PLAYING   | renew      | Unchanged |                                   | PLAYING
            PLAYING   | release    | Allowed   | LicenseReleased                   | RELEASED
            PLAYING   | revoke     | Allowed   | LicenseRevoked                    | REVOKED
            PLAYING   | deactivate | Allowed   | LicenseReleased DeviceDeactivated | RELEASED
            EXPIRED   | acquire    | Allowed   | LicenseIssued DownloadCounted     | EXPIRED
            EXPIRED   | confirm    | Denied    |                                   | EXPIRED
            EXPIRED   | renew      | Denied    |                                   | EXPIRED
            EXPIRED   | release    | Unchanged |                                   | EXPIRED
            EXPIRED   | revoke     | Unchanged |                                   | EXPIRED
            EXPIRED   | deactivate | Allowed   | DeviceDeactivated                 | EXPIRED
            RELEASED  | acquire    | Allowed   | LicenseIssued DownloadCounted     | RELEASED
            RELEASED  | confirm    | Denied    |                                   | RELEASED
            RELEASED  | renew      | Denied    |                                   | RELEASED
            RELEASED  | release    | Unchanged |                                   | RELEASED
            RELEASED  | revoke     | Unchanged |                                   | RELEASED
            RELEASED  | deactivate | Allowed   | DeviceDeactivated                 | RELEASED
            REVOKED   | acquire    | Allowed   | LicenseIssued DownloadCounted     | REVOKED
            REVOKED   | confirm    | Denied    |                                   | REVOKED
            REVOKED   | renew      | Denied    |                                   | REVOKED
            REVOKED   | release    | Unchanged |                                   | REVOKED
            REVOKED   | revoke     | Unchanged |                                   | REVOKED
            REVOKED   | deactivate | Allowed   | DeviceDeactivated                 | REVOKED
            """;

    @ParameterizedTest(name = "{1} a license that is {0}: {2}, {3}, then {4}")
    @CsvSource(delimiter = '|', textBlock = TABLE)
    void a_command_meets_a_state(
            State state, String command, String decided, String events, State then) {
        var outcome = given(in(state), activated("phone", ago(days(9)))).when(ask(command));

        assertThat(outcome.decision().getClass().getSimpleName()).isEqualTo(decided);
        assertThat(outcome.world().license("L1").stateAt(NOW)).isEqualTo(state);
        assertThat(events(outcome.decision())).isEqualTo(events == null ? "" : events);
        assertThat(stateOfL1(outcome.after())).isEqualTo(then);
        if (outcome.decision() instanceof Denied) {
            outcome.thenDenied(Rule.LICENSE_ACTIVE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_state_has_a_row_for_each_command(State state) {
        for (var command : COMMANDS) {
            assertThat(TABLE).containsPattern("(?m)^" + state + " *\\| " + command + " *\\|");
        }
    }

    @Test
    void every_command_but_the_first_of_its_kind_changes_nothing() {
        for (var command : new String[] {"confirm", "release", "revoke", "deactivate"}) {
            once(command).when(ask(command)).thenUnchanged();
        }
    }

    @Test
    void a_released_license_is_not_revoked_and_a_revoked_one_not_released() {
        once("release")
                .when(revoke("L1"))
                .thenUnchanged()
                .thenLicense("L1", State.RELEASED, ends());
        once("revoke").when(release("L1")).thenUnchanged().thenLicense("L1", State.REVOKED, ends());
    }

    @Test
    void a_confirmed_license_that_has_ended_is_not_confirmed_again() {
        given(license("L1").confirmed().releasedAt(ago(hours(1))))
                .when(confirm("L1"))
                .thenDenied(Rule.LICENSE_ACTIVE);
    }

    @Test
    void a_device_that_is_off_has_nothing_to_release() {
        given(deactivated("phone", ago(days(1)))).when(deactivate("phone")).thenUnchanged();
    }

    @Test
    void a_release_is_the_members_own_and_keeps_the_time_of_the_device() {
        given(license("L1"))
                .when(release("L1", ago(hours(5))))
                .thenAllowed(
                        new LicenseReleased(
                                new LicenseId("L1"), NOW, ReleaseCause.MEMBER, ago(hours(5))));
    }

    @Test
    void a_revocation_keeps_its_reason() {
        given(license("L1"))
                .when(revoke("L1"))
                .thenAllowed(new LicenseRevoked(new LicenseId("L1"), NOW, "fraud"));
    }

    private static LicenseFact in(State state) {
        var license = license("L1");
        return switch (state) {
            case ISSUED -> license;
            case CONFIRMED -> license.confirmed();
            case PLAYING -> license.confirmed().firstPlayedAt(ago(hours(1)));
            case EXPIRED -> license.until(ago(hours(1)));
            case RELEASED -> license.releasedAt(ago(hours(1)));
            case REVOKED -> license.revokedAt(ago(hours(1)));
        };
    }

    private static Ask ask(String command) {
        return switch (command) {
            case "acquire" -> acquire("Glow");
            case "confirm" -> confirm("L1");
            case "renew" -> renew("L1");
            case "release" -> release("L1");
            case "revoke" -> revoke("L1");
            case "deactivate" -> deactivate("phone");
            default -> throw new IllegalArgumentException(command);
        };
    }

    private static Given once(String command) {
        return given(license("L1"), activated("phone", ago(days(9)))).when(ask(command)).then();
    }

    private static Instant ends() {
        return Facts.in(days(29));
    }

    private static String events(Decision decision) {
        return switch (decision) {
            case Allowed allowed ->
                    allowed.events().stream()
                            .map(event -> event.getClass().getSimpleName())
                            .collect(Collectors.joining(" "));
            case Unchanged unchanged -> "";
            case Denied denied -> "";
        };
    }

    private static State stateOfL1(Account account) {
        return account.licenses().find(new LicenseId("L1")).orElseThrow().stateAt(NOW);
    }
}
