-- V006  The newest release that has migrated the database, and the cluster that event positions are counted on.
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

comment on table release is 'The releases that this database works with. One row. A node of an older release runs no migration, because it would replace functions and views by its older ones.';
comment on column release.only_row is 'Always true, so that there is only one row.';
comment on column release.newest is 'Number of the newest release that has migrated the database.';
comment on column release.oldest_served is 'Number of the oldest release that can work with this database. Nodes of older releases are not ready.';
comment on column release.migrated_at is 'When the newest release first migrated the database.';

insert into release (newest, oldest_served) values (1, 1);

create table cluster (
    only_row          boolean     not null default true,
    system_identifier bigint      not null,
    position_offset   bigint      not null,
    registered_at     timestamptz not null default now(),
    constraint cluster_is_one primary key (only_row),
    constraint cluster_is_that_row check (only_row)
);

comment on table cluster is 'The database cluster on which event.position is counted, because transaction numbers mean something in one cluster only. register_cluster() detects that a dump was restored into another one. One row.';
comment on column cluster.only_row is 'Always true, so that there is only one row.';
comment on column cluster.system_identifier is 'Identifier of the cluster, from pg_control_system(). A standby has the same.';
comment on column cluster.position_offset is 'Added to the transaction number to get a position. Not less than any position that was stored before.';
comment on column cluster.registered_at is 'When the cluster was registered.';

grant select on release, cluster to tally_app, tally_reader;
