package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.History;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.postgres.Acknowledged.Stored;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/**
 * The database loses the newest commands of a customer, as it does when a standby that lagged takes
 * over or a backup is restored. A node that had stored them goes on.
 */
class LostCommandsTest {

    private static Database database;

    private final Stores node = new Stores(database, Notes.FIRST, Settings.SHIPPED);
    private final Stores other = new Stores(database, Notes.FIRST, Settings.SHIPPED);
    private final String customer = "customer-" + Ids.next();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    @BeforeAll
    static void start() throws IOException, SQLException {
        database = Database.forTests().migrated().hurried();
    }

    @AfterAll
    static void stop() throws IOException {
        database.close();
    }

    @AfterEach
    void close() {
        node.close();
        other.close();
    }

    @Test
    void a_command_is_not_decided_from_what_was_lost_even_if_as_many_were_stored_since()
            throws Exception {
        append(node, "kept", now);
        lose(() -> append(node, "lost", now.plusSeconds(1)));
        append(other, "since", now.plusSeconds(2));

        var remembered = node.store().read(customer, Notes.FIRST.fold());
        assertThat(remembered.state().texts()).containsOnly("text of kept", "text of lost");
        assertThatThrownBy(() -> append(node, remembered, "late", now.plusSeconds(3)))
                .isInstanceOf(WrongVersion.class);

        append(node, "later", now.plusSeconds(4));
        assertThat(texts(node)).containsOnly("text of kept", "text of since", "text of later");
        assertThat(node.store().history(all())).extracting(Described::seq).containsExactly(1, 2, 3);
    }

    @Test
    void an_answer_is_not_confirmed_from_what_was_lost() throws Exception {
        append(node, "kept", now);
        lose(() -> append(node, "lost", now.plusSeconds(1)));
        append(other, "since", now.plusSeconds(2));

        assertThat(texts(node)).containsOnly("text of kept", "text of since");
    }

    @Test
    void a_generation_that_was_opened_and_lost_is_not_gone_on_from() throws Exception {
        append(node, "kept", now);
        lose(
                () -> {
                    var opened = now.plusSeconds(9);
                    assertThat(node.store().rollForward(customer, opened, now.plusSeconds(1)))
                            .isTrue();
                    texts(node);
                });
        assertThat(other.store().rollForward(customer, now.plusSeconds(9), now.plusSeconds(2)))
                .isTrue();

        append(node, "later", now.plusSeconds(3));
        assertThat(texts(other)).containsOnly("text of kept", "text of later");
    }

    @Test
    void a_node_finds_those_of_its_commands_that_were_lost() throws Exception {
        append(node, "kept", now);
        lose(
                () -> {
                    append(node, "lost", now.plusSeconds(1));
                    append(other, "lost-elsewhere", now.plusSeconds(2));
                });
        assertThat(node.lost()).extracting(Stored::aggregate).containsExactly("lost");
        assertThat(other.lost()).extracting(Stored::aggregate).containsExactly("lost-elsewhere");

        append(other, "since", now.plusSeconds(3));
        assertThat(node.lost())
                .as("another command in its place")
                .extracting(Stored::customerId, Stored::seq, Stored::aggregate)
                .containsExactly(tuple(customer, 2, "lost"));
    }

    @Test
    void a_command_that_was_stored_again_from_its_promise_is_not_missed() throws Exception {
        append(node, "kept", now);
        var command = CommandId.generated(Ids.next());
        lose(() -> append(node, command, "lost", now.plusSeconds(1)));
        append(other, "since", now.plusSeconds(2));
        assertThat(node.lost()).hasSize(1);

        append(other, command, "another", now.plusSeconds(3));
        assertThat(node.lost()).as("the key, with another license").hasSize(1);
        append(other, command, "lost", now.plusSeconds(4));
        assertThat(node.lost()).isEmpty();
    }

    @Test
    void a_customer_whose_first_command_was_lost_is_missed() throws Exception {
        append(node, "lost", now);
        asDba("delete from tally.event where customer_id = ?");
        asDba("delete from tally.customer where customer_id = ?");

        assertThat(node.lost()).extracting(Stored::customerId).containsExactly(customer);
        assertThat(texts(node)).isEmpty();
    }

    @Test
    void what_was_erased_was_not_lost() throws Exception {
        append(node, "erased", Instant.now());
        assertThat(node.store().erase(customer, Instant.now(), first -> {})).isTrue();
        asDba("delete from tally.event where customer_id = ?");
        assertThat(node.lost()).as("the account began anew").isEmpty();

        asDba("delete from tally.customer where customer_id = ?");
        assertThat(node.lost()).isNotEmpty();
        asDba(
                """
                insert into tally.erasure (erasure_id, customer_digest, first_seq, requested_by, completed_at)
                select md5(id), sha256(convert_to(id, 'UTF8')), 2, 'test', now()
                from (values (?)) as erased (id)
                """);
        assertThat(node.lost()).as("the erasure is on record").isEmpty();
    }

    private interface Work {
        void run() throws Exception;
    }

    /** Does some work of this customer, which the database then loses. */
    private void lose(Work work) throws Exception {
        asDba(
                "create table if not exists public.head_before as select * from tally.customer"
                        + " limit 0");
        asDba("insert into public.head_before select * from tally.customer where customer_id = ?");
        work.run();
        asDba("delete from tally.customer where customer_id = ?");
        asDba("insert into tally.customer select * from public.head_before where customer_id = ?");
        for (var table : List.of("event", "snapshot")) {
            asDba(
                    """
                    delete from tally.%s r using tally.customer c
                    where c.customer_id = ? and r.customer_id = c.customer_id
                      and (r.seq > c.last_seq or r.event_time > c.last_time)
                    """
                            .formatted(table));
        }
    }

    private Set<String> texts(Stores reader) {
        return reader.store().readConfirmed(customer, Notes.FIRST.fold()).state().texts();
    }

    private void append(Stores writer, String id, Instant at) {
        append(writer, writer.store().readConfirmed(customer, Notes.FIRST.fold()), id, at);
    }

    private void append(Stores writer, CommandId command, String id, Instant at) {
        var from = writer.store().readConfirmed(customer, Notes.FIRST.fold());
        append(writer, from, command, id, at);
    }

    private void append(Stores writer, History<Notes> from, String id, Instant at) {
        append(writer, from, CommandId.generated(Ids.next()), id, at);
    }

    private void append(
            Stores writer, History<Notes> from, CommandId command, String id, Instant at) {
        var event = new Written(id, "text of " + id, null);
        writer.store().append(from, command, null, from.timeOf(at), List.of(event));
    }

    private void asDba(String statement) throws SQLException {
        try (var dba = database.connect(Role.POSTGRES);
                var change = dba.prepareStatement(statement)) {
            if (statement.contains("?")) change.setString(1, customer);
            change.execute();
        }
    }

    private HistoryQuery all() {
        return new HistoryQuery(customer, Tier.ALL, null, null, null, null, 0, 1_000);
    }
}
