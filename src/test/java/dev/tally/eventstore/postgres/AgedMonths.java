package dev.tally.eventstore.postgres;

import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.SQLException;
import java.time.Period;

/** Months that were archived but are open still, for whoever writes the past. */
public final class AgedMonths {

    private AgedMonths() {}

    /** Months of more than a year, those before the last three archived. */
    static void in(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            statement.execute("select create_partitions(now() - interval '400 days', 14)");
        }
        mark(database, Period.ofDays(90));
    }

    /** Marks months that ended longer ago, as the job does. The job itself stands still. */
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
                    end
                    $$
                    """
                            .formatted(window));
        }
    }
}
