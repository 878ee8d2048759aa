-- Aged partitions move from the hot tier to the archive: they are marked, copied to cheap storage, compared and swapped.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds
--
-- Each function is one step in one transaction. It records its progress in table partition, so that after a crash the next
-- run continues from there. The application's job calls the functions in this order; a DBA can call them too (README.md).
-- Column partition.state says which step comes next:
--
--   HOT         the month is younger than the hot window, or customers are still being rolled forward out of it
--   MARKED      its tier is ARCHIVE: no read of current state uses it any more, and it takes no more rows
--   COPYING     its rows are being copied into the archive's tablespace, customer by customer
--   VERIFYING   original and copy are being compared, customer by customer
--   COPIED      original and copy are equal; the copy waits for the end of all transactions that are older than itself
--   ARCHIVED    the copy has taken the original's place
--
-- Rows are copied in many short transactions and not by one COPY with FREEZE. A reader of the feed of all customers has to
-- wait for every open writing transaction, and one transaction that copies a gigabyte would be open for minutes.

set search_path = tally;

-- Locks  ACCESS EXCLUSIVE on the month's own partitions for milliseconds. It fails if a reader holds them for over 50 ms.
create or replace function mark_month(month timestamptz) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    if exists (select from partition where starts_at < month and tier = 'HOT') then
        raise exception 'a month before % is still hot', month
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    if exists (select from partition where starts_at = month and tier = 'HOT' and state <> 'HOT') then
        raise exception 'the month from % is being written anew', month
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    for p in select * from partition where starts_at = month and state = 'HOT' order by name for update loop
        if takes_appends(p) then
            raise exception 'partition % takes appends until %', p.name, p.ends_at
                using errcode = 'object_not_in_prerequisite_state';
        end if;
        perform close_to_rows(p.name);
        -- Whoever has stored rows here has ended: the lock of the constraint waited for them.
        update partition
        set tier = 'ARCHIVE', state = 'MARKED', since = clock_timestamp(), done_to = null, rows_done = 0,
            requested_at = null, last_error = null, failed_at = null, closed_below = (select next_position from feed_edge)
        where name = p.name;
    end loop;
    if not exists (select from partition where state = 'HOT') then
        raise exception 'no month would be hot' using errcode = 'object_not_in_prerequisite_state';
    end if;
end
$$;

comment on function mark_month(timestamptz) is 'Moves the month that starts at the given time from tier HOT to tier ARCHIVE. Roll its customers forward first: otherwise each read of such a customer costs a second query.';

create or replace function close_to_rows(table_name text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    if not exists (
        select from pg_constraint
        where conrelid = to_regclass(format('tally.%I', table_name)) and conname = 'archived_takes_no_more_rows'
    ) then
        -- "Not valid" applies the constraint to new rows only and leaves the existing ones alone.
        execute format(
            'alter table %I add constraint archived_takes_no_more_rows check (false) not valid', table_name);
    end if;
end
$$;

comment on function close_to_rows(text) is 'Adds the constraint archived_takes_no_more_rows to a partition, or to a copy of one, unless it is there. No row can be inserted into it from then on.';

create or replace function make_copy_table(p partition, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    copy text := p.name || '_copy';
begin
    execute format('drop table if exists %I', copy);
    delete from erased_from e where e.table_name = copy;
    -- This setting puts the table and its index into the tablespace.
    perform set_config('default_tablespace', coalesce(into_tablespace, ''), true);
    execute format('create table %I (like %I including all)', copy, p.parent_table);
    perform add_key(copy, p.parent_table);
    if p.tier = 'HOT' and p.parent_table = 'event' then
        perform add_time_index(copy);
    end if;
    if p.parent_table = 'event' then
        perform add_position_index(copy);
    end if;
    execute format('comment on table %I is %L', copy, 'Copy of ' || p.name || ' in the making.');
    -- With this constraint the swap can attach the copy without a scan of its rows.
    execute format(
        'alter table %I
            add constraint within_bounds check (event_time >= %L and event_time < %L)',
        copy, p.starts_at, p.ends_at);
end
$$;

comment on function make_copy_table(partition, text) is 'Creates the empty table <name>_copy in a tablespace, and drops an earlier one. Called by begin_copy and begin_sift.';

-- Locks  only the new copy table, which nobody else uses yet.
create or replace function begin_copy(partition_name text, into_tablespace text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    p partition;
begin
    select * into strict p from partition where name = partition_name and state = 'MARKED' for update;
    -- A partition that is only written anew stays where it is.
    perform make_copy_table(p, case when p.back_to is null then into_tablespace else p.tablespace end);
    update partition
    set state = 'COPYING', since = clock_timestamp(), done_to = null, rows_done = 0, copied_by = null, row_count = null,
        checksum = null
    where name = p.name;
end
$$;

comment on function begin_copy(text, text) is 'Creates the table that the rows of a MARKED partition will be copied to, in the given tablespace, or in that of the partition if it is only written anew, and drops an earlier one. The partition is COPYING then.';

-- A batch always ends with the last row of a customer, so that one customer_id is enough to record the progress.
create or replace function end_of_batch(partition_name text, after text, batch_rows integer) returns text
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

comment on function end_of_batch(text, text, integer) is 'The last customer_id of the next batch of about so many rows, which begins after the given customer. Null: all remaining rows are one batch.';

-- Locks  ACCESS SHARE on the partition.
create or replace function copy_batch(partition_name text, batch_rows integer) returns bigint
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
    -- The order is that of the key, so that the rows of a customer lie together and the index is filled from left to right.
    execute format(
        'insert into %I
         select * from %I
         where customer_id > $1 and ($2 is null or customer_id <= $2)
         order by customer_id, seq',
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

comment on function copy_batch(text, integer) is 'Copies the rows of the next customers, about so many rows, and returns how many were copied. After the last batch the partition is VERIFYING.';

-- Locks  ACCESS SHARE on the partition.
create or replace function verify_batch(partition_name text, batch_rows integer) returns bigint
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

comment on function verify_batch(text, integer) is 'Compares the rows of the next customers with their copies by number and checksum, and returns how many rows were compared. After the last batch the partition is COPIED. If the rows differ it returns -1 and the partition is MARKED again.';

-- The readers of a standby are counted too, if it has hot_standby_feedback = on.
create or replace function transactions_before(copied_by xid8) returns integer
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
              -- Autovacuum is left out, because it does not return rows to anybody.
              and backend_type <> 'autovacuum worker'
            union all
            select xmin from pg_replication_slots
        ) as horizons (xmin)
        where age(xmin) >= age(copied_by::xid)
    );
end
$$;

comment on function transactions_before(xid8) is 'Number of open transactions that cannot see what the given transaction wrote.';

create or replace function refuse_older_transactions(p partition) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    -- These transactions would see the copy in the original's place, but none of the rows in it.
    readers integer := transactions_before(p.copied_by);
begin
    if readers > 0 then
        raise exception '% transactions are older than the copy of %', readers, p.name
            using errcode = 'object_in_use';
    end if;
end
$$;

comment on function refuse_older_transactions(partition) is 'Raises an error while open transactions cannot see the rows of the partition''s copy. Called by the functions that put a copy in the original''s place.';

create or replace function rename_table(old_name text, new_name text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    execute format('alter table %I rename to %I', old_name, new_name);
    execute format('alter index %I rename to %I', old_name || '_seq_is_unique', new_name || '_seq_is_unique');
    execute format('alter index if exists %I rename to %I', old_name || '_by_time', new_name || '_by_time');
    execute format('alter index if exists %I rename to %I', old_name || '_by_position', new_name || '_by_position');
    -- The table that had the new name before has been renamed or dropped.
    delete from erased_from e where e.table_name = new_name;
    update erased_from e set table_name = new_name where e.table_name = old_name;
end
$$;

comment on function rename_table(text, text) is 'Renames a partition, or a copy of one, together with its indexes and its entry in table erased_from.';

create or replace function attach_in_place(p partition, candidate text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    perform rename_table(candidate, p.name);
    execute format(
        'comment on table %I is %L',
        p.name, format('%s from %s to %s', p.parent_table, p.starts_at, p.ends_at));
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        p.parent_table, p.name, p.starts_at, p.ends_at);
    execute format('alter table %I drop constraint within_bounds', p.name);
    update partition
    set tablespace = (select t.spcname from pg_class c join pg_tablespace t on t.oid = c.reltablespace
                      where c.oid = to_regclass(format('tally.%I', p.name)))
    where name = p.name;
end
$$;

comment on function attach_in_place(partition, text) is 'Renames a table to the name of a partition and attaches it in its place. The partition must have been detached and then renamed or dropped. Called by the functions that swap tables.';

-- Locks  ACCESS EXCLUSIVE on event or snapshot for some milliseconds. Appends and reads queue behind this lock, so the
--        function gives up if a long reader keeps it waiting for more than 50 ms. Then call it again later.
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
    perform close_to_rows(p.name || '_copy');
    execute format('alter table %I detach partition %I', p.parent_table, p.name);
    execute format('drop table %I', p.name);
    perform attach_in_place(p, p.name || '_copy');
    update partition
    set state = coalesce(back_to, 'ARCHIVED'), back_to = null, since = clock_timestamp(), done_to = null, rows_done = 0,
        copied_by = null, last_error = null, failed_at = null
    where name = p.name;
end
$$;

comment on function swap_partition(text) is 'Puts the copy in the place of a COPIED partition and drops the original. The partition is ARCHIVED then, or what it was before it was written anew.';
