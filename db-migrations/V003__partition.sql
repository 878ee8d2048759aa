-- V003  The list of monthly partitions with the state of each, and the job that creates, moves and retires them.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; partitions stay
-- Grows     partition: by two rows a month. partition_job: one row. sifted_rows: by one row for each customer and month
--           that lost events to retirement
--
-- There is no default partition, because rows would hide in it and no partition could be detached concurrently. So
-- partitions are created three months ahead, and the application is not ready without one for the current time. The
-- functions that create and move partitions are in R__partitions_*.sql.

set search_path = tally;

create table partition (
    name         text        not null collate "C",
    parent_table text        not null collate "C",
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    created_at   timestamptz not null default now(),
    tier         text        not null default 'HOT',
    state        text        not null default 'HOT',
    back_to      text,
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
    lost_at      timestamptz,
    legal_hold   text,
    held_by      text,
    held_at      timestamptz,
    constraint partition_is_listed_once primary key (name),
    constraint partition_of_a_month_is_one unique (parent_table, starts_at),
    constraint partition_bounds_are_ordered check (starts_at < ends_at),
    constraint partition_tier_is_known check (tier in ('HOT', 'ARCHIVE')),
    constraint partition_state_is_known
        check (state in ('HOT', 'MARKED', 'COPYING', 'VERIFYING', 'COPIED', 'ARCHIVED', 'SIFTING', 'SIFTED', 'RETIRED')),
    constraint partition_goes_back_where_it_was
        check (back_to is null
            or back_to in ('HOT', 'MARKED', 'ARCHIVED', 'RETIRED') and state in ('MARKED', 'COPYING', 'VERIFYING', 'COPIED')),
    constraint partition_is_hot_until_marked check ((tier = 'HOT') = (coalesce(back_to, state) = 'HOT')),
    constraint partition_is_detached_when_retired check (detached_at is null or coalesce(back_to, state) = 'RETIRED')
);

comment on table partition is 'Every partition of event and snapshot: its bounds, its tier, and how far its move to the archive is.';
comment on column partition.name is 'Table name of the partition: event_2026_11.';
comment on column partition.parent_table is 'Parent table: event or snapshot.';
comment on column partition.starts_at is 'First event_time of the partition, inclusive.';
comment on column partition.ends_at is 'End of the partition''s range of event_time, exclusive.';
comment on column partition.created_at is 'When the partition was created.';
comment on column partition.tier is 'HOT: reads of current state may use the partition. ARCHIVE: they never do, whichever tablespace it is in.';
comment on column partition.state is 'HOT, MARKED, COPYING, VERIFYING, COPIED, ARCHIVED, SIFTING, SIFTED or RETIRED. The DBA guide (README.md of the migrations) explains each.';
comment on column partition.back_to is 'The state that the partition had before it began to be written anew, because rows had been erased from it. It returns to that state with the swap. Null if it is not being written anew.';
comment on column partition.since is 'When the partition entered this state.';
comment on column partition.tablespace is 'Tablespace that the job moved the partition to. Null if it is in the database''s own.';
comment on column partition.done_to is 'The current step is done for customers up to this one. Null if it has not begun.';
comment on column partition.rows_done is 'Number of rows that the current step has done. While customers are rolled forward: number of customers.';
comment on column partition.copied_by is 'Transaction that copied the last rows. Transactions that began before it do not see those rows.';
comment on column partition.row_count is 'Number of rows, counted in the original and in the copy. Null if not counted yet.';
comment on column partition.checksum is 'Sum of hash_record_extended(row, 0) over all rows, the same in the original and in the copy.';
comment on column partition.sifts is 'How often the partition was retired. Rows of sifted_rows with a larger sift belong to a retirement that is not complete.';
comment on column partition.retired_at is 'When the partition last lost the rows that no state needs. It stays set after a restore, which brings back only the rows of the last retirement. Null if the partition was never retired.';
comment on column partition.detached_at is 'When the original of the last retirement was detached as <name>_retired. It is dropped after the grace period. Null if there is none.';
comment on column partition.requested_at is 'When an operator asked to archive the partition before its time. Null if nobody did, or if it has left the hot tier.';
comment on column partition.last_error is 'Why the last step on the partition failed (SQLSTATE and message of the database), or what it waits for. Null if the last step succeeded.';
comment on column partition.failed_at is 'When the last step on the partition failed.';
comment on column partition.lost_at is 'When the partition was found dropped and was created anew, so that events can be stored. The rows that it had are missing. Set it to null when they have been restored. Null if nothing was lost.';
comment on column partition.legal_hold is 'Reason why nothing of the month, events and snapshots, may be erased or dropped. Null if there is no legal hold.';
comment on column partition.held_by is 'Who put the partition under legal hold.';
comment on column partition.held_at is 'When the partition was put under legal hold.';

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

comment on table partition_job is 'State of the job that creates, moves and retires partitions, whichever node it runs on. One row.';
comment on column partition_job.only_row is 'Always true, so that there is only one row.';
comment on column partition_job.paused is 'If true, the job stops after the current batch and only creates partitions ahead, until this is false again.';
comment on column partition_job.paused_by is 'Who paused the job.';
comment on column partition_job.paused_at is 'When the job was paused.';
comment on column partition_job.last_run_at is 'When the job last looked for work.';
comment on column partition_job.last_success_at is 'When the job last completed all work without an error.';
comment on column partition_job.last_error is 'Why the last attempt to create partitions ahead, to compare them with the catalogue or to check snapshots failed (SQLSTATE and message of the database). Null if it succeeded. Errors of single partitions and erasures are in partition.last_error and erasure.last_error.';
comment on column partition_job.failed_at is 'When that attempt failed.';
comment on column partition_job.checked_to is 'The snapshots of customers up to this one have been compared with their events. Null if the check starts with the first customer.';

create table sifted_rows (
    customer_id    text    not null collate "C",
    partition_name text    not null collate "C",
    sift           integer not null,
    dropped_rows   integer not null,
    constraint sifted_rows_are_counted_once primary key (customer_id, partition_name, sift),
    constraint sifted_rows_are_some check (dropped_rows >= 1)
);

comment on table sifted_rows is 'How many events of a customer each retirement of a month leaves out. View retirement shows only the retirements that are complete.';
comment on column sifted_rows.customer_id is 'The account that limits are counted for.';
comment on column sifted_rows.partition_name is 'The partition that is being retired or was retired.';
comment on column sifted_rows.sift is 'Which retirement of the partition this is: 1 is the first. It is complete once partition.sifts has reached this number.';
comment on column sifted_rows.dropped_rows is 'Number of events that are not kept.';

grant select on partition, partition_job, sifted_rows to tally_app, tally_reader;
