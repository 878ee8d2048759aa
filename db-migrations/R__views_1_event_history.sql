-- View event_history shows events so that people can read them: payloads as JSON, names instead of numbers.
--
-- Locks     ACCESS EXCLUSIVE on the view for milliseconds, none on tables
-- Duration  milliseconds
--
-- A later release may add a column at the end. It must not remove one that a released application reads.

set search_path = tally;

-- No event is hidden because the registry does not know it: its number is shown in place of the name. The columns
-- command_id and caller are stored only with the first event of a command, so for the others the view looks them up a few
-- rows before. A customer who is erased disappears from the view at once, although rows may still be stored: the view shows
-- only events from customer.first_seq on.
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

comment on view event_history is 'Every event in readable form. Filter by customer_id and a range of event_time wherever you can: the query is fast only with them.';
comment on column event_history.row_id is 'The customer''s id, the aggregate''s type and the generation: customer_id:aggregate_type:generation.';
comment on column event_history.event_id is 'The event''s number (seq) as text, unique within the customer. Denials list counted events by it.';
comment on column event_history.customer_id is 'The account that limits are counted for.';
comment on column event_history.aggregate_type is 'The kind of aggregate that the event happened to, for example License or Device. Shown as "type 17" if table aggregate_type has no name for number 17.';
comment on column event_history.aggregate_id is 'The id of the license, device or other aggregate that the event happened to.';
comment on column event_history.generation is 'Number of the generation: the customer''s events between two snapshots.';
comment on column event_history.seq is 'The event''s number. It counts the customer''s events from 1, without gaps.';
comment on column event_history.event_time is 'Server time of the command, the same for all its events.';
comment on column event_history.event is 'What happened: LicenseIssued, DownloadCounted and so on. Shown as "mapper 99" if table event_mapper has no row for number 99.';
comment on column event_history.payload is 'The event''s fields as JSON. Null if table event_mapper has no row for the event''s mapper.';
comment on column event_history.command_id is 'The command that caused the event. Null if the first event of the command, which stored it, has been retired.';
comment on column event_history.caller is 'Who sent the command: role:subject of the token, or the role alone. Null if unknown.';
comment on column event_history.event_mapper is 'Name and version of the mapper, the code that wrote the event: LicenseIssued/1.';
comment on column event_history.position is 'Place of the event in the feed of all customers.';

grant select on event_history to tally_app, tally_reader;
