-- V002  The event store: events are the only source of truth; everything else can be rebuilt.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables, allowed only while they are empty
-- Grows     event: with every command. snapshot: by one row for every 100 events of a stream.
--           stream: by one row per customer and stream type. event_mapper: with releases.
--
-- Every key begins with customer_id, and every query names it: the same tables can be distributed
-- by it. Append-only is kept by the grants at the end, not by triggers.

set search_path = tally;

-- The head of each stream. The application moves it by compare-and-set on revision, in the same
-- transaction as the events: that is what makes a sequence number unique, since a unique key on a
-- table partitioned by time would have to contain the time.
create table stream (
    customer_id     text        not null,
    stream_type     text        not null,
    generation      integer     not null,
    last_seq        integer     not null,
    opened_at       timestamptz not null,
    last_event_time timestamptz not null,
    revision        bigint      not null,
    constraint stream_has_one_head primary key (customer_id, stream_type),
    constraint stream_type_is_known
        check (stream_type in ('License', 'Download', 'Device', 'Playback')),
    constraint stream_counts_from_one check (generation >= 1 and last_seq >= 1 and revision >= 0)
) with (fillfactor = 70);

comment on table stream is 'The head of each stream: where the next event goes. A stream is one customer''s aggregates of one type.';
comment on column stream.customer_id is 'The account that limits are counted for.';
comment on column stream.stream_type is 'License, Download, Device or Playback.';
comment on column stream.generation is 'The generation that the next event belongs to. A snapshot opens each but the first.';
comment on column stream.last_seq is 'Sequence number of the last event; counts through all generations, without gap.';
comment on column stream.opened_at is 'When the current generation opened, which is also the event_time of its snapshot.';
comment on column stream.last_event_time is 'event_time of the last event: the next one is later.';
comment on column stream.revision is 'Appends so far, less one. The compare-and-set of an append.';

create table event (
    customer_id  text        not null,
    stream_type  text        not null,
    generation   integer     not null,
    seq          integer     not null,
    event_time   timestamptz not null,
    transaction  xid8        not null default pg_current_xact_id(),
    command_hash integer     not null,
    aggregate_id text        not null,
    event_mapper text        not null,
    command_id   text        not null,
    event_data   bytea       not null,
    constraint event_is_stored_once
        primary key (customer_id, stream_type, generation, seq, event_time)
) partition by range (event_time);

comment on table event is 'What happened, for ever: inserted once, never updated, never deleted one by one. Read it through event_history.';
comment on column event.customer_id is 'The account that limits are counted for.';
comment on column event.stream_type is 'License, Download, Device or Playback.';
comment on column event.generation is 'The stream''s events between two snapshots share one. customer_id:stream_type:generation is the row id.';
comment on column event.seq is 'Place in the stream, from 1, without gap, through all generations.';
comment on column event.event_time is 'Server time of the append, strictly growing in a stream. Partition key.';
comment on column event.transaction is 'The transaction that stored it: a reader that follows all events orders by it.';
comment on column event.command_hash is 'Fingerprint of what the command asked: the same command_id with another one is refused.';
comment on column event.aggregate_id is 'Which license, download or device it happened to.';
comment on column event.event_mapper is 'Which code wrote event_data; see table event_mapper.';
comment on column event.command_id is 'The command that caused it: the caller''s idempotency key, or a generated id.';
comment on column event.event_data is 'The event''s fields as its mapper wrote them; event_payload() reads them.';

create table snapshot (
    customer_id   text        not null,
    stream_type   text        not null,
    generation    integer     not null,
    seq           integer     not null,
    event_time    timestamptz not null,
    fingerprint   bigint      not null,
    snapshot_data bytea       not null,
    constraint snapshot_is_stored_once
        primary key (customer_id, stream_type, generation, event_time)
) partition by range (event_time);

comment on table snapshot is 'The folded state that opens a generation. A shortcut: without it the state is replayed from the events.';
comment on column snapshot.customer_id is 'The account that limits are counted for.';
comment on column snapshot.stream_type is 'License, Download, Device or Playback.';
comment on column snapshot.generation is 'The generation that it opens.';
comment on column snapshot.seq is 'The last event folded into it.';
comment on column snapshot.event_time is 'End of the append that it closed the generation with, over all its streams. Partition key.';
comment on column snapshot.fingerprint is 'Of the code that folded it. Other code does not read it but replays.';
comment on column snapshot.snapshot_data is 'The state and the recent command ids, in Kryo''s format. For the application only.';

create table event_mapper (
    name          text        not null,
    stream_type   text        not null,
    field_names   text[]      not null,
    field_types   text[]      not null,
    registered_at timestamptz not null default now(),
    constraint event_mapper_is_registered_once primary key (name),
    constraint event_mapper_types_every_field
        check (cardinality(field_names) = cardinality(field_types))
);

comment on table event_mapper is 'The registry of the code that writes event_data. The application adds its mappers at start; a row never changes.';
comment on column event_mapper.name is 'Event and version: LicenseIssued/1.';
comment on column event_mapper.stream_type is 'The type of the streams its events belong to.';
comment on column event_mapper.field_names is 'The fields in the order of their bytes.';
comment on column event_mapper.field_types is 'text, count, instant or duration; with ? where null is allowed.';
comment on column event_mapper.registered_at is 'When an application first started with it.';

grant select, insert, update on stream to tally_app;
grant select, insert on event, snapshot, event_mapper to tally_app;
grant select on stream, event_mapper to tally_reader;
