-- Partitions are made ahead of the first event that needs them.
--
-- Locks     none for the migration. The functions create each partition beside its parent and then attach it: SHARE UPDATE
--           EXCLUSIVE on the parent, so reads and appends go on
-- Duration  milliseconds a partition

set search_path = tally;

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
    execute format('create table %I (like %I including all)', new_name, parent);
    perform add_key(new_name, parent);
    if parent = 'event' then
        -- Rows are stored in the order of time, so an index of a few pages finds the rows of a day. Archived months have no
        -- such index.
        execute format(
            'create index %I on %I using brin (event_time) with (pages_per_range = 32, autosummarize = on)',
            new_name || '_by_time', new_name);
    end if;
    -- The constraint equals the partition's bounds, so that attaching need not scan the rows.
    execute format(
        'alter table %I add constraint within_bounds check (event_time >= %L and event_time < %L)',
        new_name, starts, ends);
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        parent, new_name, starts, ends);
    execute format('alter table %I drop constraint within_bounds', new_name);
    execute format(
        'comment on table %I is %L',
        new_name,
        format('%s from %s to %s', parent, starts, ends));
    insert into partition (name, parent_table, starts_at, ends_at)
    values (new_name, parent, starts, ends);
    return true;
end
$$;

comment on function create_partition(text, timestamptz) is 'Creates the partition of event or snapshot for the month that contains the given time. Returns false if the partition exists already.';

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
    select count(*) = 2 from partition where starts_at <= at and at < ends_at
$$;

comment on function has_partition_for(timestamptz) is 'Whether both event and snapshot have a partition for the given time.';

create or replace function partitions_end() returns timestamptz
    language sql
    stable
    set search_path = tally
as $$
    select min(ends) from (select max(ends_at) as ends from partition group by parent_table) as tables
$$;

comment on function partitions_end() is 'The time up to which both event and snapshot have partitions. The job keeps it about three months ahead.';

grant execute on function has_partition_for(timestamptz), partitions_end() to tally_app, tally_reader;
