-- V007  What a command costs of the database: two calls, one that reads and one that appends.
--
-- Locks     none on existing tables (functions only)
-- Duration  milliseconds
-- Undo      drop the functions, and make create_partitions what it was in V003; older applications
--           do not call them
-- Grows     not at all
--
-- Planning took two thirds of reading a history. A plan that is kept costs nothing, but it locks
-- every partition that it knows, the archived ones too. So the function that reads exists twice:
--
--   read_streams_anew   plans each time, for the time in which the customer's events lie
--   read_streams        the same text, made from it by bound_reads() whenever the hot partitions
--                       change: with the time at which they begin as a constant, so that its kept
--                       plans know no partition before. Who was silent for longer is read anew.
--
-- An append touches no partition but those that it inserts into: its plans are kept as they are.

set search_path = tally;

create function read_streams_anew(customer text, types "char"[])
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
    -- A plan made while a partition was empty would go on to scan it.
    set enable_seqscan = off
    set plan_cache_mode = force_custom_plan
as $$
declare
    head record;
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
        -- BEFORE HOT: here bound_reads() sends the silent to read_streams_anew

        -- Each stream by itself: its events lie in fewer partitions than those of all together.
        if head.generation > 1 then
            return query
                select 'snapshot', s.stream_type, s.generation, s.seq, s.event_time,
                       null::timestamptz, null::bigint, null, null::smallint, null, null::integer,
                       s.fingerprint, s.snapshot_data
                from tally.snapshot s
                where s.customer_id = customer
                  and s.stream_type = head.stream_type
                  and s.generation = head.generation
                  and s.event_time = head.opened_at
                  -- HOT s.event_time: here it adds the constant
                ;
        end if;
        return query
            select 'event', e.stream_type, e.generation, e.seq, e.event_time,
                   null::timestamptz, null::bigint, e.aggregate_id, e.event_mapper, e.command_id,
                   e.command_hash, null::bigint, e.event_data
            from tally.event e
            where e.customer_id = customer
              and e.stream_type = head.stream_type
              and e.generation = head.generation
              and e.event_time between head.opened_at and head.last_event_time
              -- HOT e.event_time
            order by e.seq;
    end loop;
end
$$;

create function bound_reads() returns void
    language plpgsql
    set search_path = tally
as $$
declare
    hot_start  timestamptz;
    definition text := pg_get_functiondef('read_streams_anew'::regproc);
begin
    -- Two at once would fail to replace the same function.
    perform pg_advisory_xact_lock(hashtext('tally.bound_reads'));
    select min(starts_at) into hot_start from partition where tier = 'HOT';
    definition := replace(definition, 'FUNCTION tally.read_streams_anew', 'FUNCTION tally.read_streams');
    definition := replace(definition, 'force_custom_plan', 'force_generic_plan');
    definition := regexp_replace(
        definition,
        '-- BEFORE HOT[^\n]*',
        format(
            'if head.opened_at < %L then
            return query
                select * from tally.read_streams_anew(customer, array[head.stream_type]) r
                where r.kind <> ''head'';
            continue;
        end if;',
            hot_start));
    definition := regexp_replace(
        definition, '-- HOT (\w\.event_time)[^\n]*', format('and \1 >= %L', hot_start), 'g');
    execute definition;
end
$$;

comment on function read_streams_anew(text, "char"[]) is 'As read_streams, planned anew each time.';
comment on function bound_reads() is 'Makes read_streams anew, for the partitions that are hot now. For whoever changes a tier; create_partitions does it.';

create or replace function create_partitions(since timestamptz, months_ahead integer) returns integer
    language plpgsql
    set search_path = tally
as $$
declare
    created integer;
begin
    select count(*) into created
    from generate_series(0, months_ahead) as months (n)
    cross join (values ('event'), ('snapshot')) as parents (parent)
    where create_partition(
        parent,
        date_trunc('month', since, 'UTC') + make_interval(days => 15, months => n));
    if created > 0 then
        perform bound_reads();
    end if;
    return created;
end
$$;

select bound_reads();

comment on function read_streams(text, "char"[]) is 'The heads of a customer''s streams, the snapshots that opened their current generations and the events of these: all of one moment, as the application decides from it. For people there is event_history.';

revoke execute on function bound_reads() from public;

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

grant execute on function read_streams, read_streams_anew, append_to_streams to tally_app;
