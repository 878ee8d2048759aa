-- Positions go on upwards where a dump was restored into another cluster, whose transactions count from anew.
--
-- Locks     of the migration: none. What the function locks is said there
-- Duration  milliseconds

set search_path = tally;

-- Locks  ACCESS EXCLUSIVE on event for milliseconds, if the cluster is another one; before that it reads all events once.
create or replace function register_cluster() returns text
    language plpgsql
    set search_path = tally
as $$
declare
    this bigint := (select system_identifier from pg_control_system());
    was  cluster;
    last bigint;
begin
    -- One at a time: two nodes start together.
    perform pg_advisory_xact_lock(hashtext('tally.register_cluster'));
    select * into was from cluster;
    if was.system_identifier = this then
        return null;
    end if;
    select coalesce(max(position), 0) into last from event;
    -- Partitions have a default of their own, for rows that are inserted into them directly: nobody does.
    execute format(
        'alter table only event alter column position set default (%s + (pg_current_xact_id()::text)::bigint)', last);
    insert into cluster (system_identifier, position_offset) values (this, last)
    on conflict (only_row) do update
    set system_identifier = excluded.system_identifier, position_offset = excluded.position_offset, registered_at = now();
    if was.system_identifier is null then
        return null;
    end if;
    return format(
        'This is cluster %s, and the data come from cluster %s: positions go on above %s.',
        this, was.system_identifier, last);
end
$$;

comment on function register_cluster() is 'Lets positions begin above all that are there, if the database was restored into a cluster that table cluster does not name, and says so; null: it is the one. The application calls it at its start.';

-- The first time, nothing is there.
select register_cluster();
