-- Months of denials are created ahead and dropped when they are old, by the job that looks after the partitions of events.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds
--
-- These partitions do not move to the archive, so table partition does not list them. Their names say which month they have.

set search_path = tally;

create or replace view denial_month as
select
    c.relname::text                                                              as name,
    month.starts_at,
    date_trunc('month', month.starts_at + interval '45 days', 'UTC')             as ends_at,
    exists (select from pg_inherits i where i.inhrelid = c.oid and i.inhparent = to_regclass('tally.denial')) as is_attached
from pg_class c
cross join lateral (
    select make_timestamptz(substr(c.relname, 8, 4)::integer, substr(c.relname, 13, 2)::integer, 1, 0, 0, 0, 'UTC') as starts_at
) as month
where c.relnamespace = 'tally'::regnamespace
  and c.relkind = 'r'
  and c.relname ~ '^denial_[0-9]{4}_(0[1-9]|1[0-2])$';

comment on view denial_month is 'The tables that hold denials, one a month.';
comment on column denial_month.name is 'Table name: denial_2026_11.';
comment on column denial_month.starts_at is 'Begin of the month, inclusive.';
comment on column denial_month.ends_at is 'End of the month, exclusive.';
comment on column denial_month.is_attached is 'False if somebody detached the table by hand: it takes no denials then, until the job attaches it again.';

grant select on denial_month to tally_app, tally_reader;

-- Locks  SHARE UPDATE EXCLUSIVE on denial for milliseconds.
create or replace function create_denial_month(month timestamptz) returns boolean
    language plpgsql
    set search_path = tally
as $$
declare
    starts   timestamptz := date_trunc('month', month, 'UTC');
    ends     timestamptz := date_trunc('month', starts + interval '45 days', 'UTC');
    new_name text := 'denial_' || to_char(starts at time zone 'UTC', 'YYYY_MM');
begin
    -- Two nodes may start at the same moment: the lock lets only one of them create partitions at a time.
    perform pg_advisory_xact_lock(hashtext('tally.create_partition'));
    if exists (select from denial_month m where m.name = new_name and m.is_attached) then
        return false;
    end if;
    if to_regclass(format('tally.%I', new_name)) is null then
        -- Rows of the current hour are counted up in place, which needs room on their pages.
        execute format('create table %I (like denial including all) with (fillfactor = 90)', new_name);
    end if;
    execute format('alter table denial attach partition %I for values from (%L) to (%L)', new_name, starts, ends);
    execute format('comment on table %I is %L', new_name, format('denial from %s to %s', starts, ends));
    return true;
end
$$;

comment on function create_denial_month(timestamptz) is 'Creates the partition of denials for the month that contains the given time, or attaches it again. Returns false if it is there already.';

create or replace function create_denial_months(since timestamptz, months_ahead integer) returns integer
    language sql
    set search_path = tally
as $$
    select count(*)::integer
    from generate_series(0, months_ahead) as months (n)
    where create_denial_month(date_trunc('month', since, 'UTC') + make_interval(days => 15, months => n))
$$;

comment on function create_denial_months(timestamptz, integer) is 'Creates the missing partitions of denials from the month of the given time up to that many months later. Returns how many were created.';

-- Locks  ACCESS EXCLUSIVE on denial for milliseconds. No command waits for it.
create or replace function drop_denial_months(ended_before timestamptz) returns text[]
    language plpgsql
    set search_path = tally
as $$
declare
    old   text;
    names text[] := '{}';
begin
    for old in
        select m.name
        from denial_month m
        where m.ends_at <= ended_before
          and not exists (select from partition p where p.starts_at = m.starts_at and p.legal_hold is not null)
        order by m.name
    loop
        execute format('drop table %I', old);
        names := names || old;
    end loop;
    return names;
end
$$;

comment on function drop_denial_months(timestamptz) is 'Drops the denials of months that ended before the given time, unless their month is under legal hold. Returns the names of the dropped tables.';

-- Locks  ROW EXCLUSIVE on the months of denials; nodes that store denials wait until the transaction ends.
create or replace function erase_denials(customer text) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    place   text;
    of_this bigint;
    erased  bigint := 0;
begin
    -- Whoever stores denials holds this lock shared, and looks for erasures only once it has the lock. So a batch that is
    -- under way ends first, and a later one leaves out what was denied before the erasure was requested.
    perform pg_advisory_xact_lock(hashtext('tally.denial'));
    for place in select m.name from denial_month m order by m.name loop
        execute format('delete from %I where customer_id = $1', place) using customer;
        get diagnostics of_this = row_count;
        if of_this > 0 then
            insert into erased_from (table_name) values (place) on conflict do nothing;
        end if;
        erased := erased + of_this;
    end loop;
    return erased;
end
$$;

comment on function erase_denials(text) is 'Deletes all denials of a customer and returns how many rows there were. Called when an erasure is requested, and again at its end. Denials of an account that began anew meanwhile are deleted too.';
