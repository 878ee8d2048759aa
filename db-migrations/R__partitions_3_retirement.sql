-- Months past retention are retired: what no state needs any more is detached, and dropped after a grace.
--
-- Locks     of the migration: none. What the functions lock is said at each
-- Duration  milliseconds
--
-- Years after it was stored, an event may still be what a state is made of: a license without an end, the activation of a
-- device. Those rows stay where they are, and everything else of the month goes:
--
--   ARCHIVED  or MARKED, where there is no tablespace for the archive
--   SIFTING   the rows that stay are being copied, customer by customer
--   SIFTED    that is done; the copy waits until no transaction is left that began before it was there
--   RETIRED   the copy has taken the original's place. The original, <name>_retired, is detached, and dropped after the grace
--
-- A row stays if the state of its customer still holds its aggregate, or while an older row of its aggregate stays: or else
-- a replay would find that a license was issued and not that it was released.
--
-- View retirement says of each customer how many rows went, so that a reader who finds numbers missing can tell retirement
-- from loss. What a sift drops is written down in sifted_rows while it goes on, and shown by the view from the swap on, which
-- counts partition.sifts up: so the swap stays short, and what is said and what is there change together.

set search_path = tally;

create or replace view retirement as
select r.customer_id, r.partition_name, r.sift, r.dropped_rows as rows
from sifted_rows r
join partition p on p.name = r.partition_name
where r.sift <= p.sifts;

comment on view retirement is 'How many events of each customer went with the retirement of a month: so many are missing from a history, and no more.';
comment on column retirement.customer_id is 'The account that limits are counted for.';
comment on column retirement.partition_name is 'The partition that they were in.';
comment on column retirement.sift is 'With which retirement of the partition they went: the first, the second.';
comment on column retirement.rows is 'Events that went.';

grant select on retirement to tally_app, tally_reader;

create or replace function refuse_held(p partition) returns void
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
create or replace function begin_sift(partition_name text, into_tablespace text) returns void
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
    -- Of a sift that was given up.
    delete from sifted_rows s where s.partition_name = p.name and s.sift > p.sifts;
    -- Nothing needs an old snapshot: a state is replayed without it, from the events that stay.
    update partition
    set state = case parent_table when 'snapshot' then 'SIFTED' else 'SIFTING' end, since = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = pg_current_xact_id()
    where name = p.name;
end
$$;

comment on function begin_sift(text, text) is 'Makes the table that the rows that stay are copied to, in a tablespace; null is the database''s own.';

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

comment on function next_to_sift(text, integer) is 'The next customers of a SIFTING partition, those with about so many rows, and the last of them: null if there are no more.';

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
    stay_rows   bigint;
    stay_sum    numeric;
    copied_rows bigint;
    copied_sum  numeric;
begin
    select * into strict p from partition where name = partition_name and state = 'SIFTING' for update;
    -- The rows of a customer who is being erased go by the erasure: those of the new life are not counted among them.
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
        'select count(*), count(c.seq), coalesce(sum(hash_record_extended(r, 0)) filter (where c.seq is not null), 0)
         from %I r
         left join %I c using (customer_id, seq)
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
        failed_at = null
    where name = p.name;
    if last is null then
        update partition set state = 'SIFTED', since = clock_timestamp(), rows_done = 0 where name = p.name;
    end if;
    return copied_rows;
end
$$;

comment on function sift_batch is 'Copies what stays of the rows of the next customers, up to the last: rows of the aggregates given, of aggregates of which an older row stays, of customers to be left untouched or being erased. Says how many they were, and writes down in sifted_rows how many others there were of each customer. With a null last, the rest, the partition is SIFTED. The application gives what states still hold; by hand nobody can.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, as swap_partition.
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

comment on function retire_partition(text) is 'Puts what stays of a SIFTED partition in its place, and detaches the original as <name>_retired.';

-- Locks  none that anybody waits for: nothing reads the detached table.
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
    execute format('drop table %I', p.name || '_retired');
    update partition set detached_at = null, last_error = null, failed_at = null where name = p.name;
end
$$;

comment on function drop_retired(text) is 'Drops the detached original of a retired partition, for good.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds, as swap_partition. Before that it reads the whole
--        detached table, which nobody else does.
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
    -- What the last sift dropped is there again; what the ones before it dropped is not.
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
    -- Still retired_at: of a month that was sifted more than once, this is what the first time left.
    set state = 'ARCHIVED', since = clock_timestamp(), detached_at = null, sifts = sifts - 1,
        row_count = all_rows, checksum = all_sum, last_error = null, failed_at = null,
        legal_hold = coalesce(legal_hold, 'Restored: ' || reason), held_by = coalesce(held_by, session_user),
        held_at = coalesce(held_at, clock_timestamp())
    where name = p.name;
end
$$;

comment on function restore_partition(text, text) is 'Puts the detached original of a retired partition back, the youngest first, and under legal hold: or it would be retired again.';
