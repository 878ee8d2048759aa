-- V003  Partitions by month, what has become of each, and the job that looks after them.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; partitions stay
-- Grows     partition: by two rows a month. partition_job: one row. sifted_rows: by one row for each customer and month
--           that lost events to retirement
--
-- There is no default partition: rows would hide in it, and it forbids to detach concurrently. So partitions exist three
-- months ahead, and the application is not ready without one for now. What makes and moves them are the functions in
-- R__partitions_*.sql.

set search_path = tally;

create table partition (
    name         text        not null,
    parent_table text        not null,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    created_at   timestamptz not null default now(),
    tier         text        not null default 'HOT',
    state        text        not null default 'HOT',
    since        timestamptz not null default now(),
    tablespace   text,
    done_to      text        collate "C",
    rows_done    bigint      not null default 0,
    copied_by    xid8,
    row_count    bigint,
    checksum     numeric,
    sifts        integer     not null default 0,
    retired_at   timestamptz,
    detached_at  timestamptz,
    requested_at timestamptz,
    last_error   text,
    failed_at    timestamptz,
    legal_hold   text,
    held_by      text,
    held_at      timestamptz,
    constraint partition_is_listed_once primary key (name),
    constraint partition_of_a_month_is_one unique (parent_table, starts_at),
    constraint partition_bounds_are_ordered check (starts_at < ends_at),
    constraint partition_tier_is_known check (tier in ('HOT', 'ARCHIVE')),
    constraint partition_state_is_known
        check (state in ('HOT', 'MARKED', 'COPYING', 'VERIFYING', 'COPIED', 'ARCHIVED', 'SIFTING', 'SIFTED', 'RETIRED')),
    constraint partition_is_hot_until_marked check ((tier = 'HOT') = (state = 'HOT')),
    constraint partition_is_detached_when_retired check (detached_at is null or state = 'RETIRED')
);

comment on table partition is 'Every partition of event and snapshot: its bounds, its tier, and how far its way to the archive is.';
comment on column partition.name is 'The partition''s own table name: event_2026_11.';
comment on column partition.parent_table is 'event or snapshot.';
comment on column partition.starts_at is 'First event_time that belongs to it.';
comment on column partition.ends_at is 'First event_time that does not.';
comment on column partition.created_at is 'When it was created.';
comment on column partition.tier is 'HOT: reads of current state may look into it. ARCHIVE: they never do, wherever its rows lie.';
comment on column partition.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED, ARCHIVED, SIFTING, SIFTED or RETIRED: how far its way is. README.md says what each means.';
comment on column partition.since is 'Since when it is in this state.';
comment on column partition.tablespace is 'Where the job has put it. Null: the database''s own tablespace.';
comment on column partition.done_to is 'The step under way is done for customers up to this one. Null: it has not begun.';
comment on column partition.rows_done is 'Rows that the step under way has done; rolling forward: customers.';
comment on column partition.copied_by is 'The transaction that copied the last rows: one that began before it does not see them.';
comment on column partition.row_count is 'Rows, counted in the original and in the copy. Null: not counted yet.';
comment on column partition.checksum is 'Sum of hash_record_extended(row, 0) over all rows, the same in the original and in the copy.';
comment on column partition.sifts is 'How often it was retired. What sifted_rows says of a later sift is not in effect yet.';
comment on column partition.retired_at is 'When it last lost the rows that nothing needed any more; restored, it may have them again. Null: it has all.';
comment on column partition.detached_at is 'When its last original was detached, <name>_retired, which is dropped after the grace. Null: there is none.';
comment on column partition.requested_at is 'When an operator asked to archive it before its time. Null: nobody did, or it has left the hot tier.';
comment on column partition.last_error is 'Why the last step on it failed, or what it waits for. Null: it did not.';
comment on column partition.failed_at is 'When the last step on it failed.';
comment on column partition.legal_hold is 'Why nothing of it may be erased or dropped. Null: it may.';
comment on column partition.held_by is 'Who put it under legal hold.';
comment on column partition.held_at is 'When it was put under legal hold.';

create table partition_job (
    only_row        boolean     not null default true,
    paused          boolean     not null default false,
    paused_by       text,
    paused_at       timestamptz,
    last_run_at     timestamptz,
    last_success_at timestamptz,
    last_error      text,
    failed_at       timestamptz,
    checked_to      text        collate "C",
    constraint partition_job_is_one primary key (only_row),
    constraint partition_job_is_that_row check (only_row)
);

insert into partition_job default values;

comment on table partition_job is 'The job that looks after partitions, on whichever node: one row.';
comment on column partition_job.only_row is 'True.';
comment on column partition_job.paused is 'Whether it stops after the batch under way, and only makes partitions ahead until this is false again.';
comment on column partition_job.paused_by is 'Who paused it.';
comment on column partition_job.paused_at is 'When it was paused.';
comment on column partition_job.last_run_at is 'When it last looked whether there is something to do.';
comment on column partition_job.last_success_at is 'When it last did all there was to do without an error.';
comment on column partition_job.last_error is 'Why partitions could not be made ahead, or snapshots not be checked, the last time. Null: they were. Errors of single partitions and erasures stand there.';
comment on column partition_job.failed_at is 'When that failed.';
comment on column partition_job.checked_to is 'Customers up to this one had their snapshots compared with their events. Null: it begins anew with the first.';

create table sifted_rows (
    customer_id    text    not null collate "C",
    partition_name text    not null collate "C",
    sift           integer not null,
    dropped_rows   integer not null,
    constraint sifted_rows_are_counted_once primary key (customer_id, partition_name, sift),
    constraint sifted_rows_are_some check (dropped_rows >= 1)
);

comment on table sifted_rows is 'How many events of a customer go with the retirement of a month, as it was sifted. View retirement has those that went.';
comment on column sifted_rows.customer_id is 'The account that limits are counted for.';
comment on column sifted_rows.partition_name is 'The partition that they are in.';
comment on column sifted_rows.sift is 'Which sift of the partition it was: the first, the second. They went once partition.sifts is as large.';
comment on column sifted_rows.dropped_rows is 'Events that the sift left out.';

grant select on partition, partition_job, sifted_rows to tally_app, tally_reader;
