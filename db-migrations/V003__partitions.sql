-- V003  Partitions by month, created ahead of time.
--
-- Locks     none on existing rows; each partition is made beside its parent and then attached
--           (SHARE UPDATE EXCLUSIVE on the parent: reads and appends go on)
-- Duration  milliseconds a partition
-- Undo      drop the functions and the table; partitions stay
-- Grows     partition: by two rows a month
--
-- There is no default partition: rows would hide in it, and it forbids to detach concurrently. So
-- partitions exist three months ahead, and the application is not ready without one for now.

set search_path = tally;

create table partition (
    name         text        not null,
    parent_table text        not null,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    tier         text        not null default 'HOT',
    created_at   timestamptz not null default now(),
    constraint partition_is_listed_once primary key (name),
    constraint partition_of_a_month_is_one unique (parent_table, starts_at),
    constraint partition_bounds_are_ordered check (starts_at < ends_at),
    constraint partition_tier_is_known check (tier in ('HOT', 'ARCHIVE'))
);

comment on table partition is 'Every partition of event and snapshot, with its bounds and its storage tier.';
comment on column partition.name is 'The partition''s own table name: event_2026_11.';
comment on column partition.parent_table is 'event or snapshot.';
comment on column partition.starts_at is 'First event_time that belongs to it.';
comment on column partition.ends_at is 'First event_time that does not.';
comment on column partition.tier is 'HOT or ARCHIVE.';
comment on column partition.created_at is 'When it was created.';

create function create_partition(parent text, month timestamptz) returns boolean
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

create function create_partitions(since timestamptz, months_ahead integer) returns integer
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

create function has_partition_for(at timestamptz) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select count(*) = 2 from partition where starts_at <= at and at < ends_at
$$;

comment on function has_partition_for(timestamptz) is 'Whether events and snapshots of a time have a partition to go to.';

revoke execute on function create_partition(text, timestamptz) from public;
revoke execute on function create_partitions(timestamptz, integer) from public;
revoke execute on function has_partition_for(timestamptz) from public;
grant execute on function has_partition_for(timestamptz) to tally_app, tally_reader;
grant select on partition to tally_app, tally_reader;

select create_partitions(now(), 3);
