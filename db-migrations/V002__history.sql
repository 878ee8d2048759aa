-- V002  The history of customers: events are the only source of truth; everything else can be rebuilt.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables, allowed only while they are empty
-- Grows     event: with every command. snapshot: by one row for each generation of a customer, whose events weigh
--           about as much. customer: by one row per customer. event_mapper, aggregate_type: with releases
--
-- Every query names customer_id, and every key begins with it: the same tables can be distributed by it. Append-only is
-- kept by the grants at the end, not by triggers.

set search_path = tally;

-- The head of a customer. The application moves it by compare-and-set on revision, in the same transaction as the events
-- and before them: that makes seq unique across months, and keeps two commands that were decided from the same state from
-- both being stored.
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

comment on table customer is 'The head of each customer''s history: where the next event goes. One row and one revision for everything that is known of the customer.';
comment on column customer.revision is 'Grows by one with each command. The first is the microseconds since 1970 of the first append, so that no revision returns after an erasure. The compare-and-set of an append.';
comment on column customer.last_time is 'event_time of the last event: the next command is later.';
comment on column customer.snapshot_time is 'event_time of the current snapshot. Without one: of the first event. What is read of the customer is not older.';
comment on column customer.generation is 'The generation that the next event belongs to. A snapshot opens each but the first.';
comment on column customer.first_seq is 'Number of the first event of this life. Later than 1 after an erasure: smaller numbers are being removed.';
comment on column customer.last_seq is 'Number of the last event; counts through all generations, without gap.';
comment on column customer.snapshot_seq is 'The last event that is folded into the current snapshot. first_seq - 1: there is no snapshot.';
comment on column customer.generation_bytes is 'What the events of this generation weigh. It closes when they weigh as much as their snapshot.';
comment on column customer.customer_id is 'The account that limits are counted for.';

-- No primary key here: each month has a unique index (customer_id, seq), made with its partition, which is its replica
-- identity too; and the head makes seq unique across months. A key with the time in it would be 15 bytes an event more.
create table event (
    event_time     timestamptz not null,
    -- The cluster's offset plus the transaction: register_cluster() replaces this default where the offset is not 0.
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

comment on table event is 'What happened, for ever: inserted once, never updated, never deleted one by one. Read it through event_history.';
comment on column event.event_time is 'Server time of the command, the same for all its events and later than every command of the customer before. Partition key.';
comment on column event.position is 'Place in the feed of all customers: the cluster''s offset plus the transaction that stored it.';
comment on column event.seq is 'The event''s number: counts the customer''s events from 1, without gap, through all generations.';
comment on column event.generation is 'The customer''s events between two snapshots share one. customer_id:aggregate_type:generation is the row id.';
comment on column event.event_mapper is 'Which code wrote event_data: a number of table event_mapper.';
comment on column event.aggregate_type is 'What kind of thing it happened to: a number of table aggregate_type.';
comment on column event.customer_id is 'The account that limits are counted for.';
comment on column event.aggregate_id is 'Which license, device or other aggregate it happened to.';
comment on column event.event_data is 'The event''s fields as its mapper wrote them; event_payload() reads them.';
comment on column event.command_id is 'The command that caused it: the caller''s idempotency key, or a generated id. Only on the first event of a command.';
comment on column event.command_hash is 'Hash of what the command asked, where its caller chose command_id: the same id with another hash is refused. Only on the first event of a command.';
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

comment on table snapshot is 'A customer''s folded account. A shortcut: without it the account is replayed from the events.';
comment on column snapshot.event_time is 'When it was written: not before the last event that is folded into it. Partition key.';
comment on column snapshot.seq is 'The last event folded into it.';
comment on column snapshot.generation is 'The generation that it opens, or of whose beginning it is a second copy for another schema version.';
comment on column snapshot.schema_version is 'Version of the fold that made it. Other versions do not read it.';
comment on column snapshot.checksum is 'CRC-32C of snapshot_data: with another one it counts as missing.';
comment on column snapshot.customer_id is 'The account that limits are counted for.';
comment on column snapshot.snapshot_data is 'The whole account and the commands that are remembered, in Kryo''s format. For the application only.';

create table aggregate_type (
    number        smallint    not null,
    name          text        not null collate "C",
    registered_at timestamptz not null default now(),
    constraint aggregate_type_number_is_given_once primary key (number),
    constraint aggregate_type_name_is_given_once unique (name),
    constraint aggregate_type_number_is_positive check (number >= 1)
);

comment on table aggregate_type is 'The registry of the kinds of aggregates. The application adds its own at start; a row never changes.';
comment on column aggregate_type.number is 'What event.aggregate_type says instead of the name. Given once, and for ever.';
comment on column aggregate_type.name is 'What the application calls the kind, as License or Device.';
comment on column aggregate_type.registered_at is 'When an application first started with it.';

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

comment on table event_mapper is 'The registry of the code that writes event_data. The application adds its mappers at start; a row never changes.';
comment on column event_mapper.number is 'What event.event_mapper says instead of the name. Given once, and for ever.';
comment on column event_mapper.aggregate_type is 'The kind of aggregates that its events happen to.';
comment on column event_mapper.name is 'Event and version: LicenseIssued/1.';
comment on column event_mapper.field_names is 'The fields in the order of their bytes.';
comment on column event_mapper.field_types is 'text, count, instant or duration; with ? where null is allowed.';
comment on column event_mapper.registered_at is 'When an application first started with it.';

grant select, insert, update on customer to tally_app;
grant select, insert on event, snapshot, aggregate_type, event_mapper to tally_app;
grant select on customer, aggregate_type, event_mapper to tally_reader;
