-- Partitions are made ahead of the first event that needs them, and repaired if somebody changed them by hand.
--
-- Locks     none for the migration. The functions create each partition beside its parent and then attach it: SHARE UPDATE
--           EXCLUSIVE on the parent, so reads and appends go on
-- Duration  milliseconds a partition
--
-- PostgreSQL's catalogue, not table partition, says what is attached. The functions change both together, so they differ
-- only if somebody changed a partition by hand.

set search_path = tally;

create or replace view attached_partition as
select
    c.relname::text      as name,
    parent.relname::text as table_name,
    c.oid                as table_oid,
    p.name is not null   as is_listed,
    b.bound = 'DEFAULT'  as is_default,
    coalesce(p.starts_at, replace(b.bounds[1], 'MINVALUE', '-infinity')::timestamptz) as starts_at,
    coalesce(p.ends_at, replace(b.bounds[2], 'MAXVALUE', 'infinity')::timestamptz)    as ends_at
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
join pg_class parent on parent.oid = i.inhparent
left join partition p
    on p.name = c.relname and p.parent_table = parent.relname and c.relnamespace = parent.relnamespace
cross join lateral (
    -- The bounds of listed partitions are in the list. To decode the others PostgreSQL has to lock them.
    select
        case when p.name is null then pg_get_expr(c.relpartbound, c.oid) else '' end as bound,
        case when p.name is null then
            regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?([^'')]*)''?\) TO \(''?([^'')]*)''?\)')
        end as bounds
) as b
where i.inhparent in (to_regclass('tally.event'), to_regclass('tally.snapshot'))
  and not i.inhdetachpending;

comment on view attached_partition is 'What PostgreSQL has attached to event and snapshot: the partitions that rows are stored in and read from.';
comment on column attached_partition.name is 'Table name of the partition.';
comment on column attached_partition.table_name is 'Parent table: event or snapshot.';
comment on column attached_partition.table_oid is 'PostgreSQL''s number of the table.';
comment on column attached_partition.is_listed is 'True if table partition lists it.';
comment on column attached_partition.is_default is 'True for a default partition, which takes the rows that no other partition takes.';
comment on column attached_partition.starts_at is 'First event_time of the partition, inclusive. Null for a default partition.';
comment on column attached_partition.ends_at is 'End of the partition''s range of event_time, exclusive. Null for a default partition.';

grant select on attached_partition to tally_app, tally_reader;

create or replace function is_attached(p partition) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select exists (select from attached_partition a where a.name = p.name and a.table_name = p.parent_table)
$$;

comment on function is_attached(partition) is 'Whether a listed partition is attached to its parent table. False if its table was detached, renamed or dropped by hand.';

create or replace function takes_appends(p partition) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    -- The clocks of nodes differ: a node whose clock is slow may still append to the month that has just ended.
    select p.tier = 'HOT' and p.ends_at > now() - interval '1 hour'
$$;

comment on function takes_appends(partition) is 'Whether events of the current time or later may have to be stored in the partition.';

-- The application recognizes by the name of the index, <table>_seq_is_unique, that two events were given the same number.
-- The key of snapshots has the generation too: a later generation may begin with the same account, at the same number.
create or replace function add_key(table_name text, parent text) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    key text := table_name || '_seq_is_unique';
begin
    execute format(
        'create unique index %I on %I (%s)',
        key, table_name, case parent when 'snapshot' then 'customer_id, seq, schema_version, generation' else 'customer_id, seq' end);
    execute format('alter table %I replica identity using index %I', table_name, key);
end
$$;

comment on function add_key(text, text) is 'Creates the unique index <table>_seq_is_unique of a partition, or of a copy of one, and makes it the replica identity.';

create or replace function make_partition_table(new_name text, parent text, starts timestamptz, ends timestamptz) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    execute format('create table %I (like %I including all)', new_name, parent);
    perform add_key(new_name, parent);
    if parent = 'event' then
        perform add_time_index(new_name);
    end if;
    perform attach_table(new_name, parent, starts, ends);
end
$$;

comment on function make_partition_table(text, text, timestamptz, timestamptz) is 'Creates an empty partition of event or snapshot with its indexes, and attaches it.';

-- Rows are stored in the order of time and, nearly, of positions. So an index of a few pages finds the rows of a day, or a
-- range of the feed. Archived months have no such index.
create or replace function add_time_index(table_name text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    execute format(
        'create index %I on %I using brin (event_time, position) with (pages_per_range = 32, autosummarize = on)',
        table_name || '_by_time', table_name);
end
$$;

comment on function add_time_index(text) is 'Creates the small index <table>_by_time of a hot partition of events, or of a copy of one. It knows times and positions.';

-- The rows of a copy lie in the order of customers: a coarse index of positions would find all of them.
create or replace function add_position_index(table_name text) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    execute format('create index %I on %I (position)', table_name || '_by_position', table_name);
end
$$;

comment on function add_position_index(text) is 'Creates the index <table>_by_position of a copy of a partition of events, which takes no appends.';

create or replace function attach_table(table_name text, parent text, starts timestamptz, ends timestamptz) returns void
    language plpgsql
    set search_path = tally
as $$
begin
    -- The constraint equals the partition's bounds, so that attaching need not scan the rows under its lock on the parent.
    execute format('alter table %I drop constraint if exists within_bounds', table_name);
    execute format(
        'alter table %I add constraint within_bounds check (event_time >= %L and event_time < %L)',
        table_name, starts, ends);
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        parent, table_name, starts, ends);
    execute format('alter table %I drop constraint within_bounds', table_name);
    execute format(
        'comment on table %I is %L',
        table_name, format('%s from %s to %s', parent, starts, ends));
end
$$;

comment on function attach_table(text, text, timestamptz, timestamptz) is 'Attaches a table to event or snapshot with the given bounds. Raises an error if a row lies outside them.';

create or replace function create_partition(parent text, month timestamptz) returns boolean
    language plpgsql
    set search_path = tally
as $$
declare
    starts   timestamptz := date_trunc('month', month, 'UTC');
    ends     timestamptz := date_trunc('month', starts + interval '45 days', 'UTC');
    new_name text := parent || '_' || to_char(starts at time zone 'UTC', 'YYYY_MM');
begin
    -- Two nodes may start at the same moment: the lock lets only one of them create partitions at a time.
    perform pg_advisory_xact_lock(hashtext('tally.create_partition'));
    if exists (select from partition where name = new_name) then
        return false;
    end if;
    -- Somebody may have created the partition by hand, exactly as it has to be.
    if not exists (
        select from attached_partition a
        where a.name = new_name and a.table_name = parent and a.starts_at = starts and a.ends_at = ends
    ) then
        perform make_partition_table(new_name, parent, starts, ends);
    elsif to_regclass(format('tally.%I', new_name || '_seq_is_unique')) is null then
        perform add_key(new_name, parent);
    end if;
    insert into partition (name, parent_table, starts_at, ends_at)
    values (new_name, parent, starts, ends);
    return true;
end
$$;

comment on function create_partition(text, timestamptz) is 'Creates the partition of event or snapshot for the month that contains the given time. Returns false if table partition lists it already.';

-- Locks  SHARE UPDATE EXCLUSIVE on event or snapshot for milliseconds. A detached table is read first, which others do not
--        notice.
create or replace function repair_partition(partition_name text) returns text
    language plpgsql
    set search_path = tally
as $$
declare
    p        partition;
    place    oid := to_regclass(format('tally.%I', partition_name));
    all_rows bigint;
    all_sum  numeric;
begin
    select * into strict p from partition where name = partition_name;
    if is_attached(p) then
        return repair_copy(p);
    end if;
    if place is null and not takes_appends(p) then
        raise exception 'table % is gone', p.name using errcode = 'undefined_table',
            hint = 'Restore the table from a backup under this name; then it is attached.';
    end if;
    if place is null then
        perform make_partition_table(p.name, p.parent_table, p.starts_at, p.ends_at);
        -- Lost snapshots are no loss, because accounts are replayed from the events, and a month ahead had no rows. Times of
        -- customers may be a day ahead of the clock.
        update partition
        set state = 'HOT', back_to = null, since = clock_timestamp(), done_to = null, rows_done = 0, row_count = null,
            checksum = null, lost_at = case when parent_table = 'event' and starts_at < now() + interval '1 day' then clock_timestamp() end
        where name = p.name;
        return format('%s had been dropped and is created anew; the rows that it had are gone', p.name);
    end if;
    -- From here on the rows are counted and compared, in the archive and while it is retired. Hot rows never were.
    if p.state in ('COPIED', 'ARCHIVED', 'SIFTING', 'SIFTED', 'RETIRED') then
        execute format('select count(*), coalesce(sum(hash_record_extended(t, 0)), 0) from %I t', p.name)
        into all_rows, all_sum;
        if (all_rows, all_sum) is distinct from (p.row_count, p.checksum) then
            raise exception 'table % has % rows with checksum %, not % with %', p.name, all_rows, all_sum, p.row_count, p.checksum
                using errcode = 'data_corrupted', hint = 'It is not the partition that was detached. Restore that from a backup.';
        end if;
    end if;
    if exists (select from pg_inherits where inhrelid = place and inhdetachpending) then
        execute format('alter table %I detach partition %I finalize', p.parent_table, p.name);
    end if;
    if to_regclass(format('tally.%I', p.name || '_seq_is_unique')) is null then
        perform add_key(p.name, p.parent_table);
    end if;
    if p.tier = 'ARCHIVE' then
        perform close_to_rows(p.name);
    end if;
    perform attach_table(p.name, p.parent_table, p.starts_at, p.ends_at);
    return format('%s had been detached and is attached again', p.name);
end
$$;

comment on function repair_partition(text) is 'Attaches a partition again that was detached by hand, if it has the rows that it should have; creates one anew that was dropped and is needed for appends; and begins a copy again whose table was dropped. Returns what was done, or null if there was nothing to do.';

create or replace function repair_copy(p partition) returns text
    language plpgsql
    set search_path = tally
as $$
begin
    if not lacks_copy(p) then
        return null;
    end if;
    update partition
    set state = case when state in ('SIFTING', 'SIFTED') then 'ARCHIVED' else 'MARKED' end, since = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = null
    where name = p.name;
    return format('the copy of %s had been dropped; it is begun again', p.name);
end
$$;

comment on function repair_copy(partition) is 'Begins the copy of a partition again, if its table was dropped by hand. Called by repair_partition.';

create or replace function lacks_copy(p partition) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select p.state in ('COPYING', 'VERIFYING', 'COPIED', 'SIFTING', 'SIFTED')
        and to_regclass(format('tally.%I', p.name || '_copy')) is null
$$;

comment on function lacks_copy(partition) is 'Whether a partition is being copied and the copy''s table is gone.';

create or replace function is_repairable(p partition) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select lacks_copy(p)
        or not is_attached(p) and (takes_appends(p) or to_regclass(format('tally.%I', p.name)) is not null)
$$;

comment on function is_repairable(partition) is 'Whether repair_partition may be able to repair what somebody did to a partition by hand.';

create or replace function create_partitions(since timestamptz, months_ahead integer) returns integer
    language sql
    set search_path = tally
as $$
    select count(*)::integer
    from generate_series(0, months_ahead) as months (n)
    cross join (values ('event'), ('snapshot')) as parents (parent)
    where create_partition(
        parent,
        date_trunc('month', since, 'UTC') + make_interval(days => 15, months => n))
$$;

comment on function create_partitions(timestamptz, integer) is 'Creates the missing partitions from the month of the given time up to that many months later. Returns how many were created.';

create or replace function has_partition_for(at timestamptz) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select count(distinct table_name) = 2
    from attached_partition
    where is_default or starts_at <= at and at < ends_at
$$;

comment on function has_partition_for(timestamptz) is 'Whether both event and snapshot have an attached partition for the given time. If not, nothing can be stored.';

create or replace function partitions_end() returns timestamptz
    language sql
    stable
    set search_path = tally
as $$
    select min(e.ends)
    from (values ('event'), ('snapshot')) as parents (parent)
    cross join lateral (
        select now() as ends
        union all
        select a.ends_at from attached_partition a where a.table_name = parent and a.ends_at > now()
    ) as e
    where not exists (
        select from attached_partition a where a.table_name = parent and a.starts_at <= e.ends and e.ends < a.ends_at
    )
$$;

comment on function partitions_end() is 'The time up to which both event and snapshot have attached partitions, without a gap from now on. The job keeps it about three months ahead.';

create or replace function missing_partitions() returns text[]
    language sql
    stable
    set search_path = tally
as $$
    select coalesce(array_agg(p.name order by p.name), '{}')
    from partition p
    where not exists (select from attached_partition a where a.name = p.name and a.table_name = p.parent_table)
$$;

comment on function missing_partitions() is 'Names of the listed partitions that are not attached: they were detached, renamed or dropped by hand.';

grant execute on function has_partition_for(timestamptz), partitions_end(), missing_partitions(), is_attached(partition)
    to tally_app, tally_reader;
