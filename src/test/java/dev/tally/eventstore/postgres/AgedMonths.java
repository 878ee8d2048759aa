package dev.tally.eventstore.postgres;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.SQLException;
import java.time.Period;

/**
 * Months that are marked as archived but still take rows, for tests that write events of the past.
 */
public final class AgedMonths {

    private AgedMonths() {}

    /** Creates months for more than a year, and marks all but the last three as archived. */
    static void in(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("select create_partitions(now() - interval '400 days', 14)");
        }
        mark(database, Period.ofDays(90));
    }

    /** Marks months that ended longer ago, as the job does. The job itself is paused. */
    public static void mark(Database database, Period window) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("update partition_job set paused = true");
            statement.execute(
                    """
                    do $$
                    declare
                        p partition;
                    begin
                        for p in
                            select * from partition
                            where ends_at <= now() - interval '%s'
                            order by starts_at
                        loop
                            perform mark_month(p.starts_at);
                            execute format(
                                'alter table %%I drop constraint archived_takes_no_more_rows',
                                p.name);
                        end loop;
                        update partition set closed_below = null;
                    end
                    $$
                    """
                            .formatted(window));
        }
    }
}
