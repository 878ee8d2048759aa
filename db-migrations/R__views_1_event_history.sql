-- Event history that people can read: payloads as JSON, row ids as the field names them.
--
-- Locks     ACCESS EXCLUSIVE on the view for milliseconds, none on tables
-- Duration  milliseconds
--
-- In a later release a column is added at the end, and none is taken away while a released application reads it.

set search_path = tally;

-- What this database does not know of an event is named by its number, and nothing is hidden. Only the first event of a
-- command says which command and who called; for the others it is looked up a few rows before them. Who is
-- erased is gone at once, though rows may still be there: they are of a life before customer.first_seq.
create or replace view event_history as
select
    e.customer_id || ':' || coalesce(t.name, 'type ' || e.aggregate_type) || ':' || e.generation as row_id,
    e.seq::text                                                                                  as event_id,
    e.customer_id,
    coalesce(t.name, 'type ' || e.aggregate_type)                                                as aggregate_type,
    e.aggregate_id,
    e.generation,
    e.seq,
    e.event_time,
    coalesce(split_part(m.name, '/', 1), 'mapper ' || e.event_mapper)                            as event,
    case when m.number is not null then event_payload(e.event_mapper, e.event_time, e.event_data) end as payload,
    case
        when e.command_id is not null then e.command_id
        else (
            select f.command_id from event f
            where f.customer_id = e.customer_id and f.event_time = e.event_time and f.seq < e.seq and f.command_id is not null
            order by f.seq desc limit 1)
    end                                                                                          as command_id,
    case
        when e.command_id is not null then e.caller
        else (
            select f.caller from event f
            where f.customer_id = e.customer_id and f.event_time = e.event_time and f.seq < e.seq and f.command_id is not null
            order by f.seq desc limit 1)
    end                                                                                          as caller,
    coalesce(m.name, 'mapper ' || e.event_mapper)                                                as event_mapper,
    e.position
from event e
join customer c on c.customer_id = e.customer_id and c.first_seq <= e.seq
left join event_mapper m on m.number = e.event_mapper
left join aggregate_type t on t.number = e.aggregate_type;

comment on view event_history is 'Every event, readable. Give customer_id and a range of event_time wherever you can: they find the rows.';
comment on column event_history.row_id is 'customer_id:aggregate_type:generation.';
comment on column event_history.event_id is 'The event''s number as text, unique within the customer: what denials name as counted.';
comment on column event_history.customer_id is 'The account that limits are counted for.';
comment on column event_history.aggregate_type is 'The kind of thing it happened to, as License or Device; type 17, where no application has said how 17 is called.';
comment on column event_history.aggregate_id is 'Which license, device or other aggregate it happened to.';
comment on column event_history.generation is 'The customer''s events between two snapshots share one.';
comment on column event_history.seq is 'The event''s number: counts the customer''s events from 1, without gap.';
comment on column event_history.event_time is 'Server time of the command, the same for all its events.';
comment on column event_history.event is 'What happened: LicenseIssued, DownloadCounted, …; mapper 99, where no application has said what 99 writes.';
comment on column event_history.payload is 'The event''s fields. Null: no application has said what its mapper writes.';
comment on column event_history.command_id is 'The command that caused it. Null: the first event of the command has been retired, which said so.';
comment on column event_history.caller is 'Who sent the command: role:subject of the token, or the role alone. Null: not known.';
comment on column event_history.event_mapper is 'Which code wrote the event: LicenseIssued/1.';
comment on column event_history.position is 'Place in the feed of all customers.';

grant select on event_history to tally_app, tally_reader;
