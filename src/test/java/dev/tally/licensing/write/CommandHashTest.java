package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

/**
 * Hashes are stored for as long as a key is remembered, so they must be the same in every release.
 */
class CommandHashTest {

    private static final Instant AT = Instant.parse("2026-11-21T08:15:30.123Z");

    @Test
    void a_field_that_is_not_said_changes_nothing() {
        var before = CommandHash.of("acquire").with("titleId", "glow");

        var withANewField =
                CommandHash.of("acquire").with("titleId", "glow").with("profile", (String) null);

        assertThat(withANewField.value()).isEqualTo(before.value());
    }

    @Test
    void the_order_of_fields_changes_nothing() {
        var one = CommandHash.of("confirm").with("licenseId", "l1").with("occurredAt", AT);
        var other = CommandHash.of("confirm").with("occurredAt", AT).with("licenseId", "l1");

        assertThat(one.value()).isEqualTo(other.value());
    }

    @Test
    void another_command_field_value_or_order_of_a_list_is_another_hash() {
        var hash = CommandHash.of("report").with("session", "s1");

        assertThat(
                        List.of(
                                hash.value(),
                                CommandHash.of("start").with("session", "s1").value(),
                                CommandHash.of("report").with("license", "s1").value(),
                                CommandHash.of("report").with("session", "s2").value(),
                                list("PAUSE", "RESUME"),
                                list("RESUME", "PAUSE"),
                                list("PAUSERESUME")))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_time_is_compared_by_its_milliseconds() {
        var exact = CommandHash.of("release").with("occurredAt", AT);
        var finer = CommandHash.of("release").with("occurredAt", AT.plusNanos(456_789));

        assertThat(finer.value()).isEqualTo(exact.value());
    }

    private static int list(String... kinds) {
        var events = List.of(kinds).stream().map(CommandHash::of).toList();
        return CommandHash.of("report").with("session", "s1").with("events", events).value();
    }
}
