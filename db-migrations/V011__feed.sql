-- V011  What a reader of the feed has to know of a month: up to which position it has events, and which of them are gone.
--
-- Locks     ACCESS EXCLUSIVE on table partition for milliseconds
-- Duration  milliseconds
-- Undo      drop the columns; the feed then needs a release that does not read them
-- Grows     not at all: two numbers a partition
--
-- The feed is read in the order of positions, and months are cut by time. A month of the archive takes no more rows, so it
-- has none above the position at which it was closed: a reader who is beyond that leaves the month out. Retirement drops
-- rows: a reader who has not got as far as these is told so.

set search_path = tally;

alter table partition
    add column closed_below bigint,
    add column dropped_to   bigint;

comment on column partition.closed_below is 'All events of the partition have smaller positions than this: no more were stored once it had left the hot tier. Null while it may take rows.';
comment on column partition.dropped_to is 'Largest position of an event that a retirement of the partition leaves out. Null if there is none.';

-- When these months were closed, and what was dropped of them, was not recorded. Both lies before now.
update partition p
set closed_below = case when p.tier = 'ARCHIVE' then c.position_offset + (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint end,
    dropped_to   = case when p.sifts > 0 then c.position_offset + (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint end
from cluster c
where p.parent_table = 'event';
