-- Partitions are made ahead of the first event that needs them.
--
-- Locks     of the migration: none. Of the functions: each partition is made beside its parent and then attached
--           (SHARE UPDATE EXCLUSIVE on the parent: reads and appends go on)
-- Duration  milliseconds a partition

set search_path = tally;

-- What a partition, or a copy of one, has beside its columns. The name of the index tells an error of two events that have
-- one number: <table>_seq_is_unique. A snapshot may be written anew in a later generation though nothing happened since.
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

comment on function add_key(text, text) is 'Gives a partition, or a copy of one, its unique index <table>_seq_is_unique, which is its replica identity too.';

create or replace function create_partition(parent text, month timestamptz) returns boolean
    language plpgsql
    set search_path = tally
as $$
declare
    starts   timestamptz := date_trunc('month', month, 'UTC');
    ends     timestamptz := date_trunc('month', starts + interval '45 days', 'UTC');
    new_name text := parent || '_' || to_char(starts at time zone 'UTC', 'YYYY_MM');
begin
    -- One at a time: two nodes start together.
    perform pg_advisory_xact_lock(hashtext('tally.create_partition'));
    if exists (select from partition where name = new_name) then
        return false;
    end if;
    execute format('create table %I (like %I including all)', new_name, parent);
    perform add_key(new_name, parent);
    if parent = 'event' then
        -- Rows come in the order of time: for a few pages it finds those of a day. Archived months do without.
        execute format(
            'create index %I on %I using brin (event_time) with (pages_per_range = 32, autosummarize = on)',
            new_name || '_by_time', new_name);
    end if;
    -- The same as the bounds, so that attaching need not scan.
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

comment on function create_partition(text, timestamptz) is 'Creates the partition of event or snapshot for the month of a time; false if it exists.';

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

comment on function create_partitions(timestamptz, integer) is 'Creates what is missing of the partitions from the month of a time to so many months after it; says how many.';

create or replace function has_partition_for(at timestamptz) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select count(*) = 2 from partition where starts_at <= at and at < ends_at
$$;

comment on function has_partition_for(timestamptz) is 'Whether events and snapshots of a time have a partition to go to.';

create or replace function partitions_end() returns timestamptz
    language sql
    stable
    set search_path = tally
as $$
    select min(ends) from (select max(ends_at) as ends from partition group by parent_table) as tables
$$;

comment on function partitions_end() is 'From then on there are no partitions: they are made three months ahead.';

grant execute on function has_partition_for(timestamptz), partitions_end() to tally_app, tally_reader;
