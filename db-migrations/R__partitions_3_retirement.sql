-- Months past retention are retired: rows that no current state needs are detached, and dropped after a grace period.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds
--
-- A current state may still need an event that was stored years ago: the issue of a license without an end, or the
-- activation of a device. Such rows are kept, and all other rows of the month are removed. A partition goes through these
-- states:
--
--   ARCHIVED  or MARKED, where there is no tablespace for the archive
--   SIFTING   the rows that are kept are being copied, customer by customer
--   SIFTED    all of them are copied; the copy waits for the end of all transactions that are older than itself
--   RETIRED   the copy has taken the original's place. The original is detached as <name>_retired and dropped after the
--             grace period
--
-- A row is kept if the state of its customer still holds its aggregate, or if an older row of its aggregate is kept.
-- Otherwise a replay could find that a license was issued, but not that it was released.
--
-- View retirement says how many rows of each customer were removed, so that a reader who finds numbers missing can tell
-- retirement from loss. A sift records in sifted_rows what it leaves out. The swap increments partition.sifts, and only then
-- does the view show those numbers. So the swap is short, and the view changes at the same moment as the rows.

set search_path = tally;

create or replace view retirement as
select r.customer_id, r.partition_name, r.sift, r.dropped_rows as rows
from sifted_rows r
join partition p on p.name = r.partition_name
where r.sift <= p.sifts;

comment on view retirement is 'How many events of each customer were removed when a month was retired. Exactly so many are missing from the history.';
comment on column retirement.customer_id is 'The account that limits are counted for.';
comment on column retirement.partition_name is 'The partition that the events were removed from.';
comment on column retirement.sift is 'Which retirement of the partition removed them: 1 is the first. A month may be retired again later.';
comment on column retirement.rows is 'Number of events removed.';

grant select on retirement to tally_app, tally_reader;

-- A snapshot says what the events of its month and of earlier ones say, so a hold covers both partitions of its month.
create or replace function legal_hold_of(p partition) returns text
    language sql
    stable
    set search_path = tally
as $$
    select coalesce(p.legal_hold, (
        select min(m.legal_hold) from partition m where m.starts_at = p.starts_at and m.legal_hold is not null))
$$;

comment on function legal_hold_of(partition) is 'The reason of the legal hold on the month of a partition, whichever of the month''s partitions it was put on. Null if there is none.';

create or replace function refuse_held(p partition) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    if legal_hold_of(p) is not null then
        raise exception 'partition % is under legal hold: %', p.name, legal_hold_of(p)
            using errcode = 'object_not_in_prerequisite_state';
    end if;
end
$$;

comment on function refuse_held(partition) is 'Raises an error if the partition''s month is under legal hold. Called by the functions that drop rows or tables.';

-- Locks  only the new copy table, which nobody else uses yet.
create or replace function begin_sift(partition_name text, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    p partition;
begin
    select * into strict p
    from partition
    where name = partition_name and state in ('MARKED', 'ARCHIVED', 'RETIRED') and back_to is null and detached_at is null
    for update;
    perform refuse_held(p);
    perform make_copy_table(p, into_tablespace);
    -- These counts are left from a sift that was given up.
    delete from sifted_rows s where s.partition_name = p.name and s.sift > p.sifts;
    -- No row of an old month of snapshots is kept: an account can be replayed from the events that are kept.
    update partition
    set state = case parent_table when 'snapshot' then 'SIFTED' else 'SIFTING' end, since = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = pg_current_xact_id()
    where name = p.name;
end
$$;

comment on function begin_sift(text, text) is 'Creates the table that the rows to be kept will be copied to, in the given tablespace; null is the database''s own. The partition is SIFTING then, or SIFTED if it holds snapshots.';

-- Locks  ACCESS SHARE on the partition.
create or replace function next_to_sift(partition_name text, batch_rows integer, out last text, out customers text[])
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

comment on function next_to_sift(text, integer) is 'The next customers of a SIFTING partition, who have about so many rows, and the last of these customers. A null last means that no more customers follow.';

-- Locks  ACCESS SHARE on the partition and on older ones.
create or replace function sift_batch(
    partition_name text,
    last           text,
    customers      text[],
    types          smallint[],
    aggregates     text[],
    untouched      text[]
) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    p           partition;
    copy        text := partition_name || '_copy';
    looked_at   bigint;
    dropped     bigint;
    stay_rows   bigint;
    stay_sum    numeric;
    copied_rows bigint;
    copied_sum  numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTING' for update;
    -- The rows of a customer who is being erased are kept here, because the erasure removes them. At its end it deletes the
    -- customer's counts in sifted_rows, so these must not contain rows that were stored after the account was emptied.
    execute format(
        'with needed as materialized (
             select * from unnest($3, $4, $5) as n (customer_id, aggregate_type, aggregate_id)
         ),
         begun as materialized (
             select distinct customer_id, aggregate_type, aggregate_id
             from %I
             where event_time < %L and customer_id > $1 and ($2 is null or customer_id <= $2)
         )
         insert into %I
         select r.* from %I r
         where r.customer_id > $1 and ($2 is null or r.customer_id <= $2)
           and (
               r.customer_id = any ($6)
               or r.customer_id in (select customer_id from erasure where completed_at is null)
               or (r.customer_id, r.aggregate_type, r.aggregate_id) in (select * from needed)
               or (r.customer_id, r.aggregate_type, r.aggregate_id) in (select * from begun)
           )
         order by customer_id, seq',
        p.parent_table, p.starts_at, copy, p.name)
    using coalesce(p.done_to, ''), last, customers, types, aggregates, untouched;
    execute format(
        'select count(*), count(c.seq), coalesce(sum(hash_record_extended(r, 0)) filter (where c.seq is not null), 0),
             max(r.position) filter (where c.seq is null)
         from %I r
         left join %I c using (customer_id, seq)
         where r.customer_id > $1 and ($2 is null or r.customer_id <= $2)',
        p.name, copy)
    into looked_at, stay_rows, stay_sum, dropped using coalesce(p.done_to, ''), last;
    execute format(
        'select count(*), coalesce(sum(hash_record_extended(c, 0)), 0)
         from %I c
         where customer_id > $1 and ($2 is null or customer_id <= $2)',
        copy)
    into copied_rows, copied_sum using coalesce(p.done_to, ''), last;
    if copied_rows <> stay_rows or copied_sum <> stay_sum then
        raise exception 'what stays of % was copied as something else', p.name using errcode = 'data_corrupted';
    end if;
    execute format(
        'insert into sifted_rows (customer_id, partition_name, sift, dropped_rows)
         select r.customer_id, $3, $4, count(*)
         from %I r
         left join %I c using (customer_id, seq)
         where r.customer_id > $1 and ($2 is null or r.customer_id <= $2) and c.seq is null
         group by r.customer_id',
        p.name, copy)
    using coalesce(p.done_to, ''), last, p.name, p.sifts + 1;
    update partition
    set done_to = last, rows_done = rows_done + looked_at, copied_by = pg_current_xact_id(), last_error = null,
        failed_at = null, dropped_to = greatest(dropped_to, dropped)
    where name = p.name;
    if last is null then
        update partition set state = 'SIFTED', since = clock_timestamp(), rows_done = 0 where name = p.name;
    end if;
    return copied_rows;
end
$$;

comment on function sift_batch is 'Copies the rows to be kept of the next customers, up to the given last one, and returns how many were copied. Kept are the rows of the given aggregates, of aggregates that have an older row, of customers given as untouched, and of customers who are being erased. All other rows are counted for each customer in sifted_rows. After the batch with a null last the partition is SIFTED. Only the application knows which aggregates the states still hold, so do not call this by hand.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, like swap_partition.
create or replace function retire_partition(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p         partition;
    stay_rows bigint;
    stay_sum  numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTED' for update;
    perform refuse_held(p);
    perform refuse_older_transactions(p);
    execute format('select count(*), coalesce(sum(hash_record_extended(c, 0)), 0) from %I c', p.name || '_copy')
    into stay_rows, stay_sum;
    perform close_to_rows(p.name || '_copy');
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    perform rename_table(p.name, p.name || '_retired');
    execute format(
        'comment on table %I is %L',
        p.name || '_retired',
        format('%s as it was until %s; dropped after the grace. restore_partition puts it back.', p.name, now()));
    perform attach_in_place(p, p.name || '_copy');
    update partition
    set state = 'RETIRED', since = clock_timestamp(), retired_at = clock_timestamp(), detached_at = clock_timestamp(),
        sifts = sifts + 1, done_to = null, rows_done = 0, copied_by = null, row_count = stay_rows,
        checksum = stay_sum, last_error = null, failed_at = null
    where name = p.name;
end
$$;

comment on function retire_partition(text) is 'Puts the kept rows of a SIFTED partition in its place, and detaches the original as <name>_retired. The partition is RETIRED then.';

-- Locks  only the detached table, which no query of the application reads.
create or replace function drop_retired(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and detached_at is not null for update;
    perform refuse_held(p);
    execute format('drop table if exists %I', p.name || '_retired');
    delete from erased_from e where e.table_name = p.name || '_retired';
    update partition set detached_at = null, last_error = null, failed_at = null where name = p.name;
end
$$;

comment on function drop_retired(text) is 'Drops the detached original of a retired partition. This cannot be undone.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, like swap_partition. Before that it reads the whole
--        detached table.
create or replace function restore_partition(partition_name text, reason text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p        partition;
    original text := partition_name || '_retired';
    younger  text;
    all_rows bigint;
    all_sum  numeric;
begin
    select * into strict p from partition where name = partition_name and detached_at is not null for update;
    -- If a younger month has been retired, it may have lost the end of a license that this month would bring back.
    select max(name) into younger
    from partition
    where parent_table = p.parent_table and starts_at > p.starts_at
      and (coalesce(back_to, state) = 'RETIRED' or state in ('SIFTING', 'SIFTED') and retired_at is not null);
    if younger is not null then
        raise exception 'restore % first: the youngest comes first', younger
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    -- A younger month that is being sifted starts again later: its sift did not know the rows that come back now.
    update partition
    set state = 'ARCHIVED', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null
    where parent_table = p.parent_table and starts_at > p.starts_at and state in ('SIFTING', 'SIFTED');
    -- Only the rows that the last sift dropped come back; rows that earlier sifts dropped do not.
    delete from sifted_rows s where s.partition_name = p.name and s.sift >= p.sifts;
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
    -- retired_at keeps its value: a month that was sifted more than once does not get the rows of earlier sifts back.
    set state = 'ARCHIVED', back_to = null, since = clock_timestamp(), detached_at = null, sifts = sifts - 1,
        row_count = all_rows, checksum = all_sum, last_error = null, failed_at = null,
        legal_hold = coalesce(legal_hold, 'Restored: ' || reason), held_by = coalesce(held_by, session_user),
        held_at = coalesce(held_at, clock_timestamp())
    where name = p.name;
end
$$;

comment on function restore_partition(text, text) is 'Puts the detached original of a retired partition back in its place. The youngest month must be restored first. The partition gets a legal hold with the given reason; without one the job would retire it again.';

grant execute on function legal_hold_of(partition) to tally_app, tally_reader;
