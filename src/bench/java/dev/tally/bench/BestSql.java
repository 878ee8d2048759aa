package dev.tally.bench;

import dev.tally.bench.Script.Constant;
import dev.tally.bench.Script.Counter;
import dev.tally.bench.Script.Customer;
import dev.tally.bench.Script.Statement;
import dev.tally.bench.Script.Value;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * The least SQL that does the work of a command on the same tables: one query, one statement that
 * stores, no transaction around them. Written by measuring the alternatives; what decides is
 * planning, which costs twice as much as execution if every statement is planned anew:
 *
 * <ul>
 *   <li>The generations are given to the scan by a subquery that runs once, not by a join. Where
 *       streams stand in different generations it may read events of one too many.
 *   <li>Both bounds of time are part of the text, so that even a plan that is kept knows only the
 *       partitions between them, and locks no other: {@link Script#withKeptPlans} more than doubles
 *       what a database can do.
 *   <li>Heads are moved by CASE in one scan of the primary key, not by a join with the new values;
 *       the events are plain VALUES. A head that did not move leaves the generation null, which the
 *       table refuses: then everything fails.
 * </ul>
 */
final class BestSql {

    /** One event more, on a stream that the customer already has. */
    private record Event(
            String type,
            int generation,
            int lastSeq,
            long revision,
            String openedAt,
            String time,
            String aggregate,
            String mapper,
            String bytes,
            String command,
            int hash) {}

    private final String firstTime;
    private final String endTime;
    private final List<Event> events;

    private BestSql(String firstTime, String endTime, List<Event> events) {
        this.firstTime = firstTime;
        this.endTime = endTime;
        this.events = events;
    }

    /**
     * The work of one command.
     *
     * @param sample a customer whose last command is that work: its events are stored again
     * @param customer one of those that the script is to run on, before it does
     */
    static BestSql likeLastCommand(Database database, String sample, String customer)
            throws SQLException {
        try (var connection = database.connect(Role.TALLY_READER)) {
            return new BestSql(
                    hotBound(connection, "min(starts_at)", "tier = 'HOT'"),
                    hotBound(connection, "max(ends_at)", "starts_at <= now()"),
                    lastCommand(database, sample, customer));
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

    private static List<Event> lastCommand(Database database, String sample, String customer)
            throws SQLException {
        // As the application: the reader may not see the events' bytes.
        try (var connection = database.connect(Role.TALLY_APP);
                var query =
                        connection.prepareStatement(
                                """
                                select h.stream_type, h.generation, h.last_seq, h.revision,
                                       h.opened_at::text, e.event_time::text, e.aggregate_id,
                                       e.event_mapper, e.event_data::text, e.command_id,
                                       e.command_hash
                                from tally.event e
                                join tally.stream h
                                  on h.customer_id = ? and h.stream_type = e.stream_type
                                where e.customer_id = ? and e.command_id = (
                                    select command_id from tally.event
                                    where customer_id = ? order by event_time desc limit 1)
                                order by e.event_time
                                """)) {
            query.setString(1, customer);
            query.setString(2, sample);
            query.setString(3, sample);
            return events(query);
        }
    }

    private static List<Event> events(PreparedStatement query) throws SQLException {
        var events = new ArrayList<Event>();
        try (var rows = query.executeQuery()) {
            while (rows.next()) {
                events.add(
                        new Event(
                                rows.getString(1),
                                rows.getInt(2),
                                rows.getInt(3),
                                rows.getLong(4),
                                rows.getString(5),
                                rows.getString(6),
                                rows.getString(7),
                                rows.getString(8),
                                rows.getString(9),
                                rows.getString(10),
                                rows.getInt(11)));
            }
        }
        var streams = events.stream().map(Event::type).distinct().count();
        if (events.isEmpty() || streams != events.size()) {
            throw new IllegalArgumentException("not one event on each stream: " + events);
        }
        return events;
    }

    /** The whole command: an acquire reads four streams and appends to two. */
    Script command() {
        return script(events, "'L', 'W', 'V', 'P'");
    }

    /** One stream read, one event stored: what the least command would cost. */
    Script oneEvent() {
        var event = events.getFirst();
        return script(List.of(event), "'" + event.type() + "'");
    }

    private Script script(List<Event> stored, String types) {
        return new Script(List.of(read(types), store(stored)), stored.size(), Map.of());
    }

    private Statement read(String types) {
        return new Statement(
                """
                with head as materialized (
                    select stream_type, generation, last_seq, opened_at, last_event_time, revision
                    from tally.stream
                    where customer_id = $1 and stream_type in (%1$s)
                )
                select 0 as kind, stream_type, generation, last_seq, last_event_time,
                       null::text as aggregate_id, null::smallint as event_mapper, null::bytea as bytes,
                       null::text as command_id, null::integer as command_hash, revision, opened_at
                from head
                union all
                select 1, stream_type, generation, seq, event_time,
                       null, null, snapshot_data, null, null, fingerprint, null
                from tally.snapshot
                where customer_id = $1 and stream_type in (%1$s)
                  and generation = any (array(select generation from head))
                  and event_time >= '%2$s' and event_time < '%3$s'
                union all
                select 2, stream_type, generation, seq, event_time,
                       aggregate_id, event_mapper, event_data, command_id, command_hash, null, null
                from tally.event
                where customer_id = $1 and stream_type in (%1$s)
                  and generation = any (array(select generation from head))
                  and event_time >= '%2$s' and event_time < '%3$s'
                """
                        .formatted(types, firstTime, endTime)
                        .strip(),
                List.of(new Customer()));
    }

    private static Statement store(List<Event> events) {
        var text = new Parameters();
        var seq = byType(events, text, (event, p) -> p.add(new Counter(event.lastSeq() + 1, 1)));
        var opened = byType(events, text, (event, p) -> p.add(new Constant(event.openedAt())));
        var time = byType(events, text, (event, p) -> p.add(new Constant(event.time())));
        var revision = byType(events, text, (event, p) -> p.add(new Counter(event.revision(), 1)));
        var types =
                events.stream()
                        .map(event -> text.add(new Constant(event.type())))
                        .collect(Collectors.joining(", "));
        var rows =
                events.stream()
                        .map(event -> row(event, events, text))
                        .collect(Collectors.joining(",\n"));
        return new Statement(
                """
                with moved as (
                    update tally.stream
                    set last_seq = %s,
                        opened_at = %s,
                        last_event_time = %s,
                        revision = revision + 1
                    where customer_id = %s and stream_type in (%s) and revision = %s
                    returning 1
                )
                insert into tally.event
                    (customer_id, stream_type, generation, seq, event_time, aggregate_id,
                     event_mapper, event_data, command_id, command_hash)
                values
                %s
                """
                        .formatted(
                                seq, opened, time, text.add(new Customer()), types, revision, rows)
                        .strip(),
                text.values);
    }

    private static String byType(
            List<Event> events, Parameters text, BiFunction<Event, Parameters, String> value) {
        if (events.size() == 1) return value.apply(events.getFirst(), text);
        return events.stream()
                .map(
                        event ->
                                "when %s then %s"
                                        .formatted(
                                                text.add(new Constant(event.type())),
                                                value.apply(event, text)))
                .collect(Collectors.joining(" ", "case stream_type ", " end"));
    }

    private static String row(Event event, List<Event> events, Parameters text) {
        return "(%s, %s, (select case when count(*) = %d then %s end from moved), %s, %s, %s, %s, %s, %s, %s)"
                .formatted(
                        text.add(new Customer()),
                        text.add(new Constant(event.type())),
                        events.size(),
                        text.add(new Constant(Integer.toString(event.generation()))),
                        text.add(new Counter(event.lastSeq() + 1, 1)),
                        text.add(new Constant(event.time())),
                        text.add(new Constant(event.aggregate())),
                        text.add(new Constant(event.mapper())),
                        text.add(new Constant(event.bytes())),
                        text.add(new Constant(event.command())),
                        text.add(new Constant(Integer.toString(event.hash()))));
    }

    /** Of a statement that is being written; a value that was there before is not sent twice. */
    private static final class Parameters {

        private final List<Value> values = new ArrayList<>();

        String add(Value value) {
            if (!values.contains(value)) values.add(value);
            return "$" + (values.indexOf(value) + 1);
        }
    }
}
