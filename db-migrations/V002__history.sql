-- V002  The tables of the customers' history. Events are the only source of truth; everything else can be rebuilt from them.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables, allowed only while they are empty
-- Grows     event: with every command. snapshot: by one row for each generation of a customer, about as large as the events
--           of that generation. customer: by one row per customer. event_mapper, aggregate_type: with releases
--
-- Every query of the command path filters by customer_id and every key begins with it, so that the tables can later be
-- distributed by customer_id. The grants at the end, not triggers, make the tables append-only.

set search_path = tally;

-- The head of a customer says where the next event goes. The application updates it by compare-and-set on revision, in the
-- transaction of the events and before it inserts them. This makes seq unique across months. And of two commands that were
-- decided from the same state only one can be stored.
create table customer (
    revision         bigint      not null,
    last_time        timestamptz not null,
    snapshot_time    timestamptz not null,
    generation       integer     not null,
    first_seq        integer     not null,
    last_seq         integer     not null,
    snapshot_seq     integer     not null,
    generation_bytes integer     not null,
    customer_id      text        not null collate "C",
    constraint customer_has_one_head primary key (customer_id),
    constraint customer_counts_from_one check (generation >= 1 and first_seq >= 1),
    constraint customer_counts_without_gap
        check (last_seq >= first_seq - 1 and snapshot_seq between first_seq - 1 and last_seq)
) with (fillfactor = 70);

comment on table customer is 'The head of each customer''s history, which says where the next event goes. One row and one revision for everything that is known of a customer.';
comment on column customer.revision is 'Set by each append, which compares it first: the time of the append in microseconds since 1970, or one more than before if that is larger. So no revision returns, neither after an erasure nor after the database has lost its newest transactions.';
comment on column customer.last_time is 'event_time of the last event. The next command gets a later one.';
comment on column customer.snapshot_time is 'event_time of the current snapshot, or of the first event if there is no snapshot. A read of current state needs no older rows.';
comment on column customer.generation is 'Generation of the next event. Each generation but the first begins with a snapshot.';
comment on column customer.first_seq is 'Number of the first event of the account. It is above 1 after an erasure: events with smaller numbers are being removed.';
comment on column customer.last_seq is 'Number of the last event. Numbers run through all generations, without gaps.';
comment on column customer.snapshot_seq is 'Number of the last event that the current snapshot contains. first_seq - 1 if there is no snapshot.';
comment on column customer.generation_bytes is 'Size in bytes of the events of the current generation. The generation closes when they are as large as their snapshot.';
comment on column customer.customer_id is 'The account that limits are counted for.';

-- The table has no primary key, because that would have to contain event_time and cost 15 bytes more for each event.
-- Instead, each partition has a unique index (customer_id, seq), which is its replica identity too, and the head makes seq
-- unique across partitions.
create table event (
    event_time     timestamptz not null,
    -- The default is the cluster's offset plus the transaction number; register_cluster() replaces it if the offset is not 0.
    position       bigint      not null default (0 + (pg_current_xact_id()::text)::bigint),
    seq            integer     not null,
    generation     integer     not null,
    event_mapper   smallint    not null,
    aggregate_type smallint    not null,
    customer_id    text        not null collate "C",
    aggregate_id   text        not null collate "C",
    event_data     bytea       not null,
    command_id     text        collate "C",
    command_hash   integer,
    caller         text        collate "C"
) partition by range (event_time);

-- A subscriber of a publication with publish_via_partition_root is told of deletions only if the parent has a replica
-- identity. "Full" costs nothing, since the parent has no rows, and partitions have their own.
alter table event replica identity full;

comment on table event is 'Everything that happened. Rows are inserted once, never updated, and never deleted one by one. Read them through view event_history.';
comment on column event.event_time is 'Server time of the command, the same for all its events and later than that of the customer''s previous command. Partition key.';
comment on column event.position is 'Place in the feed of all customers: the cluster''s offset plus the number of the transaction that stored the event.';
comment on column event.seq is 'The event''s number. It counts the customer''s events from 1 through all generations, without gaps.';
comment on column event.generation is 'Number of the generation: the customer''s events between two snapshots. Part of the row id customer_id:aggregate_type:generation.';
comment on column event.event_mapper is 'Number in table event_mapper of the mapper, the code that wrote event_data.';
comment on column event.aggregate_type is 'Number in table aggregate_type of the kind of aggregate that the event happened to.';
comment on column event.customer_id is 'The account that limits are counted for.';
comment on column event.aggregate_id is 'The id of the license, device or other aggregate that the event happened to.';
comment on column event.event_data is 'The event''s fields as the mapper wrote them. Function event_payload() decodes them.';
comment on column event.command_id is 'The command that caused the event: the caller''s idempotency key, or a generated id. Only on the first event of a command.';
comment on column event.command_hash is 'Hash of the request, if the caller chose command_id. The same command_id with another hash is refused. Only on the first event of a command.';
comment on column event.caller is 'Who sent the command: role:subject of the token, or the role alone. Only on the first event of a command.';

create table snapshot (
    event_time     timestamptz not null,
    seq            integer     not null,
    generation     integer     not null,
    schema_version integer     not null,
    checksum       integer     not null,
    customer_id    text        not null collate "C",
    snapshot_data  bytea       not null
) partition by range (event_time);

comment on table snapshot is 'Folded accounts of customers. A snapshot is a shortcut: without it the account is replayed from the events.';
comment on column snapshot.event_time is 'When the snapshot was written; not before the last event that it contains. Partition key.';
comment on column snapshot.seq is 'Number of the last event that the snapshot contains.';
comment on column snapshot.generation is 'The generation that begins with this snapshot. One generation may have a snapshot for each schema version.';
comment on column snapshot.schema_version is 'Version of the code that folded the account. Nodes with another version do not read the snapshot.';
comment on column snapshot.checksum is 'CRC-32C of snapshot_data. A snapshot whose checksum does not match is treated as missing.';
comment on column snapshot.customer_id is 'The account that limits are counted for.';
comment on column snapshot.snapshot_data is 'The whole account and the commands that are remembered, in Kryo''s format. Only the application can read it.';

create table aggregate_type (
    number        smallint    not null,
    name          text        not null collate "C",
    registered_at timestamptz not null default now(),
    constraint aggregate_type_number_is_given_once primary key (number),
    constraint aggregate_type_name_is_given_once unique (name),
    constraint aggregate_type_number_is_positive check (number >= 1)
);

comment on table aggregate_type is 'Registry of the kinds of aggregates. The application adds its own at start, and rows never change.';
comment on column aggregate_type.number is 'Number that event.aggregate_type stores in place of the name. It is never given to another name.';
comment on column aggregate_type.name is 'Name that the application uses, for example License or Device.';
comment on column aggregate_type.registered_at is 'When an application with this kind of aggregate first started.';

create table event_mapper (
    number         smallint    not null,
    aggregate_type smallint    not null,
    name           text        not null collate "C",
    field_names    text[]      not null,
    field_types    text[]      not null,
    registered_at  timestamptz not null default now(),
    constraint event_mapper_number_is_given_once primary key (number),
    constraint event_mapper_name_is_given_once unique (name),
    constraint event_mapper_number_is_positive check (number >= 1),
    constraint event_mapper_types_every_field check (cardinality(field_names) = cardinality(field_types))
);

comment on table event_mapper is 'Registry of mappers, the code that writes event_data. The application adds its own at start, and rows never change.';
comment on column event_mapper.number is 'Number that event.event_mapper stores in place of the name. It is never given to another name.';
comment on column event_mapper.aggregate_type is 'Number in table aggregate_type of the kind of aggregate that these events happen to.';
comment on column event_mapper.name is 'Name and version of the event: LicenseIssued/1.';
comment on column event_mapper.field_names is 'Names of the fields, in the order of their bytes.';
comment on column event_mapper.field_types is 'Types of the fields: text, count, instant or duration, with ? if the field may be null.';
comment on column event_mapper.registered_at is 'When an application with this mapper first started.';

grant select, insert, update on customer to tally_app;
grant select, insert on event, snapshot, aggregate_type, event_mapper to tally_app;
grant select on customer, aggregate_type, event_mapper to tally_reader;
