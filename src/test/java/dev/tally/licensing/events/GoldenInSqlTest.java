package dev.tally.licensing.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;

/** The SQL function event_payload decodes the bytes of mappers to the same JSON as Java. */
class GoldenInSqlTest {

    private static final OffsetDateTime AT = Golden.EVENT_TIME.atOffset(ZoneOffset.UTC);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static Stores stores;

    @BeforeAll
    static void register() {
        stores = new Stores(SharedDatabase.get(), AccountModel.MODEL, Settings.SHIPPED);
    }

    @AfterAll
    static void disconnect() {
        stores.close();
    }

    static Stream<String> mapperNames() {
        return StoredEvents.MAPPERS.stream().map(EventMapper::name);
    }

    @ParameterizedTest
    @MethodSource("mapperNames")
    void golden_bytes_decode_to_the_same_json_in_sql(String mapper) throws SQLException {
        try (var connection = reader();
                var query = connection.prepareStatement("select tally.event_payload(?, ?, ?)")) {
            for (var golden : Golden.of(mapper)) {
                query.setInt(1, golden.number());
                query.setObject(2, AT);
                query.setBytes(3, golden.rawBytes());
                try (var rows = query.executeQuery()) {
                    rows.next();
                    assertThat(json(rows.getString(1))).isEqualTo(golden.payload());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("mapperNames")
    void bytes_that_are_no_event_are_an_error(String mapper) throws SQLException {
        try (var connection = reader();
                var query = connection.prepareStatement("select tally.event_payload(?, ?, ?)")) {
            var golden = Golden.of(mapper).getFirst();
            query.setInt(1, golden.number());
            query.setObject(2, AT);
            query.setBytes(3, HexFormat.of().parseHex(golden.bytes() + "00"));
            assertThatThrownBy(query::executeQuery)
                    .hasMessageContaining("bytes are left after " + mapper);
        }
    }

    @Test
    void a_text_that_is_longer_than_the_bytes_is_an_error() throws SQLException {
        try (var connection = reader();
                var query =
                        connection.prepareStatement("select tally.event_payload(1, now(), ?)")) {
            // These bytes announce a title of 127 bytes.
            query.setBytes(1, new byte[] {127, 'a'});
            assertThatThrownBy(query::executeQuery)
                    .hasMessageContaining("bytes are missing of LicenseIssued/1");
        }
    }

    @Test
    void bytes_of_an_unknown_mapper_are_an_error() throws SQLException {
        try (var connection = reader();
                var statement = connection.createStatement()) {
            assertThatThrownBy(
                            () -> statement.execute("select tally.event_payload(9999, now(), '')"))
                    .hasMessageContaining("no event mapper number 9999");
        }
    }

    private static Connection reader() throws SQLException {
        return SharedDatabase.get().connect(Role.TALLY_READER);
    }

    private static Map<String, Object> json(String text) {
        return JSON.readValue(text, new TypeReference<>() {});
    }
}
