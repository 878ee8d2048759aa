-- V008  Aged partitions leave the hot tier: marked, copied to cheap storage, compared, swapped.
--
-- Locks     ACCESS EXCLUSIVE on table partition for milliseconds; none on events. What the functions lock is said at each
-- Duration  milliseconds
-- Undo      drop the functions, the added columns and partition_job; partitions that were moved stay where they are
-- Grows     partition_job: one row
--
-- Each function is one step and one transaction, and writes down where it stands: whoever comes next goes on from there.
-- The application's job calls them in this order (a DBA may as well: README.md), and state says which comes next:
--
--   HOT         younger than the hot window, or streams are still being rolled forward out of it
--   MARKED      tier ARCHIVE: no read of current state looks into it any more, and it takes no more rows
--   COPYING     its rows are being copied into the archive's tablespace, customer by customer
--   VERIFYING   original and copy are compared, customer by customer
--   COPIED      they are equal; the copy waits until no transaction is left that began before it was there
--   ARCHIVED    the copy has taken the original's place
--
-- Rows are copied in many short transactions and not by one COPY with FREEZE: whoever follows the events of all customers
-- waits for every open writing transaction, and a copy of a gigabyte would be one of minutes.

set search_path = tally;

alter table partition
    add column state        text        not null default 'HOT',
    add column since        timestamptz not null default now(),
    add column done_to      text,
    add column rows_done    bigint      not null default 0,
    add column copied_by    xid8,
    add column row_count    bigint,
    add column checksum     numeric,
    add column requested_at timestamptz,
    add column last_error   text,
    add column failed_at    timestamptz,
    add column legal_hold   text,
    add column held_by      text,
    add column held_at      timestamptz,
    add constraint partition_state_is_known
        check (state in ('HOT', 'MARKED', 'COPYING', 'VERIFYING', 'COPIED', 'ARCHIVED')),
    add constraint partition_is_hot_until_marked check ((tier = 'HOT') = (state = 'HOT'));

comment on column partition.tier is 'HOT: reads of current state may look into it. ARCHIVE: they never do, wherever its rows lie.';
comment on column partition.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED or ARCHIVED: how far its way to the archive is. README.md says what each means.';
comment on column partition.since is 'Since when it is in this state.';
comment on column partition.done_to is 'The step under way is done for customers up to this one. Null: it has not begun.';
comment on column partition.rows_done is 'Rows that the step under way has done; rolling forward: streams.';
comment on column partition.copied_by is 'The transaction that copied the last rows: one that began before it does not see them.';
comment on column partition.row_count is 'Rows, counted in the original and in the copy. Null: not counted yet.';
comment on column partition.checksum is 'Sum of hash_record_extended(row, 0) over all rows, the same in the original and in the copy.';
comment on column partition.requested_at is 'When an operator asked to archive it before its time. Null: nobody did, or it has left the hot tier.';
comment on column partition.last_error is 'Why the last step on it failed, or what it waits for. Null: it did not.';
comment on column partition.failed_at is 'When the last step on it failed.';
comment on column partition.legal_hold is 'Why nothing of it may be erased or dropped. Null: it may.';
comment on column partition.held_by is 'Who put it under legal hold.';
comment on column partition.held_at is 'When.';

create table partition_job (
    only_row        boolean     not null default true,
    paused          boolean     not null default false,
    paused_by       text,
    paused_at       timestamptz,
    last_run_at     timestamptz,
    last_success_at timestamptz,
    checked_to      text,
    constraint partition_job_is_one primary key (only_row),
    constraint partition_job_is_that_row check (only_row)
);

insert into partition_job default values;

comment on table partition_job is 'The job that looks after partitions, on whichever node: one row.';
comment on column partition_job.only_row is 'True.';
comment on column partition_job.paused is 'Whether it stops after the batch under way, and only makes partitions ahead until this is false again.';
comment on column partition_job.paused_by is 'Who paused it.';
comment on column partition_job.paused_at is 'When.';
comment on column partition_job.last_run_at is 'When it last looked whether there is something to do.';
comment on column partition_job.last_success_at is 'When it last did all there was to do without an error.';
comment on column partition_job.checked_to is 'Customers up to this one had their snapshots compared with their events. Null: it begins anew with the first.';

grant select on partition_job to tally_app, tally_reader;

-- Locks  ACCESS EXCLUSIVE on the month's own partitions, for milliseconds and only if nobody reads them just then.
create function mark_month(month timestamptz) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    if exists (select from partition where starts_at < month and state = 'HOT') then
        raise exception 'a month before % is still hot', month
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    for p in select * from partition where starts_at = month and state = 'HOT' order by name for update loop
        -- Clocks differ: a node that is late must not find its month closed.
        if p.ends_at > now() - interval '1 hour' then
            raise exception 'partition % takes appends until %', p.name, p.ends_at
                using errcode = 'object_not_in_prerequisite_state';
        end if;
        -- "Not valid" is for rows to come only, and lets those be that are there.
        execute format(
            'alter table %I add constraint archived_takes_no_more_rows check (false) not valid', p.name);
        update partition
        set tier = 'ARCHIVE', state = 'MARKED', since = clock_timestamp(), done_to = null, rows_done = 0,
            requested_at = null, last_error = null, failed_at = null
        where name = p.name;
    end loop;
    if not exists (select from partition where state = 'HOT') then
        raise exception 'no month would be hot' using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform bound_reads();
end
$$;

comment on function mark_month(timestamptz) is 'Moves the month that starts then from tier HOT to tier ARCHIVE. The streams in it must have been rolled forward, or reading each costs a second look.';

-- Locks  none that anybody waits for: the copy is a new table.
create function begin_copy(partition_name text, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    p    partition;
    copy text := partition_name || '_copy';
begin
    select * into strict p from partition where name = partition_name and state = 'MARKED' for update;
    execute format('drop table if exists %I', copy);
    -- The indexes go where this says.
    perform set_config('default_tablespace', into_tablespace, true);
    execute format('create table %I (like %I including all)', copy, p.parent_table);
    execute format('comment on table %I is %L', copy, 'Copy of ' || p.name || ' in the making.');
    -- With the first the swap need not look at the rows.
    execute format(
        'alter table %I
            add constraint within_bounds check (event_time >= %L and event_time < %L)',
        copy, p.starts_at, p.ends_at);
    update partition
    set state = 'COPYING', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null, row_count = null,
        checksum = null
    where name = p.name;
end
$$;

comment on function begin_copy(text, text) is 'Makes the table that the rows of a marked partition are copied to, in a tablespace; one that is left from before is thrown away.';

-- A batch ends with a customer, so that one text says how far it is. Null: the rest is one batch.
create function end_of_batch(partition_name text, after text, batch_rows integer) returns text
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    last text;
begin
    execute format(
        'select customer_id from %I where customer_id > $1 order by customer_id offset $2 limit 1',
        partition_name)
    into last using coalesce(after, ''), batch_rows - 1;
    return last;
end
$$;

comment on function end_of_batch(text, text, integer) is 'The customer that a batch of about so many rows of a partition, after another customer, ends with; null for the last.';

-- Locks  ACCESS SHARE on the partition.
create function copy_batch(partition_name text, batch_rows integer) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    p      partition;
    last   text;
    copied bigint;
begin
    select * into strict p from partition where name = partition_name and state = 'COPYING' for update;
    last := end_of_batch(p.name, p.done_to, batch_rows);
    -- In the order of the key: a customer's rows lie together then, and the index is filled from left to right.
    execute format(
        'insert into %I
         select * from %I
         where customer_id > $1 and ($2 is null or customer_id <= $2)
         order by customer_id, stream_type, generation, event_time',
        p.name || '_copy', p.name)
    using coalesce(p.done_to, ''), last;
    get diagnostics copied = row_count;
    update partition
    set done_to = last, rows_done = rows_done + copied, copied_by = pg_current_xact_id(), last_error = null,
        failed_at = null
    where name = p.name;
    if last is null then
        update partition
        set state = 'VERIFYING', since = clock_timestamp(), rows_done = 0, row_count = 0, checksum = 0
        where name = p.name;
    end if;
    return copied;
end
$$;

comment on function copy_batch(text, integer) is 'Copies the rows of the next customers, about so many rows, and says how many they were. With the last the partition is VERIFYING.';

-- Locks  ACCESS SHARE on the partition.
create function verify_batch(partition_name text, batch_rows integer) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    p             partition;
    last          text;
    sums          text := 'select count(*), coalesce(sum(hash_record_extended(r, 0)), 0) from %I r
                           where customer_id > $1 and ($2 is null or customer_id <= $2)';
    original_rows bigint;
    original_sum  numeric;
    copied_rows   bigint;
    copied_sum    numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'VERIFYING' for update;
    last := end_of_batch(p.name, p.done_to, batch_rows);
    execute format(sums, p.name) into original_rows, original_sum using coalesce(p.done_to, ''), last;
    execute format(sums, p.name || '_copy') into copied_rows, copied_sum using coalesce(p.done_to, ''), last;
    if copied_rows <> original_rows or copied_sum <> original_sum then
        update partition
        set state = 'MARKED', since = clock_timestamp(), done_to = null, rows_done = 0, failed_at = clock_timestamp(),
            last_error = format(
                'The copy of the batch that ends with customer %s differs: %s rows with checksum %s, not %s with %s. It is made again.',
                coalesce(last, 'that is last'), copied_rows, copied_sum, original_rows, original_sum)
        where name = p.name;
        return -1;
    end if;
    update partition
    set done_to = last, rows_done = rows_done + original_rows, row_count = row_count + original_rows,
        checksum = checksum + original_sum, last_error = null, failed_at = null
    where name = p.name;
    if last is null then
        update partition set state = 'COPIED', since = clock_timestamp() where name = p.name;
    end if;
    return original_rows;
end
$$;

comment on function verify_batch(text, integer) is 'Compares the rows of the next customers with their copies by number and checksum, and says how many they were. With the last the partition is COPIED. If they differ: -1, and the partition is MARKED again.';

-- A standby that reports what its readers need (hot_standby_feedback) counts as well.
create function transactions_before(copied_by xid8) returns integer
    language plpgsql
    set search_path = tally
as $$
begin
    if not pg_has_role(current_user, 'pg_read_all_stats', 'usage') then
        raise exception 'role % does not see what other transactions can see', current_user
            using errcode = 'insufficient_privilege', hint = 'grant pg_read_all_stats to tally_owner';
    end if;
    return (
        select count(*)
        from (
            select backend_xmin from pg_stat_activity
            where pid <> pg_backend_pid()
              and (datname = current_database() or backend_type = 'walsender')
              -- It counts no rows.
              and backend_type <> 'autovacuum worker'
            union all
            select xmin from pg_replication_slots
        ) as horizons (xmin)
        where age(xmin) >= age(copied_by::xid)
    );
end
$$;

comment on function transactions_before(xid8) is 'Open transactions that do not see what that transaction wrote.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds; whoever wants to append or read waits for it behind
--        this, so it gives up after 50 ms if a long reader keeps it from getting the lock: try again later.
create function swap_partition(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p       partition;
    copy    text := partition_name || '_copy';
    readers integer;
begin
    select * into strict p from partition where name = partition_name and state = 'COPIED' for update;
    -- They would find the copy in the original's place, and not its rows.
    readers := transactions_before(p.copied_by);
    if readers > 0 then
        raise exception '% transactions are older than the copy of %', readers, p.name
            using errcode = 'object_in_use';
    end if;
    execute format(
        'alter table %I add constraint archived_takes_no_more_rows check (false) not valid', copy);
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    execute format('drop table %I', p.name);
    execute format('alter table %I rename to %I', copy, p.name);
    execute format('alter index %I rename to %I', copy || '_pkey', p.name || '_pkey');
    execute format(
        'comment on table %I is %L',
        p.name, format('%s from %s to %s', p.parent_table, p.starts_at, p.ends_at));
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        p.parent_table, p.name, p.starts_at, p.ends_at);
    execute format('alter table %I drop constraint within_bounds', p.name);
    update partition
    set state = 'ARCHIVED', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null,
        last_error = null, failed_at = null
    where name = p.name;
end
$$;

comment on function swap_partition(text) is 'Puts the copy in the place of a COPIED partition, and drops the original.';

create function partitions_end() returns timestamptz
    language sql
    stable
    set search_path = tally
as $$
    select min(ends) from (select max(ends_at) as ends from partition group by parent_table) as tables
$$;

comment on function partitions_end() is 'From then on there are no partitions: they are made three months ahead.';

grant execute on function partitions_end() to tally_app, tally_reader;

create view partition_tier as
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
        when p.state in ('COPYING', 'VERIFYING')
            then round(least(1, p.rows_done / greatest(s.n_live_tup, c.reltuples, 1))::numeric, 2)
    end                                                                               as progress,
    p.requested_at,
    p.last_error,
    p.failed_at,
    p.legal_hold,
    p.held_by,
    p.held_at
from partition p
left join pg_class c on c.oid = to_regclass(format('tally.%I', p.name))
left join pg_tablespace t on t.oid = c.reltablespace
left join pg_stat_user_tables s on s.relid = c.oid
join pg_class heads on heads.oid = 'tally.stream'::regclass
join pg_database d on d.datname = current_database()
join pg_tablespace own on own.oid = d.dattablespace;

comment on view partition_tier is 'Every partition: where it lies, how much it holds, and how far its way to the archive is.';
comment on column partition_tier.name is 'The partition''s own table name: event_2026_11.';
comment on column partition_tier.table_name is 'event or snapshot.';
comment on column partition_tier.starts_at is 'First event_time that belongs to it.';
comment on column partition_tier.ends_at is 'First event_time that does not.';
comment on column partition_tier.tier is 'HOT: reads of current state may look into it. ARCHIVE: they never do.';
comment on column partition_tier.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED or ARCHIVED.';
comment on column partition_tier.since is 'Since when it is in this state.';
comment on column partition_tier.tablespace is 'Where its rows and indexes lie.';
comment on column partition_tier.bytes is 'On disk, indexes included.';
comment on column partition_tier.index_bytes is 'On disk, of its indexes.';
comment on column partition_tier.row_count is 'Rows.';
comment on column partition_tier.row_count_is_exact is 'Whether they were counted, or the server''s statistics say so.';
comment on column partition_tier.progress is 'How much of the step under way is done, from 0 to 1. Null: none is.';
comment on column partition_tier.requested_at is 'When an operator asked to archive it before its time. Null: nobody did, or it has left the hot tier.';
comment on column partition_tier.last_error is 'Why the last step on it failed, or what it waits for. Null: it did not.';
comment on column partition_tier.failed_at is 'When the last step on it failed.';
comment on column partition_tier.legal_hold is 'Why nothing of it may be erased or dropped. Null: it may.';
comment on column partition_tier.held_by is 'Who put it under legal hold.';
comment on column partition_tier.held_at is 'When.';

grant select on partition_tier to tally_app, tally_reader;
