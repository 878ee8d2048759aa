package dev.tally.eventstore.postgres;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.SQLException;

/** Months of more than a year, the aged ones archived, but open for tests that write the past. */
final class AgedMonths {

    private AgedMonths() {}

    static void in(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("select create_partitions(now() - interval '400 days', 14)");
            statement.execute(
                    """
                    do $$
                    declare
                        p partition;
                    begin
                        for p in
                            select * from partition
                            where ends_at < now() - interval '90 days'
                            order by starts_at
                        loop
                            perform mark_month(p.starts_at);
                            execute format(
                                'alter table %I drop constraint archived_takes_no_more_rows',
                                p.name);
                        end loop;
                    end
                    $$
                    """);
        }
    }
}
