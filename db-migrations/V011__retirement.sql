-- V011  Months past retention are retired: what no state needs any more is detached, and dropped after a grace.
--
-- Locks     ACCESS EXCLUSIVE on table partition for milliseconds; none on events. What the functions lock is said at each
-- Duration  milliseconds
-- Undo      drop the new functions and columns, make the replaced functions and the view what they were in V008 and V010;
--           only while no partition is SIFTING, SIFTED or RETIRED
-- Grows     not at all
--
-- Years after it was stored, an event may still be what a state is made of: a license without an end, the activation of a
-- device. Those rows stay where they are, and everything else of the month goes:
--
--   ARCHIVED  or MARKED, where there is no tablespace for the archive
--   SIFTING   the rows that stay are being copied, customer by customer
--   SIFTED    that is done; the copy waits until no transaction is left that began before it was there
--   RETIRED   the copy has taken the original's place. The original, <name>_retired, is detached, and dropped after the grace
--
-- A row stays if a state of its customer still holds its aggregate, or while an older row of its aggregate stays: or else a
-- replay would find that a license was issued and not that it was released.

set search_path = tally;

alter table partition
    add column retired_at  timestamptz,
    add column detached_at timestamptz,
    drop constraint partition_state_is_known,
    add constraint partition_state_is_known
        check (state in ('HOT', 'MARKED', 'COPYING', 'VERIFYING', 'COPIED', 'ARCHIVED', 'SIFTING', 'SIFTED', 'RETIRED')),
    add constraint partition_is_detached_when_retired check (detached_at is null or state = 'RETIRED');

comment on column partition.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED, ARCHIVED, SIFTING, SIFTED or RETIRED: how far its way is. README.md says what each means.';
comment on column partition.retired_at is 'When it last lost the rows that nothing needed any more; restored, it may have them again. Null: it has all.';
comment on column partition.detached_at is 'When its last original was detached, <name>_retired, which is dropped after the grace. Null: there is none.';

create function make_copy_table(p partition, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    copy text := p.name || '_copy';
begin
    execute format('drop table if exists %I', copy);
    -- The indexes go where this says.
    perform set_config('default_tablespace', coalesce(into_tablespace, ''), true);
    execute format('create table %I (like %I including all)', copy, p.parent_table);
    execute format('comment on table %I is %L', copy, 'Copy of ' || p.name || ' in the making.');
    -- With it the swap need not look at the rows.
    execute format(
        'alter table %I
            add constraint within_bounds check (event_time >= %L and event_time < %L)',
        copy, p.starts_at, p.ends_at);
end
$$;

comment on function make_copy_table(partition, text) is 'Makes the empty table <name>_copy in a tablespace; one that is left from before is thrown away. For begin_copy and begin_sift.';

create function attach_in_place(p partition, candidate text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    execute format('alter table %I rename to %I', candidate, p.name);
    execute format('alter index %I rename to %I', candidate || '_pkey', p.name || '_pkey');
    execute format(
        'comment on table %I is %L',
        p.name, format('%s from %s to %s', p.parent_table, p.starts_at, p.ends_at));
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        p.parent_table, p.name, p.starts_at, p.ends_at);
    execute format('alter table %I drop constraint within_bounds', p.name);
end
$$;

comment on function attach_in_place(partition, text) is 'Attaches a table under the name of a partition that has been detached and is called otherwise now. For those that swap.';

create or replace function begin_copy(partition_name text, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and state = 'MARKED' for update;
    perform make_copy_table(p, into_tablespace);
    update partition
    set state = 'COPYING', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null, row_count = null,
        checksum = null
    where name = p.name;
end
$$;

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds; whoever wants to append or read waits for it behind
--        this, so it gives up after 50 ms if a long reader keeps it from getting the lock: try again later.
create or replace function swap_partition(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and state = 'COPIED' for update;
    perform refuse_older_transactions(p);
    execute format(
        'alter table %I add constraint archived_takes_no_more_rows check (false) not valid', p.name || '_copy');
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    execute format('drop table %I', p.name);
    perform attach_in_place(p, p.name || '_copy');
    update partition
    set state = 'ARCHIVED', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null,
        last_error = null, failed_at = null
    where name = p.name;
end
$$;

create function refuse_older_transactions(p partition) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    -- They would find the copy in the original's place, and not its rows.
    readers integer := transactions_before(p.copied_by);
begin
    if readers > 0 then
        raise exception '% transactions are older than the copy of %', readers, p.name
            using errcode = 'object_in_use';
    end if;
end
$$;

comment on function refuse_older_transactions(partition) is 'An error while there are transactions that do not see the rows of the partition''s copy. For those that swap.';

create function refuse_held(p partition) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    if p.legal_hold is not null then
        raise exception 'partition % is under legal hold: %', p.name, p.legal_hold
            using errcode = 'object_not_in_prerequisite_state';
    end if;
end
$$;

comment on function refuse_held(partition) is 'An error if the partition is under legal hold. For those that drop.';

-- Locks  none that anybody waits for: the copy is a new table.
create function begin_sift(partition_name text, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    p partition;
begin
    select * into strict p
    from partition
    where name = partition_name and state in ('MARKED', 'ARCHIVED', 'RETIRED') and detached_at is null
    for update;
    perform refuse_held(p);
    perform make_copy_table(p, into_tablespace);
    -- Nothing needs an old snapshot: a state is replayed without it, from the events that stay.
    update partition
    set state = case parent_table when 'snapshot' then 'SIFTED' else 'SIFTING' end, since = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = pg_current_xact_id()
    where name = p.name;
end
$$;

comment on function begin_sift(text, text) is 'Makes the table that the rows that stay are copied to, in a tablespace; null is the database''s own.';

-- Locks  ACCESS SHARE on the partition.
create function next_to_sift(partition_name text, batch_rows integer, out last text, out customers text[])
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTING';
    last := end_of_batch(p.name, p.done_to, batch_rows);
    execute format(
        'select coalesce(array_agg(customer_id), ''{}'')
         from (
             select distinct customer_id from %I where customer_id > $1 and ($2 is null or customer_id <= $2)
         ) as c',
        p.name)
    into customers using coalesce(p.done_to, ''), last;
end
$$;

comment on function next_to_sift(text, integer) is 'The next customers of a SIFTING partition, those with about so many rows, and the last of them: null if there are no more.';

-- Locks  ACCESS SHARE on the partition and on older ones.
create function sift_batch(
    partition_name text,
    last           text,
    customers      text[],
    types          "char"[],
    aggregates     text[],
    untouched      text[],
    folded         "char"[]
) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    p           partition;
    copy        text := partition_name || '_copy';
    looked_at   bigint;
    stay_rows   bigint;
    stay_sum    numeric;
    copied_rows bigint;
    copied_sum  numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTING' for update;
    execute format(
        'with needed as materialized (
             select * from unnest($3, $4, $5) as n (customer_id, stream_type, aggregate_id)
         ),
         begun as materialized (
             select distinct customer_id, stream_type, aggregate_id
             from %I
             where event_time < %L and customer_id > $1 and ($2 is null or customer_id <= $2)
         )
         insert into %I
         select r.* from %I r
         where r.customer_id > $1 and ($2 is null or r.customer_id <= $2)
           and (
               r.customer_id = any ($6)
               or r.stream_type <> all ($7)
               or (r.customer_id, r.stream_type, r.aggregate_id) in (select * from needed)
               or (r.customer_id, r.stream_type, r.aggregate_id) in (select * from begun)
           )
         order by customer_id, stream_type, generation, event_time',
        p.parent_table, p.starts_at, copy, p.name)
    using coalesce(p.done_to, ''), last, customers, types, aggregates, untouched, folded;
    execute format(
        'select count(*), count(c.customer_id), coalesce(sum(hash_record_extended(r, 0)) filter (where c.customer_id is not null), 0)
         from %I r
         left join %I c using (customer_id, stream_type, generation, seq, event_time)
         where r.customer_id > $1 and ($2 is null or r.customer_id <= $2)',
        p.name, copy)
    into looked_at, stay_rows, stay_sum using coalesce(p.done_to, ''), last;
    execute format(
        'select count(*), coalesce(sum(hash_record_extended(c, 0)), 0)
         from %I c
         where customer_id > $1 and ($2 is null or customer_id <= $2)',
        copy)
    into copied_rows, copied_sum using coalesce(p.done_to, ''), last;
    if copied_rows <> stay_rows or copied_sum <> stay_sum then
        raise exception 'what stays of % was copied as something else', p.name using errcode = 'data_corrupted';
    end if;
    update partition
    set done_to = last, rows_done = rows_done + looked_at, copied_by = pg_current_xact_id(), last_error = null,
        failed_at = null
    where name = p.name;
    if last is null then
        update partition set state = 'SIFTED', since = clock_timestamp(), rows_done = 0 where name = p.name;
    end if;
    return copied_rows;
end
$$;

comment on function sift_batch is 'Copies what stays of the rows of the next customers, up to the last: rows of the aggregates given, of aggregates of which an older row stays, of customers to be left untouched, and of stream types other than those folded. Says how many they were. With a null last, the rest, the partition is SIFTED. The application gives what states still hold; by hand nobody can.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, as swap_partition.
create function retire_partition(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p          partition;
    stay_rows  bigint;
    stay_sum   numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTED' for update;
    perform refuse_held(p);
    perform refuse_older_transactions(p);
    execute format('select count(*), coalesce(sum(hash_record_extended(c, 0)), 0) from %I c', p.name || '_copy')
    into stay_rows, stay_sum;
    execute format(
        'alter table %I add constraint archived_takes_no_more_rows check (false) not valid', p.name || '_copy');
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    execute format('alter table %I rename to %I', p.name, p.name || '_retired');
    execute format('alter index %I rename to %I', p.name || '_pkey', p.name || '_retired_pkey');
    execute format(
        'comment on table %I is %L',
        p.name || '_retired',
        format('%s as it was until %s; dropped after the grace. restore_partition puts it back.', p.name, now()));
    perform attach_in_place(p, p.name || '_copy');
    update partition
    set state = 'RETIRED', since = clock_timestamp(), retired_at = clock_timestamp(), detached_at = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = null, row_count = stay_rows,
        checksum = stay_sum, last_error = null, failed_at = null
    where name = p.name;
end
$$;

comment on function retire_partition(text) is 'Puts what stays of a SIFTED partition in its place, and detaches the original as <name>_retired.';

-- Locks  none that anybody waits for: nothing reads the detached table.
create function drop_retired(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and detached_at is not null for update;
    perform refuse_held(p);
    execute format('drop table %I', p.name || '_retired');
    update partition set detached_at = null, last_error = null, failed_at = null where name = p.name;
end
$$;

comment on function drop_retired(text) is 'Drops the detached original of a retired partition, for good.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, as swap_partition. Before that it reads the whole
--        detached table, which nobody else does.
create function restore_partition(partition_name text, reason text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p         partition;
    original  text := partition_name || '_retired';
    younger   text;
    all_rows  bigint;
    all_sum   numeric;
begin
    select * into strict p from partition where name = partition_name and detached_at is not null for update;
    -- A license would come back of which a younger month has lost the end.
    select max(name) into younger
    from partition
    where parent_table = p.parent_table and starts_at > p.starts_at
      and (state = 'RETIRED' or state in ('SIFTING', 'SIFTED') and retired_at is not null);
    if younger is not null then
        raise exception 'restore % first: the youngest comes first', younger
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    -- Nor may it be about to lose it: it was sifted without what comes back now.
    update partition
    set state = 'ARCHIVED', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null
    where parent_table = p.parent_table and starts_at > p.starts_at and state in ('SIFTING', 'SIFTED');
    execute format('select count(*), coalesce(sum(hash_record_extended(o, 0)), 0) from %I o', original)
    into all_rows, all_sum;
    execute format(
        'alter table %I
            add constraint within_bounds check (event_time >= %L and event_time < %L)',
        original, p.starts_at, p.ends_at);
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    execute format('drop table %I', p.name);
    perform attach_in_place(p, original);
    update partition
    -- Still retired_at: of a month that was sifted more than once, this is what the first time left.
    set state = 'ARCHIVED', since = clock_timestamp(), detached_at = null, row_count = all_rows, checksum = all_sum, last_error = null, failed_at = null,
        legal_hold = coalesce(legal_hold, 'Restored: ' || reason), held_by = coalesce(held_by, session_user),
        held_at = coalesce(held_at, clock_timestamp())
    where name = p.name;
end
$$;

comment on function restore_partition(text, text) is 'Puts the detached original of a retired partition back, the youngest first, and under legal hold: or it would be retired again.';

-- Erasures reach the detached originals too.

create or replace function held_partitions_of(customer text) returns text[]
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    p     partition;
    place text;
    found boolean;
    names text[] := '{}';
begin
    for p in select * from partition where legal_hold is not null order by name loop
        foreach place in array tables_of(p) loop
            execute format('select exists (select from %I where customer_id = $1)', place) into found using customer;
            if found then
                names := names || p.name;
                exit;
            end if;
        end loop;
    end loop;
    return names;
end
$$;

create function tables_of(p partition) returns text[]
    language sql
    stable
    set search_path = tally
as $$
    select array_agg(place order by place)
    from unnest(array[p.name, p.name || '_copy', p.name || '_retired']) as place
    where to_regclass(format('tally.%I', place)) is not null
$$;

comment on function tables_of(partition) is 'The tables that have rows of a partition: itself first, the copy that is being made, the original that is detached.';

create or replace function erase_batch(which text, batch_rows integer) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    e       erasure;
    p       partition;
    place   text;
    held    text[];
    gone    bigint := 0;
    of_p    bigint;
    of_this bigint;
    its_sum numeric;
begin
    select * into e from erasure where erasure_id = which and completed_at is null for update;
    if not found then
        return 0;
    end if;
    held := held_partitions_of(e.customer_id);
    if cardinality(held) > 0 then
        raise exception 'the customer has rows under legal hold in %', array_to_string(held, ', ')
            using errcode = 'object_not_in_prerequisite_state';
    end if;

    if e.erases_until is null then
        -- With the heads goes all that commands read: from here on they find a new customer, whose rows are younger.
        with heads as (
            delete from stream where customer_id = e.customer_id
            returning greatest(last_event_time, opened_at) as last_time
        )
        select count(*), coalesce(max(last_time), e.requested_at) into gone, e.erases_until from heads;
        update erasure set erases_until = e.erases_until where erasure_id = which;
    end if;

    for p in select * from partition where starts_at <= e.erases_until order by starts_at, name loop
        exit when gone >= batch_rows;
        -- Whoever copies or compares it waits until this is through, and this for them.
        select * into p from partition where name = p.name for update;
        of_p := 0;
        foreach place in array tables_of(p) loop
            execute format(
                'with gone as (
                     delete from %I where customer_id = $1 and event_time <= $2 returning *
                 )
                 select count(*), coalesce(sum(hash_record_extended(gone, 0)), 0) from gone',
                place)
            into of_this, its_sum using e.customer_id, e.erases_until;
            if place = p.name and (p.state <> 'VERIFYING' or e.customer_id <= p.done_to) then
                update partition set row_count = row_count - of_this, checksum = checksum - its_sum where name = p.name;
            end if;
            -- Each of these tables is a part of the fullest.
            of_p := greatest(of_p, of_this);
        end loop;
        gone := gone + of_p;
    end loop;

    update erasure
    set rows_erased = rows_erased + gone, last_error = null, failed_at = null,
        completed_at = case when gone = 0 then clock_timestamp() end,
        customer_id = case when gone > 0 then customer_id end
    where erasure_id = which;
    return gone;
end
$$;

create or replace view partition_tier as
select
    p.name,
    p.parent_table                                                                    as table_name,
    p.starts_at,
    p.ends_at,
    p.tier,
    p.state,
    p.since,
    case when c.oid is not null then coalesce(t.spcname, own.spcname) end             as tablespace,
    pg_total_relation_size(c.oid)                                                     as bytes,
    pg_indexes_size(c.oid)                                                            as index_bytes,
    coalesce(p.row_count, nullif(s.n_live_tup, 0), greatest(c.reltuples, 0)::bigint) as row_count,
    p.row_count is not null                                                           as row_count_is_exact,
    case
        when p.state = 'HOT' and p.done_to is not null
            then round(least(1, p.rows_done / greatest(heads.reltuples, 1))::numeric, 2)
        when p.state in ('COPYING', 'VERIFYING', 'SIFTING')
            then round(least(1, p.rows_done / greatest(p.row_count, s.n_live_tup, c.reltuples, 1))::numeric, 2)
    end                                                                               as progress,
    p.requested_at,
    p.last_error,
    p.failed_at,
    p.legal_hold,
    p.held_by,
    p.held_at,
    p.retired_at,
    p.detached_at,
    pg_total_relation_size(to_regclass(format('tally.%I', p.name || '_retired')))     as detached_bytes
from partition p
left join pg_class c on c.oid = to_regclass(format('tally.%I', p.name))
left join pg_tablespace t on t.oid = c.reltablespace
left join pg_stat_user_tables s on s.relid = c.oid
join pg_class heads on heads.oid = 'tally.stream'::regclass
join pg_database d on d.datname = current_database()
join pg_tablespace own on own.oid = d.dattablespace;

comment on column partition_tier.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED, ARCHIVED, SIFTING, SIFTED or RETIRED.';
comment on column partition_tier.retired_at is 'When it last lost the rows that nothing needed any more; restored, it may have them again. Null: it has all.';
comment on column partition_tier.detached_at is 'When its last original was detached, which is dropped after the grace. Null: there is none.';
comment on column partition_tier.detached_bytes is 'On disk, of the detached original.';
