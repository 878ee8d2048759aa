package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.local.Database.Role;
import dev.tally.local.SharedDatabase;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The queries in the guide for DBAs run. */
class DbaGuideTest {

    private static final Path GUIDE = Path.of("db-migrations/README.md");
    private static final Pattern QUERY = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);
    private static final Pattern STATE = Pattern.compile("^\\| `([A-Z]+)` \\|", Pattern.MULTILINE);

    @TestFactory
    Stream<DynamicTest> every_query_runs_as_the_reader() throws IOException {
        return queries().stream().map(sql -> DynamicTest.dynamicTest(sql, () -> run(sql)));
    }

    @Test
    void there_are_ten_queries_and_each_shows_what_came_of_it() throws IOException {
        assertThat(queries()).hasSize(10);
        assertThat(Files.readString(GUIDE).split(" rows?\\)\n```", -1)).hasSize(11);
    }

    @Test
    void every_state_of_a_partition_is_explained() throws Exception {
        try (var connection = SharedDatabase.get().connect(Role.TALLY_OWNER);
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                select pg_get_constraintdef(oid) from pg_constraint
                                where conname = 'partition_state_is_known'
                                """)) {
            row.next();
            var known = row.getString(1);
            var explained =
                    STATE.matcher(Files.readString(GUIDE))
                            .results()
                            .map(state -> state.group(1))
                            .toList();
            assertThat(Pattern.compile("'([A-Z]+)'").matcher(known).results().map(s -> s.group(1)))
                    .containsExactlyElementsOf(explained);
        }
    }

    private static List<String> queries() throws IOException {
        return QUERY.matcher(Files.readString(GUIDE)).results().map(q -> q.group(1)).toList();
    }

    private static void run(String sql) throws Exception {
        try (var connection = SharedDatabase.get().connect(Role.TALLY_READER);
                var statement = connection.createStatement()) {
            assertThat(statement.execute(sql)).isTrue();
        }
    }
}
