package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.availability.LostWrites.Kind;
import dev.tally.availability.SaidLosses;
import dev.tally.availability.StoreReplaced;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/**
 * The database loses operators' requests, as it does when a standby that lagged takes over or a
 * backup is restored. The nodes that know them request them again.
 */
@SuppressWarnings("UnnecessaryAssignment") // here nothing injects
class LostRequestsTest extends ArchiveFixture {

    private static final String ANNA = "customer-1";

    private final Instant asked = now.minusSeconds(60);
    private final Node node = new Node();
    private final Node other = new Node();

    /** What a node remembers, and what it says to be lost. */
    private final class Node {

        private final SaidLosses said = new SaidLosses();
        private final Holds holds = new Holds();
        private final Erasures erasures = new Erasures();
        private final LostRequests requests = new LostRequests();
        private int runs;

        private Node() {
            holds.sql = sql();
            holds.clock = () -> asked;
            holds.said = said;
            erasures.sql = holds.sql;
            erasures.store = store();
            erasures.clock = clock();
            erasures.said = said;
            requests.holds = holds;
            requests.erasures = erasures;
            requests.job =
                    new PartitionJob() {
                        @Override
                        public void runNow() {
                            runs++;
                        }
                    };
        }

        private String erase(String customer) {
            return erasures.request(customer, "operator").erasureId();
        }

        private void hold(Instant month, String reason) {
            holds.put(partition("event", month), reason, "operator");
        }

        /** The server that answers is another one than the node has asked last. */
        private void findsAnotherServer() {
            holds.server = Instant.EPOCH;
            requests.lookFor(new StoreReplaced());
        }
    }

    private static PartitionSql sql() {
        var sql = new PartitionSql();
        sql.application = database.dataSource(Role.TALLY_APP);
        sql.owner = database.dataSource(Role.TALLY_OWNER);
        return sql;
    }

    @Test
    void an_erasure_that_was_lost_is_requested_again_under_its_own_id() throws Exception {
        note(ANNA, old);
        note("customer-2", old);
        var id = loseErasure(ANNA);
        assertThat(node.erasures.find(id)).isEmpty();
        write(ANNA, "since", now);

        node.findsAnotherServer();

        assertThat(node.said.of(Kind.ERASURE)).containsExactly(id);
        assertThat(node.runs).isEqualTo(1);
        assertThat(node.erasures.find(id).orElseThrow().requestedBy()).isEqualTo("operator");
        archiver().run();
        assertThat(node.erasures.find(id).orElseThrow().completedAt()).isNotNull();
        assertThat(texts("select distinct customer_id from tally.event"))
                .containsExactly("customer-2");
    }

    @Test
    void an_erasure_that_was_lost_keeps_the_time_of_its_request() throws Exception {
        note(ANNA, old);
        var before = node.erasures.request(ANNA, "operator");
        loseErasures();

        node.findsAnotherServer();

        assertThat(node.erasures.find(before.erasureId()).orElseThrow().requestedAt())
                .isEqualTo(before.requestedAt());
    }

    @Test
    void what_was_lost_is_said_and_requested_once() throws Exception {
        note(ANNA, old);
        var id = loseErasure(ANNA);
        node.findsAnotherServer();

        node.findsAnotherServer();
        archiver().run();
        node.findsAnotherServer();

        assertThat(node.said.of(Kind.ERASURE)).containsExactly(id);
        assertThat(node.runs).isEqualTo(1);
        assertThat(erasures()).containsExactly(id + " done");
    }

    @Test
    void an_erasure_that_two_nodes_know_is_requested_once() throws Exception {
        note(ANNA, old);
        var head = headOf(ANNA);
        var id = node.erase(ANNA);
        assertThat(other.erase(ANNA)).isEqualTo(id);
        loseErasures();
        restore(head);

        node.findsAnotherServer();
        other.findsAnotherServer();

        assertThat(erasures()).containsExactly(id + " under way");
        assertThat(other.said.of(Kind.ERASURE)).isEmpty();
    }

    @Test
    void nothing_is_said_of_erasures_that_are_there() throws Exception {
        note(ANNA, old);
        node.erase(ANNA);
        node.findsAnotherServer();
        archiver().run();
        node.findsAnotherServer();

        assertThat(node.said.of(Kind.ERASURE)).isEmpty();
        assertThat(node.runs).isZero();
    }

    @Test
    void a_lost_erasure_ends_with_a_later_one_and_leaves_what_was_stored_after_that()
            throws Exception {
        note(ANNA, old);
        var lost = loseErasure(ANNA);
        var later = other.erase(ANNA);

        node.findsAnotherServer();
        assertThat(node.said.of(Kind.ERASURE))
                .containsExactly(lost + " after another one of its customer");
        assertThat(erasures()).containsExactly(later + " under way");
        archiver().run();
        write(ANNA, "new life", now);
        node.requests.look();
        archiver().run();

        assertThat(erasures()).containsExactlyInAnyOrder(later + " done", lost + " done");
        assertThat(read(ANNA).state().byId()).containsOnlyKeys("new life");
        assertThat(node.said.of(Kind.ERASURE)).as("said once").hasSize(1);
    }

    @Test
    void a_lost_erasure_comes_after_an_earlier_one_that_is_under_way_again() throws Exception {
        note(ANNA, old);
        var earlier = other.erase(ANNA);
        var row = texts("select e::text from tally.erasure e").getFirst();
        archiver().run();
        write(ANNA, "between", now);
        var lost = loseErasure(ANNA);
        asSuperuser("insert into tally.erasure select ('" + row + "'::tally.erasure).*");

        node.findsAnotherServer();
        assertThat(erasures()).containsExactly(earlier + " under way");
        archiver().run();
        node.findsAnotherServer();
        archiver().run();

        assertThat(erasures()).containsExactlyInAnyOrder(earlier + " done", lost + " done");
        assertThat(rows()).isEmpty();
    }

    @Test
    void a_hold_that_was_lost_is_put_again_as_it_was() throws Exception {
        node.holds.look();
        node.hold(old, "Case 1");
        loseHolds();

        node.findsAnotherServer();

        assertThat(holds())
                .containsExactly(
                        partition("event", old) + " Case 1 operator " + asked,
                        partition("snapshot", old) + " Case 1 operator " + asked);
        assertThat(node.said.of(Kind.HOLD))
                .containsExactly(partition("event", old) + " is held again");
        node.findsAnotherServer();
        assertThat(node.said.of(Kind.HOLD)).as("said once").hasSize(1);
    }

    @Test
    void a_hold_of_another_node_or_an_administrator_that_was_lost_is_put_again() throws Exception {
        node.holds.look();
        other.hold(old, "Case 1");
        asOwner(
                "update tally.partition set legal_hold = 'Case 2' where name = '%s'"
                        .formatted(partition("event", oldest)));
        node.holds.look();
        loseHolds();

        node.findsAnotherServer();

        assertThat(node.said.of(Kind.HOLD)).hasSize(2);
        assertThat(texts("select distinct legal_hold from tally.partition_tier order by 1"))
                .contains("Case 1", "Case 2");
    }

    @Test
    void a_hold_that_another_node_has_ended_is_not_missed() throws Exception {
        node.holds.look();
        node.hold(old, "Case 1");
        other.hold(old, null);
        node.holds.look();

        node.findsAnotherServer();

        assertThat(node.said.of(Kind.HOLD)).isEmpty();
        assertThat(holds()).isEmpty();
    }

    @Test
    void a_later_hold_is_not_replaced_by_one_that_was_lost() throws Exception {
        node.holds.look();
        node.hold(old, "Case 1");
        loseHolds();
        other.holds.clock = () -> asked.plusSeconds(1);
        other.hold(old, "Case 2");

        node.findsAnotherServer();

        assertThat(node.said.of(Kind.HOLD)).isEmpty();
        assertThat(holds()).allMatch(hold -> hold.contains("Case 2"));
    }

    @Test
    void a_change_of_a_hold_that_was_lost_is_said_and_the_hold_before_it_stays() throws Exception {
        node.hold(old, "Case 1");
        node.holds.look();
        var before = holds();
        node.holds.clock = () -> asked.plusSeconds(1);
        node.hold(old, "Case 2");
        node.hold(oldest, "Case 3");
        node.hold(oldest, null);
        loseHolds();
        node.holds.clock = () -> asked;
        other.hold(old, "Case 1");
        other.hold(oldest, "Case 3");

        node.findsAnotherServer();

        assertThat(node.said.of(Kind.HOLD))
                .containsExactlyInAnyOrder(
                        partition("event", old) + " is held as it was before",
                        partition("event", oldest) + " is held, although the hold had ended");
        assertThat(holds()).containsAll(before).hasSize(4);
    }

    @Test
    void a_lost_erasure_finds_the_lost_hold_that_forbids_it() throws Exception {
        note(ANNA, old);
        node.holds.look();
        var head = headOf(ANNA);
        node.erase(ANNA);
        node.hold(old, "Case 1");
        loseErasures();
        loseHolds();
        restore(head);

        node.findsAnotherServer();
        archiver().run();

        assertThat(rows()).hasSize(1);
        assertThat(texts("select last_error from tally.erasure").getFirst())
                .contains("legal hold in " + partition("event", old));
    }

    @Test
    void a_look_that_fails_is_made_again() throws Exception {
        note(ANNA, old);
        var id = loseErasure(ANNA);
        var whole = node.erasures.sql;
        node.erasures.sql =
                new PartitionSql() {
                    @Override
                    <T> List<T> query(String sql, Read<T> read, Object... parameters) {
                        throw new IllegalStateException("It is gone");
                    }
                };
        node.findsAnotherServer();
        node.erasures.sql = whole;

        node.requests.look();

        assertThat(node.said.of(Kind.ERASURE)).containsExactly(id);
    }

    /** Erases a customer by the node; the database loses that. */
    private String loseErasure(String customer) throws SQLException {
        var head = headOf(customer);
        var id = node.erase(customer);
        loseErasures();
        restore(head);
        return id;
    }

    private static void loseErasures() throws SQLException {
        asSuperuser("delete from tally.erasure");
    }

    private static void loseHolds() throws SQLException {
        asSuperuser("update tally.partition set legal_hold = null, held_by = null, held_at = null");
    }

    private static String headOf(String customer) throws SQLException {
        return texts("select c::text from tally.customer c where customer_id = '" + customer + "'")
                .getFirst();
    }

    private static void restore(String head) throws SQLException {
        var row = "('" + head + "'::tally.customer)";
        asSuperuser(
                "delete from tally.customer where customer_id = " + row + ".customer_id",
                "insert into tally.customer select " + row + ".*");
    }

    private static List<String> erasures() throws SQLException {
        return texts(
                "select erasure_id || case when completed_at is null then ' under way' else ' done'"
                        + " end from tally.erasure");
    }

    private static List<String> holds() throws SQLException {
        return texts(
                """
                select concat_ws(' ', name, legal_hold, held_by,
                    to_char(held_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                from tally.partition where legal_hold is not null order by name
                """);
    }
}
