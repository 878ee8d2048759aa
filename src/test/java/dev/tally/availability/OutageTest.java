package dev.tally.availability;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

import javax.transaction.xa.XAException;

class OutageTest {

    @ParameterizedTest
    @CsvSource({
        "08001, UNREACHABLE",
        "08006, UNREACHABLE",
        "08P01, UNREACHABLE",
        "57P01, UNREACHABLE",
        "57P03, UNREACHABLE",
        "28000, UNREACHABLE",
        "28P01, UNREACHABLE",
        "3D000, UNREACHABLE",
        "58030, INTERNAL",
        "58P01, INTERNAL",
        "XX000, INTERNAL",
        "XX001, INTERNAL",
        "25006, READ_ONLY",
        "25P03, NOT_IN_TIME",
        "53100, FULL",
        "53200, FULL",
        "53300, BUSY",
        "55P03, LOCKED",
        "57014, STATEMENT_TOO_LONG"
    })
    void a_state_of_the_database_says_which_outage_it_is(String state, Outage outage) {
        assertThat(Outage.behind(new RuntimeException(new SQLException("said", state))))
                .contains(outage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"XX000", "XX001", "58030", "58P01"})
    void a_server_that_cannot_even_begin_a_session_cannot_be_reached(String state) {
        var words = "FATAL: could not write init file DSRA0010E: SQL State = " + state;

        assertThat(Outage.behind(new RuntimeException(new SQLException(words, state))))
                .contains(Outage.UNREACHABLE);
    }

    @ParameterizedTest
    @CsvSource({"23505", "40001", "42501", "42P01", "22001", "3F000", "0A000"})
    void a_fault_of_the_application_is_no_outage(String state) {
        assertThat(Outage.behind(new SQLException("said", state))).isEmpty();
    }

    @Test
    void a_connection_that_broke_since_nothing_came_was_not_in_time() {
        var broken = new SQLException("An I/O error occurred", "08006");
        broken.initCause(new SocketTimeoutException("Read timed out"));
        assertThat(Outage.behind(new IllegalStateException(broken))).contains(Outage.NOT_IN_TIME);
    }

    @Test
    void a_connection_that_was_not_made_tells_its_cause_rather_than_that_none_was_free() {
        var none = new SQLTransientConnectionException("none");
        none.initCause(new SQLException("Connection refused", "08001"));
        assertThat(Outage.behind(none)).contains(Outage.UNREACHABLE);
    }

    @Test
    void servers_of_which_none_takes_writes_only_read() {
        var said = "Could not find a server with specified targetServerType: primary";
        assertThat(Outage.behind(new SQLException(said, "08001"))).contains(Outage.READ_ONLY);
    }

    @Test
    void a_commit_without_a_connection_is_an_outage() {
        assertThat(Outage.behind(new IllegalStateException(new XAException("gone"))))
                .contains(Outage.UNREACHABLE);
    }

    @ParameterizedTest
    @CsvSource({
        "\"no partition of relation \"\"event\"\" found for row\", true",
        "new row for relation event_2026_11 violates check constraint x, false",
        "violates check constraint archived_takes_no_more_rows, true"
    })
    void a_row_without_a_partition_is_an_outage_and_a_row_that_breaks_a_rule_is_not(
            String message, boolean isOutage) {
        assertThat(Outage.behind(new SQLException(message, "23514")).isPresent())
                .isEqualTo(isOutage);
    }

    @Test
    void only_what_others_suffer_too_is_an_outage_of_the_whole_store() {
        assertThat(StoreUnavailable.of(Outage.LOCKED, null)).isNotInstanceOf(StoreAway.class);
        assertThat(StoreUnavailable.of(Outage.STATEMENT_TOO_LONG, null))
                .isNotInstanceOf(StoreAway.class);
        assertThat(StoreUnavailable.of(Outage.INTERNAL, null)).isNotInstanceOf(StoreAway.class);
        assertThat(StoreUnavailable.of(Outage.NOT_IN_TIME, null)).isInstanceOf(StoreAway.class);
        assertThat(StoreUnavailable.of(Outage.READ_ONLY, null)).isInstanceOf(StoreAway.class);
    }
}
