package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.Examples;
import dev.tally.eventstore.codec.Golden;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** History as auditors read it: in SQL, as {@code tally_reader}. */
class EventHistoryViewTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static Stores stores;

    @BeforeAll
    static void connect() {
        stores = new Stores(SharedDatabase.get(), 100);
    }

    @AfterAll
    static void disconnect() {
        stores.close();
    }

    static Stream<String> mapperNames() {
        return new EventMappers().all().stream().map(mapper -> mapper.name());
    }

    @ParameterizedTest
    @MethodSource("mapperNames")
    void golden_bytes_decode_to_the_same_json_in_sql(String mapper) throws SQLException {
        try (var connection = reader();
                var query = connection.prepareStatement("select tally.event_payload(?, ?)")) {
            for (var golden : Golden.of(mapper)) {
                query.setString(1, mapper);
                query.setBytes(2, golden.rawBytes());
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
                var query = connection.prepareStatement("select tally.event_payload(?, ?)")) {
            var bytes = Golden.of(mapper).getFirst().bytes() + "00";
            query.setString(1, mapper);
            query.setBytes(2, HexFormat.of().parseHex(bytes));
            assertThatThrownBy(query::executeQuery).hasMessageContaining("bytes are left");
        }
    }

    @Test
    void bytes_of_an_unknown_mapper_are_an_error() throws SQLException {
        try (var connection = reader();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select tally.event_payload(99, '')"))
                    .hasMessageContaining("no event mapper number 99");
        }
    }

    @Test
    void an_event_reads_as_a_sentence() throws SQLException {
        var customer = "customer-" + Ids.next();
        var at = Instant.parse("2026-11-21T08:15:30.123Z");
        var now = Instant.now();
        stores.inTransaction(
                store ->
                        store.append(
                                store.read(customer, List.of(LicensingFolds.LICENSES)),
                                CommandId.of("key-1"),
                                now,
                                List.of(Examples.ALL.getFirst())));

        try (var connection = reader();
                var query =
                        connection.prepareStatement(
                                """
                                select row_id, event_id, event, aggregate_id, command_id,
                                       payload ->> 'title', payload ->> 'issuedAt'
                                from tally.event_history where customer_id = ?
                                """)) {
            query.setString(1, customer);
            try (var rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo(customer + ":License:1");
                assertThat(rows.getString(2)).isEqualTo("License:1:1");
                assertThat(rows.getString(3)).isEqualTo("LicenseIssued");
                assertThat(rows.getString(4)).isEqualTo("01kahq5x6t8z9w3v7r2n4m5p6q");
                assertThat(rows.getString(5)).isEqualTo("key-1");
                assertThat(rows.getString(6)).isEqualTo("glow-s01e01");
                assertThat(Instant.parse(rows.getString(7))).isEqualTo(at);
                assertThat(rows.next()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_type_has_the_same_name_in_sql(StreamType type) throws SQLException {
        try (var connection = reader();
                var query =
                        connection.prepareStatement(
                                "select tally.stream_type_name(cast(? as \"char\"))")) {
            query.setString(1, String.valueOf(type.code()));
            try (var rows = query.executeQuery()) {
                rows.next();
                assertThat(rows.getString(1)).isEqualTo(type.label());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_name_in_place_of_a_code_means_no_other_type(StreamType type) throws SQLException {
        try (var connection = reader();
                var query =
                        connection.prepareStatement(
                                "select tally.stream_type_name(cast(? as \"char\"))")) {
            query.setString(1, type.label());
            try (var rows = query.executeQuery()) {
                rows.next();
                assertThat(rows.getString(1)).isIn(type.label(), null);
            }
        }
    }

    @Test
    void the_reader_sees_the_view_and_not_the_table() throws SQLException {
        try (var connection = reader();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select * from tally.event"))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void every_table_column_view_and_function_has_a_comment() throws SQLException {
        try (var connection = SharedDatabase.get().connect(Role.POSTGRES);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select c.relname || coalesce('.' || a.attname, '') as object
                                from pg_class c
                                left join pg_attribute a
                                  on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                where c.relnamespace = 'tally'::regnamespace
                                  and c.relkind in ('r', 'p', 'v') and not c.relispartition
                                  and c.relname <> 'flyway_schema_history'
                                  and (col_description(c.oid, a.attnum) is null
                                       or obj_description(c.oid, 'pg_class') is null)
                                union all
                                select p.proname || '()' from pg_proc p
                                where p.pronamespace = 'tally'::regnamespace
                                  and obj_description(p.oid, 'pg_proc') is null
                                """)) {
            var without = new ArrayList<String>();
            while (rows.next()) {
                without.add(rows.getString(1));
            }
            assertThat(without).isEmpty();
        }
    }

    private static Connection reader() throws SQLException {
        return SharedDatabase.get().connect(Role.TALLY_READER);
    }

    private static Map<String, Object> json(String text) {
        return JSON.readValue(text, new TypeReference<>() {});
    }
}
