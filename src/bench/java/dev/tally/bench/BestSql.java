package dev.tally.bench;

import dev.tally.bench.Script.Constant;
import dev.tally.bench.Script.Counter;
import dev.tally.bench.Script.Customer;
import dev.tally.bench.Script.Statement;
import dev.tally.bench.Script.Value;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The best SQL that we could write for the work of a command on the same tables: one query and one
 * statement that stores, without a transaction around them. It was found by measuring alternatives.
 * Planning matters most, because it costs twice as much as execution if every statement is planned
 * anew:
 *
 * <ul>
 *   <li>Both bounds of time are part of the text, so that even a kept plan knows and locks only the
 *       partitions between them. {@link Script#withKeptPlans} more than doubles the number of
 *       commands that a database can do.
 *   <li>The events are plain VALUES. If the head was not updated, the generation is null, which the
 *       table refuses, and the whole statement fails.
 * </ul>
 */
final class BestSql {

    /** One event to store. */
    private record Event(
            String mapper, String aggregateType, String aggregate, String bytes, int weight) {}

    /** The values that all events of a command share. */
    private record Command(String time, String id, String hash, String caller) {}

    /** The place of a customer's next event. */
    private record Place(int lastSeq, long revision) {}

    private final String firstTime;
    private final String endTime;
    private final Place place;
    private final Command command;
    private final List<Event> events;

    private BestSql(
            String firstTime, String endTime, Place place, Command command, List<Event> events) {
        this.firstTime = firstTime;
        this.endTime = endTime;
        this.place = place;
        this.command = command;
        this.events = events;
    }

    /**
     * The SQL for the work of one command.
     *
     * @param sample a customer whose last command did this work: its events are stored again
     * @param customer one of the customers that the script will run on, as it is before the run
     */
    static BestSql likeLastCommand(Database database, String sample, String customer)
            throws SQLException {
        // This connects as the application, because the reader may not see the events' bytes.
        try (var connection = database.connect(Role.TALLY_APP)) {
            return new BestSql(
                    hotBound(connection, "min(starts_at)", "tier = 'HOT'"),
                    hotBound(connection, "max(ends_at)", "starts_at <= now()"),
                    place(connection, customer),
                    lastCommand(connection, sample),
                    lastEvents(connection, sample));
        }
    }

    private static String hotBound(Connection connection, String bound, String condition)
            throws SQLException {
        var query = "select %s::text from tally.partition where %s".formatted(bound, condition);
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Place place(Connection connection, String customer) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        "select last_seq, revision from tally.customer where customer_id = ?")) {
            query.setString(1, customer);
            try (var row = query.executeQuery()) {
                row.next();
                return new Place(row.getInt(1), row.getLong(2));
            }
        }
    }

    private static Command lastCommand(Connection connection, String sample) throws SQLException {
        try (var query =
                connection.prepareStatement(
                        """
                        select event_time::text, command_id, command_hash::text, caller
                        from tally.event
                        where customer_id = ? and command_id is not null
                        order by event_time desc limit 1
                        """)) {
            query.setString(1, sample);
            try (var row = query.executeQuery()) {
                row.next();
                return new Command(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4));
            }
        }
    }

    private static List<Event> lastEvents(Connection connection, String sample)
            throws SQLException {
        var events = new ArrayList<Event>();
        try (var query =
                connection.prepareStatement(
                        """
                        select e.event_mapper::text, e.aggregate_type::text, e.aggregate_id,
                            e.event_data::text, 150 + length(e.event_data)
                        from tally.event e join tally.customer c using (customer_id)
                        where e.customer_id = ? and e.event_time = c.last_time
                        order by e.seq
                        """)) {
            query.setString(1, sample);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    events.add(
                            new Event(
                                    rows.getString(1),
                                    rows.getString(2),
                                    rows.getString(3),
                                    rows.getString(4),
                                    rows.getInt(5)));
                }
            }
        }
        return events;
    }

    /** A script that reads the customer and stores all events of the command. */
    Script command() {
        return new Script(List.of(read(), store()), 1, Map.of());
    }

    /** A script that reads the customer. */
    Script query() {
        return new Script(List.of(read()), 0, Map.of());
    }

    private Statement read() {
        return new Statement(
                """
                with head as materialized (
                    select revision, generation, first_seq, last_seq, last_time, snapshot_seq,
                           snapshot_time, generation_bytes
                    from tally.customer
                    where customer_id = $1
                )
                select 0 as kind, last_seq as seq, last_time as at, generation, revision,
                       first_seq as number_1, snapshot_seq as number_2, generation_bytes as number_3,
                       snapshot_time as at_2, null::smallint as type, null::text as id,
                       null::bytea as bytes, null::text as command
                from head
                union all
                select 1, seq, event_time, generation, null,
                       schema_version, checksum, null, null, null, null, snapshot_data, null
                from tally.snapshot
                where customer_id = $1
                  and seq = (select snapshot_seq from head)
                  and event_time = (select snapshot_time from head)
                  and event_time >= '%1$s' and event_time < '%2$s'
                union all
                select 2, seq, event_time, generation, null,
                       event_mapper, command_hash, null, null, aggregate_type, aggregate_id, event_data,
                       command_id
                from tally.event
                where customer_id = $1
                  and seq > (select snapshot_seq from head)
                  and event_time >= (select snapshot_time from head)
                  and event_time >= '%1$s' and event_time < '%2$s'
                """
                        .formatted(firstTime, endTime)
                        .strip(),
                List.of(new Customer()));
    }

    private Statement store() {
        var text = new Parameters();
        var last = text.add(new Counter(place.lastSeq() + events.size(), events.size()));
        var time = text.add(new Constant(command.time()));
        var weight = events.stream().mapToInt(Event::weight).sum();
        var bytes = text.add(new Constant(Integer.toString(weight)));
        var customer = text.add(new Customer());
        var revision = text.add(new Counter(place.revision(), 1));
        var rows =
                IntStream.range(0, events.size())
                        .mapToObj(n -> row(n, text))
                        .collect(Collectors.joining(",\n"));
        return new Statement(
                """
                with moved as (
                    update tally.customer
                    set last_seq = %s,
                        last_time = %s,
                        generation_bytes = generation_bytes + %s,
                        revision = revision + 1
                    where customer_id = %s and revision = %s
                    returning generation
                )
                insert into tally.event
                    (event_time, seq, generation, event_mapper, aggregate_type, customer_id, aggregate_id,
                     event_data, command_id, command_hash, caller)
                values
                %s
                """
                        .formatted(last, time, bytes, customer, revision, rows)
                        .strip(),
                text.values);
    }

    /** The n-th event's row. */
    private String row(int n, Parameters text) {
        var event = events.get(n);
        var isFirst = n == 0;
        return "(%s, %s, (select generation from moved), %s, %s, %s, %s, %s, %s, %s, %s)"
                .formatted(
                        text.add(new Constant(command.time())),
                        text.add(new Counter(place.lastSeq() + 1 + n, events.size())),
                        text.add(new Constant(event.mapper())),
                        text.add(new Constant(event.aggregateType())),
                        text.add(new Customer()),
                        text.add(new Constant(event.aggregate())),
                        text.add(new Constant(event.bytes())),
                        text.add(new Constant(isFirst ? command.id() : null)),
                        text.add(new Constant(isFirst ? command.hash() : null)),
                        text.add(new Constant(isFirst ? command.caller() : null)));
    }

    /** The values of a statement that is being written. Equal values are sent only once. */
    private static final class Parameters {

        private final List<Value> values = new ArrayList<>();

        String add(Value value) {
            if (!values.contains(value)) values.add(value);
            return "$" + (values.indexOf(value) + 1);
        }
    }
}
