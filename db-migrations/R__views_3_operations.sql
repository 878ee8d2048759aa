-- These views are for operators: the partitions, what somebody changed about them by hand, and how far the feed lags.
--
-- Locks     ACCESS EXCLUSIVE on the views for milliseconds, none on tables
-- Duration  milliseconds
--
-- A later release may add a column at the end. It must not remove one that a released application reads.

set search_path = tally;

-- The job relies on table partition, while PostgreSQL's catalogue tells the truth. The functions change both together, so
-- they differ only if somebody changed a partition by hand.
create or replace view partition_difference as
select p.name, p.parent_table as table_name, d.difference
from partition p
left join pg_class c on c.oid = to_regclass(format('tally.%I', p.name))
left join pg_inherits i on i.inhrelid = c.oid and i.inhparent = to_regclass(format('tally.%I', p.parent_table))
left join pg_tablespace t on t.oid = c.reltablespace
cross join lateral (
    values
        (c.oid is null,
            'There is no such table.' || coalesce(' It had ' || p.row_count || ' rows.', '')),
        (p.lost_at is not null,
            format('It had been dropped and was created anew at %s: the rows that it had are missing.', p.lost_at)),
        (c.oid is not null and i.inhrelid is null, format('It is not attached to %s.', p.parent_table)),
        (i.inhdetachpending, format('It is being detached from %s.', p.parent_table)),
        (i.inhrelid is not null
            and pg_get_expr(c.relpartbound, c.oid) <> format('FOR VALUES FROM (%L) TO (%L)', p.starts_at, p.ends_at),
            format('It is attached %s.', pg_get_expr(c.relpartbound, c.oid))),
        (c.oid is not null and t.spcname is distinct from p.tablespace,
            format('It lies in tablespace %s, not in %s.',
                coalesce(t.spcname, 'of the database'), coalesce(p.tablespace, 'that of the database'))),
        (c.oid is not null and p.tier = 'ARCHIVE'
            and not exists (
                select from pg_constraint
                where conrelid = c.oid and conname = 'archived_takes_no_more_rows'),
            'It takes rows although it is archived.'),
        (c.oid is not null and c.relreplident <> 'i', 'Its replica identity is not its key.'),
        (p.detached_at is not null and to_regclass(format('tally.%I', p.name || '_retired')) is null,
            'Its detached original is gone.')
) as d (is_so, difference)
where d.is_so
union all
select
    c.relname,
    parent.relname,
    case
        when pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
            then 'It is a default partition: rows hide in it, and partitions cannot be made.'
        else 'It is attached, and table partition does not know it.'
    end
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
join pg_class parent on parent.oid = i.inhparent
where i.inhparent in (to_regclass('tally.event'), to_regclass('tally.snapshot'))
  and not exists (select from partition p where p.name = c.relname);

comment on view partition_difference is 'Differences between PostgreSQL''s catalogue and table partition. Empty unless somebody changed partitions by hand.';
comment on column partition_difference.name is 'Table name of the partition.';
comment on column partition_difference.table_name is 'Parent table: event or snapshot.';
comment on column partition_difference.difference is 'What differs.';

create or replace view partition_tier as
select
    p.name,
    p.parent_table                                                                    as table_name,
    p.starts_at,
    p.ends_at,
    p.tier,
    case when a.name is null then 'MISSING' else p.state end                          as state,
    p.since,
    case when c.oid is not null then coalesce(t.spcname, own.spcname) end             as tablespace,
    pg_total_relation_size(c.oid)                                                     as bytes,
    pg_indexes_size(c.oid)                                                            as index_bytes,
    coalesce(p.row_count, nullif(s.n_live_tup, 0), greatest(c.reltuples, 0)::bigint) as row_count,
    p.row_count is not null                                                           as row_count_is_exact,
    case
        when p.state = 'HOT' and p.done_to is not null
            then round(least(1, p.rows_done / greatest(heads.reltuples, 1))::numeric, 2)
        when p.state in ('COPYING', 'VERIFYING', 'SIFTING')
            then round(least(1, p.rows_done / greatest(p.row_count, s.n_live_tup, c.reltuples, 1))::numeric, 2)
    end                                                                               as progress,
    p.requested_at,
    p.last_error,
    p.failed_at,
    h.legal_hold,
    h.held_by,
    h.held_at,
    p.retired_at,
    p.detached_at,
    pg_total_relation_size(to_regclass(format('tally.%I', p.name || '_retired')))     as detached_bytes,
    d.difference,
    p.back_to,
    e.erased_since,
    p.lost_at
from partition p
left join attached_partition a on a.name = p.name and a.table_name = p.parent_table
left join erased_from e on e.table_name = p.name
left join lateral (
    -- The partition's own hold, or that of the month's other partition.
    select m.legal_hold, m.held_by, m.held_at
    from partition m
    where m.starts_at = p.starts_at and m.legal_hold is not null
    order by m.name <> p.name
    limit 1
) as h on true
left join pg_class c on c.oid = to_regclass(format('tally.%I', p.name))
left join pg_tablespace t on t.oid = c.reltablespace
left join pg_stat_user_tables s on s.relid = c.oid
left join (
    select f.name, string_agg(f.difference, ' ' order by f.difference) as difference
    from partition_difference f
    group by f.name
) as d on d.name = p.name
join pg_class heads on heads.oid = 'tally.customer'::regclass
join pg_database this on this.datname = current_database()
join pg_tablespace own on own.oid = this.dattablespace;

comment on view partition_tier is 'Every partition: where it is stored, how large it is, and how far its move to the archive is.';
comment on column partition_tier.name is 'Table name of the partition: event_2026_11.';
comment on column partition_tier.table_name is 'Parent table: event or snapshot.';
comment on column partition_tier.starts_at is 'First event_time of the partition, inclusive.';
comment on column partition_tier.ends_at is 'End of the partition''s range of event_time, exclusive.';
comment on column partition_tier.tier is 'HOT: reads of current state may use the partition. ARCHIVE: they never do.';
comment on column partition_tier.state is 'MISSING if the partition is not attached, whatever it was before. Otherwise HOT, MARKED, COPYING, VERIFYING, COPIED, ARCHIVED, SIFTING, SIFTED or RETIRED. The DBA guide (README.md of the migrations) explains each.';
comment on column partition_tier.since is 'When the partition entered this state.';
comment on column partition_tier.tablespace is 'Tablespace of the rows and the index.';
comment on column partition_tier.bytes is 'Size on disk in bytes, including indexes.';
comment on column partition_tier.index_bytes is 'Size of the indexes on disk in bytes.';
comment on column partition_tier.row_count is 'Number of rows; row_count_is_exact says whether they were counted.';
comment on column partition_tier.row_count_is_exact is 'True if the rows were counted. False if row_count is an estimate from PostgreSQL''s statistics.';
comment on column partition_tier.progress is 'Completed share of the current step, from 0 to 1. Null if no step is under way.';
comment on column partition_tier.requested_at is 'When an operator asked to archive the partition before its time. Null if nobody did, or if it has left the hot tier.';
comment on column partition_tier.last_error is 'Why the last step on the partition failed (SQLSTATE and message of the database), or what it waits for. Null if the last step succeeded.';
comment on column partition_tier.failed_at is 'When the last step on the partition failed.';
comment on column partition_tier.legal_hold is 'Reason why nothing of the month, events and snapshots, may be erased or dropped. Null if there is no legal hold.';
comment on column partition_tier.held_by is 'Who put the month under legal hold.';
comment on column partition_tier.held_at is 'When the month was put under legal hold.';
comment on column partition_tier.retired_at is 'When the partition last lost the rows that no state needs. It stays set after a restore, which brings back only the rows of the last retirement. Null if the partition was never retired.';
comment on column partition_tier.detached_at is 'When the original of the last retirement was detached. It is dropped after the grace period. Null if there is none.';
comment on column partition_tier.detached_bytes is 'Size of the detached original on disk in bytes.';
comment on column partition_tier.difference is 'Differences between PostgreSQL''s catalogue and table partition. Null if there are none.';
comment on column partition_tier.back_to is 'The state that the partition returns to when it has been written anew. Null if it is not being written anew.';
comment on column partition_tier.erased_since is 'Since when the partition''s file may contain bytes of erased rows. Null if it does not.';
comment on column partition_tier.lost_at is 'When the partition was found dropped and was created anew. Null if nothing was lost.';

-- The transaction that holds the feed back may belong to anybody: the partition job, a DBA, another database. Roles that may
-- not see others' transactions see this one.
create or replace function oldest_writer(
    out began_at         timestamptz,
    out process          integer,
    out application_name text,
    out role_name        text,
    out prepared_as      text
)
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select w.began_at, w.process, w.application_name, w.role_name, w.prepared_as
    from (
        select a.xact_start, a.pid, a.application_name, a.usename::text, null::text, a.backend_xid
        from pg_stat_activity a
        where a.backend_xid is not null
        union all
        select p.prepared, null, null, p.owner::text, p.gid, p.transaction
        from pg_prepared_xacts p
    ) as w (began_at, process, application_name, role_name, prepared_as, transaction_id)
    order by age(w.transaction_id) desc
    limit 1
$$;

comment on function oldest_writer() is 'The oldest open writing transaction of the cluster, which the feed of all customers waits for: prepared transactions and those of other databases included. Nulls if none is open.';

grant execute on function oldest_writer() to tally_app, tally_reader;

-- A reader of the feed may read only events whose position is below safe_below. Among those above it, open transactions may
-- still add events.
create or replace view feed_lag as
select
    f.safe_below,
    f.next_position,
    f.next_position - f.safe_below as positions_behind,
    f.transactions_in_flight,
    o.began_at                     as oldest_began_at,
    o.process                      as oldest_process,
    o.application_name             as oldest_application,
    o.role_name                    as oldest_role,
    o.prepared_as                  as oldest_prepared
from feed_edge f
cross join oldest_writer() as o;

comment on view feed_lag is 'How far open transactions hold back a reader of the feed of all customers, and which is the oldest of them. One row.';
comment on column feed_lag.safe_below is 'Position of the oldest open writing transaction. No new event can get a smaller position, so a reader of the feed may read up to here.';
comment on column feed_lag.next_position is 'Position of the next transaction that begins.';
comment on column feed_lag.positions_behind is 'Number of positions from safe_below to next_position, including those of other databases of the cluster.';
comment on column feed_lag.transactions_in_flight is 'Number of open writing transactions.';
comment on column feed_lag.oldest_began_at is 'When the oldest open writing transaction began, or was prepared. Null if none is open.';
comment on column feed_lag.oldest_process is 'Process (pid) of that transaction, for pg_stat_activity and pg_terminate_backend. Null if none is open, or if it is prepared.';
comment on column feed_lag.oldest_application is 'Application name of that transaction''s session: tally is a node, tally-owner its partition job. Null if none is open, or if it is prepared.';
comment on column feed_lag.oldest_role is 'Role of that transaction. Null if none is open.';
comment on column feed_lag.oldest_prepared is 'Name under which that transaction was prepared, for rollback prepared. Null if it was not.';

grant select on partition_difference, partition_tier, feed_lag to tally_app, tally_reader;
