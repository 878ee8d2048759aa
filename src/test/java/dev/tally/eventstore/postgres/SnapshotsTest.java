package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.PastCommand;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The commands that a snapshot remembers. */
class SnapshotsTest {

    private final Instant now = Instant.parse("2026-11-25T12:00:00Z");

    @Test
    void reports_do_not_displace_the_commands_that_are_remembered() {
        var commands = new ArrayList<>(List.of(command("command", now, false)));
        for (int i = 1; i <= Snapshots.MAX_REMEMBERED + 1; i++) {
            commands.add(command("report-" + i, now, true));
        }

        var remembered = Snapshots.remembered(commands, now);

        assertThat(remembered).hasSize(Snapshots.MAX_REMEMBERED + 1);
        assertThat(remembered).extracting(c -> c.id().key()).startsWith("command", "report-2");
    }

    @Test
    void a_command_is_remembered_for_a_day_and_not_longer() {
        var aDayAgo = now.minus(Duration.ofHours(24));

        assertThat(Snapshots.remembered(List.of(command("c", aDayAgo, false)), now)).isEmpty();
        assertThat(Snapshots.remembered(List.of(command("c", aDayAgo.plusMillis(1), false)), now))
                .hasSize(1);
    }

    @Test
    void a_key_that_nobody_gave_is_not_remembered() {
        var generated = new PastCommand(CommandId.generated("id"), now, false);

        assertThat(Snapshots.remembered(List.of(generated), now)).isEmpty();
    }

    private static PastCommand command(String key, Instant at, boolean report) {
        return new PastCommand(new CommandId(key, 1), at, report);
    }
}
