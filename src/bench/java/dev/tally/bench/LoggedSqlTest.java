package dev.tally.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.bench.LoggedSql.Execution;
import dev.tally.bench.Script.Constant;
import dev.tally.bench.Script.Counter;
import dev.tally.bench.Script.Counters;
import dev.tally.bench.Script.Customer;

import org.junit.jupiter.api.Test;

import java.util.List;

class LoggedSqlTest {

    private static final String LOG =
            """
            tally 21 measured LOG:  execute <unnamed>: SET application_name = 'tally'
            tally 21 measured LOG:  statement: BEGIN
            tally 21 measured LOG:  execute S_10: select name from tally.title where title_id=$1
            tally 21 measured DETAIL:  Parameters: $1 = 'glow'
            tally 22 measured LOG:  statement: BEGIN
            tally 21 measured LOG:  execute <unnamed>: select *
            \tfrom tally.customer
            \twhere customer_id = $1
            \t
            tally 22 measured LOG:  execute S_1: select max(version) from tally.policy
            tally 21 measured DETAIL:  Parameters: $1 = '%1$s'
            tally 23 PostgreSQL JDBC Driver LOG:  statement: select pg_reload_conf()
            tally 24 tally LOG:  execute S_4: select customer_id, first_seq from tally.customer
            tally 22 measured LOG:  execute S_3: COMMIT
            tally 21 measured LOG:  execute S_9: update tally.customer set last_seq=$1 where customer_id=$2
            tally 21 measured DETAIL:  Parameters: $1 = '%2$d', $2 = '%1$s'
            tally 21 measured LOG:  execute S_9: update tally.customer set last_seq=$1 where customer_id=$2
            tally 21 measured DETAIL:  Parameters: $1 = '1', $2 = '%1$s'
            tally 21 measured LOG:  execute S_7: select f($1, $2, $3, $4)
            tally 21 measured DETAIL:  Parameters: $1 = 'it''s', $2 = NULL, $3 = '{%2$d,7}', $4 = '\\x00ff'
            tally 21 measured LOG:  execute S_3: COMMIT
            """;

    @Test
    void what_the_application_executed_is_read_with_its_parameters() {
        var executions = LoggedSql.parse(LOG.formatted("77", 38));

        assertThat(executions)
                .contains(
                        new Execution(
                                "select *\nfrom tally.customer\nwhere customer_id = $1",
                                List.of("77")))
                .extracting(Execution::sql)
                .as("neither the background's nor an empty transaction")
                .startsWith("BEGIN", "select *\nfrom tally.customer\nwhere customer_id = $1")
                .endsWith("select f($1, $2, $3, $4)", "COMMIT")
                .hasSize(6);
        assertThat(executions.get(4).parameters())
                .containsExactly("it's", null, "{38,7}", "\\x00ff");
    }

    @Test
    void what_differs_between_two_calls_is_computed() {
        var script = script("77", 38, 40);

        assertThat(script.statements().get(2).values())
                .containsExactly(new Counter(38, 2), new Customer());
        assertThat(script.statements().get(4).values())
                .containsExactly(
                        new Constant("it's"),
                        new Constant(null),
                        new Counters(List.of(new Counter(38, 2), new Counter(7, 0))),
                        new Constant("\\x00ff"));
        assertThat(script.statements().get(4).values().get(2).of("78", 3)).isEqualTo("{44,7}");
    }

    @Test
    void what_differs_by_more_than_a_count_is_constant() {
        assertThat(Script.value("38", "138", "77")).isEqualTo(new Counter(38, 100));
        assertThat(Script.value("38", "139", "77")).isEqualTo(new Constant("38"));
        assertThat(Script.value("38", "37", "77")).isEqualTo(new Constant("38"));
    }

    @Test
    void a_revision_is_what_the_call_before_has_set() {
        var sql = "update tally.customer set revision = $1 where revision = $2";
        var first = List.of(new Execution(sql, List.of("1795664318832600", "1795664318000000")));
        var second = List.of(new Execution(sql, List.of("1795664320000000", "1795664318832600")));

        assertThat(Script.of(first, second, "77", 832_600).statements().getFirst().values())
                .containsExactly(
                        new Counter(1_795_664_318_832_600L, 832_600),
                        new Counter(1_795_664_318_000_000L, 832_600));
    }

    @Test
    void a_transaction_begins_with_its_first_statement_and_a_batch_is_one_trip() {
        assertThat(script("77", 38, 39).trips()).extracting(List::size).containsExactly(2, 2, 1, 1);
    }

    @Test
    void calls_of_another_shape_make_no_script() {
        var call = LoggedSql.parse(LOG.formatted("77", 38));

        assertThatThrownBy(() -> Script.of(call, call.subList(1, call.size()), "77", 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Script script(String customer, int first, int second) {
        return Script.of(
                LoggedSql.parse(LOG.formatted(customer, first)),
                LoggedSql.parse(LOG.formatted(customer, second)),
                customer,
                2);
    }
}
