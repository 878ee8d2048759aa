-- V007  What a command costs of the database: two calls, one that reads and one that appends.
--
-- Locks     none on existing tables (new functions only)
-- Duration  milliseconds
-- Undo      drop the functions; older applications do not call them
-- Grows     not at all
--
-- Planning was two thirds of reading a history: every partition that might hold an event was planned for, and the
-- statements are planned anew each time, because a generic plan would lock all partitions, archived ones too. A function
-- looks at the heads first, so it knows the time in which the events lie, and only the partitions of that time are planned
-- for and locked. An append touches no partition but those it inserts into, so its plans are kept.

set search_path = tally;

create function read_streams(customer text, types "char"[])
    returns table (
        kind            text,
        stream_type     "char",
        generation      smallint,
        seq             integer,
        event_time      timestamptz,
        opened_at       timestamptz,
        revision        bigint,
        aggregate_id    text,
        event_mapper    smallint,
        command_id      text,
        command_hash    integer,
        fingerprint     bigint,
        bytes           bytea
    )
    language plpgsql
    stable
    set plan_cache_mode = force_custom_plan
as $$
declare
    head           record;
    found_types    "char"[];
    generations    smallint[];
    first_opening  timestamptz := 'infinity';
    last_time      timestamptz := '-infinity';
begin
    for head in
        select * from tally.stream s
        where s.customer_id = customer and s.stream_type = any (types)
    loop
        kind := 'head';
        stream_type := head.stream_type;
        generation := head.generation;
        seq := head.last_seq;
        event_time := head.last_event_time;
        opened_at := head.opened_at;
        revision := head.revision;
        return next;
        found_types := found_types || head.stream_type;
        generations := generations || head.generation;
        first_opening := least(first_opening, head.opened_at);
        last_time := greatest(last_time, head.last_event_time);
        if head.generation > 1 then
            return query
                select 'snapshot', s.stream_type, s.generation, s.seq, s.event_time,
                       null::timestamptz, null::bigint, null, null::smallint, null, null::integer,
                       s.fingerprint, s.snapshot_data
                from tally.snapshot s
                where s.customer_id = customer
                  and s.stream_type = head.stream_type
                  and s.generation = head.generation
                  and s.event_time = head.opened_at;
        end if;
    end loop;
    return query
        select 'event', e.stream_type, e.generation, e.seq, e.event_time,
               null::timestamptz, null::bigint, e.aggregate_id, e.event_mapper, e.command_id,
               e.command_hash, null::bigint, e.event_data
        from tally.event e
        where e.customer_id = customer
          and e.stream_type = any (found_types)
          and e.generation = any (generations)
          and e.generation = generations[array_position(found_types, e.stream_type)]
          and e.event_time between first_opening and last_time
        order by e.stream_type, e.seq;
end
$$;

comment on function read_streams(text, "char"[]) is 'The heads of a customer''s streams, the snapshots that opened their current generations and the events of these: all of one moment, as the application decides from it. For people there is event_history.';

-- Each row's columns come as arrays of the same length.
create function append_to_streams(
    customer          text,
    command           text,
    hash              integer,
    types             "char"[],
    generations       smallint[],
    seqs              integer[],
    openings          timestamptz[],
    times             timestamptz[],
    revisions         bigint[],
    event_types       "char"[],
    event_generations smallint[],
    event_seqs        integer[],
    event_times       timestamptz[],
    aggregates        text[],
    mappers           smallint[],
    payloads          bytea[],
    snapshot_types    "char"[],
    fingerprints      bigint[],
    states            bytea[]
)
    returns void
    language plpgsql
    set plan_cache_mode = force_generic_plan
as $$
declare
    moved  integer;
    opened integer := 0;
begin
    -- First: who loses the race finds out before anything else is written.
    update tally.stream s
    set generation = h.generation, last_seq = h.last_seq, opened_at = h.opened_at,
        last_event_time = h.last_event_time, revision = h.revision
    from unnest(types, generations, seqs, openings, times, revisions)
        as h (stream_type, generation, last_seq, opened_at, last_event_time, revision)
    where s.customer_id = customer
      and s.stream_type = h.stream_type
      and s.revision = h.revision - 1;
    get diagnostics moved = row_count;
    if moved < cardinality(types) then
        insert into tally.stream
            (customer_id, stream_type, generation, last_seq, opened_at, last_event_time, revision)
        select customer, h.*
        from unnest(types, generations, seqs, openings, times, revisions)
            as h (stream_type, generation, last_seq, opened_at, last_event_time, revision)
        where h.revision = 0;
        get diagnostics opened = row_count;
    end if;
    if moved + opened <> cardinality(types) then
        raise exception 'another append to a stream of customer % came first', customer
            using errcode = 'serialization_failure';
    end if;

    insert into tally.event
        (customer_id, command_id, command_hash, stream_type, generation, seq, event_time,
         aggregate_id, event_mapper, event_data)
    select customer, command, hash, e.*
    from unnest(event_types, event_generations, event_seqs, event_times, aggregates, mappers,
                payloads) as e;

    if cardinality(snapshot_types) > 0 then
        insert into tally.snapshot
            (customer_id, stream_type, generation, event_time, seq, fingerprint, snapshot_data)
        select customer, h.stream_type, h.generation, h.opened_at, h.last_seq, s.fingerprint,
               s.state
        from unnest(snapshot_types, fingerprints, states) as s (stream_type, fingerprint, state)
        join unnest(types, generations, seqs, openings)
            as h (stream_type, generation, last_seq, opened_at) using (stream_type);
    end if;
end
$$;

comment on function append_to_streams is 'Moves the heads of a customer''s streams by compare-and-set on revision and stores events and the snapshots of generations that these close: all, or nothing with serialization_failure (40001) if another append moved a head first.';

grant execute on function read_streams, append_to_streams to tally_app;
