-- V006  Which release has migrated, and which cluster positions are counted on.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables
-- Grows     not at all: one row each

set search_path = tally;

create table release (
    only_row      boolean     not null default true,
    newest        integer     not null,
    oldest_served integer     not null,
    migrated_at   timestamptz not null default now(),
    constraint release_is_one primary key (only_row),
    constraint release_is_that_row check (only_row),
    constraint release_serves_itself check (oldest_served between 1 and newest)
);

comment on table release is 'How far the database is: a node of an older release migrates nothing, functions and views included, or it would put its old ones back.';
comment on column release.only_row is 'True.';
comment on column release.newest is 'The newest release that has migrated.';
comment on column release.oldest_served is 'The oldest release that can work beside it. A node of an older one is not ready.';
comment on column release.migrated_at is 'When the newest release migrated first.';

insert into release (newest, oldest_served) values (1, 1);

create table cluster (
    only_row          boolean     not null default true,
    system_identifier bigint      not null,
    position_offset   bigint      not null,
    registered_at     timestamptz not null default now(),
    constraint cluster_is_one primary key (only_row),
    constraint cluster_is_that_row check (only_row)
);

comment on table cluster is 'The database cluster that event.position is counted on: a transaction''s number means something there only. register_cluster() notices that a dump was restored into another.';
comment on column cluster.only_row is 'True.';
comment on column cluster.system_identifier is 'The cluster''s own, of pg_control_system(). A standby has the same.';
comment on column cluster.position_offset is 'What is added to the transaction''s number: more than every position that was there before.';
comment on column cluster.registered_at is 'When it was noticed.';

grant select on release, cluster to tally_app, tally_reader;
