package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.events.CustomerEvent;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

class AccountSnapshotTest {

    private final SnapshotCodec<Account> codec = new SnapshotCodec<>(AccountModel.FOLD);

    /**
     * This test fails if the events, the fold or the bytes have changed. Then the schema version
     * has to grow.
     */
    @Test
    void the_same_events_make_the_same_bytes_as_long_as_the_schema_version_is_the_same() {
        assertThat(GoldenAccount.made())
                .as("grow Account.SCHEMA_VERSION, then run mvn test-compile exec:exec@golden")
                .isEqualTo(GoldenAccount.released());
    }

    @Test
    void a_released_snapshot_is_read_into_the_account_that_its_events_make() {
        var released = GoldenAccount.released();
        var bytes = new Bytes(released.checksum(), HexFormat.of().parseHex(released.bytes()));

        assertThat(codec.read(bytes).orElseThrow().state()).isEqualTo(GoldenAccount.folded());
    }

    @Test
    void the_golden_customer_has_seen_every_event() {
        var records = new HashSet<Class<?>>();
        collect(CustomerEvent.class, records);

        assertThat(GoldenAccount.EVENTS.stream().map(Object::getClass)).containsAll(records);
    }

    private static void collect(Class<?> sealed, Set<Class<?>> records) {
        if (sealed.isRecord()) {
            records.add(sealed);
            return;
        }
        for (var permitted : sealed.getPermittedSubclasses()) collect(permitted, records);
    }
}
