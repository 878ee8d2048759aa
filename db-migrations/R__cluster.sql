-- After a dump was restored into another cluster, whose transaction numbers start again, event positions keep growing and
-- copies of partitions in the making are made again.
--
-- Locks     none for the migration; the locks of the function are stated above it
-- Duration  milliseconds

set search_path = tally;

-- Locks  on a new cluster: ACCESS EXCLUSIVE on event for milliseconds, after one read of all events. Otherwise none.
create or replace function register_cluster() returns text
    language plpgsql
    set search_path = tally
as $$
declare
    this   bigint := (select system_identifier from pg_control_system());
    was    cluster;
    last   bigint;
    copies integer;
begin
    -- Two nodes may start at the same moment: the lock lets only one of them do this at a time.
    perform pg_advisory_xact_lock(hashtext('tally.register_cluster'));
    select * into was from cluster;
    if was.system_identifier = this then
        return null;
    end if;
    select coalesce(max(position), 0) into last from event;
    -- Only the parent's default is changed. The default of a partition applies to rows that are inserted into the partition
    -- directly, and nobody does that.
    execute format(
        'alter table only event alter column position set default (%s + (pg_current_xact_id()::text)::bigint)', last);
    insert into cluster (system_identifier, position_offset) values (this, last)
    on conflict (only_row) do update
    set system_identifier = excluded.system_identifier, position_offset = excluded.position_offset, registered_at = now();
    if was.system_identifier is null then
        return null;
    end if;
    -- A copy is put in the original's place once all transactions before partition.copied_by have ended. That number says
    -- nothing here, and a restore may have left the copy out. So each copy is begun again; begin_copy and begin_sift drop
    -- what there is of it.
    update partition
    set state = case when state in ('SIFTING', 'SIFTED') then 'ARCHIVED' else 'MARKED' end, since = clock_timestamp(),
        done_to = null, rows_done = 0, copied_by = null, last_error = null, failed_at = null
    where state in ('COPYING', 'VERIFYING', 'COPIED', 'SIFTING', 'SIFTED');
    get diagnostics copies = row_count;
    return format(
        'This is cluster %s, and the data come from cluster %s: positions go on above %s, and copies of %s partitions are made again.',
        this, was.system_identifier, last, copies);
end
$$;

comment on function register_cluster() is 'Called by the application at start. Detects that the database was restored into a cluster that table cluster does not name. Then it makes positions continue above the largest one, lets copies of partitions be made again and returns a message. Returns null if the cluster is the known one.';

-- Each statement that reads the view has a snapshot of its own, and all columns come from that one.
create or replace view feed_edge as
select
    c.system_identifier,
    c.position_offset,
    c.position_offset + (pg_snapshot_xmin(s.now)::text)::bigint as safe_below,
    c.position_offset + (pg_snapshot_xmax(s.now)::text)::bigint as next_position,
    (select count(*) from pg_snapshot_xip(s.now))               as transactions_in_flight
from cluster c
cross join (select pg_current_snapshot() as now) as s;

comment on view feed_edge is 'How far the feed of all customers may be read now. One row. View feed_lag says more.';
comment on column feed_edge.system_identifier is 'The cluster that positions are counted on, as table cluster names it.';
comment on column feed_edge.position_offset is 'Added to the transaction number to get a position.';
comment on column feed_edge.safe_below is 'Position of the oldest open writing transaction. All events with smaller positions are visible, and no more of them come.';
comment on column feed_edge.next_position is 'Position of the next transaction that begins.';
comment on column feed_edge.transactions_in_flight is 'Number of open writing transactions.';

grant select on feed_edge to tally_app, tally_reader;

-- On an empty database this call stores the identifier of the cluster.
select register_cluster();
