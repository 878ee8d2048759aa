-- V004  Event history that people can read: payloads as JSON, row ids as the field names them.
--
-- Locks     none on existing tables (new functions and a view)
-- Duration  milliseconds
-- Undo      drop the view, then the functions
-- Grows     not at all: nothing is stored twice

set search_path = tally;

-- Kryo's variable-length number: seven bits a byte, the lowest first, the top bit set on all bytes
-- but the last; a ninth byte carries eight. Places are counted from 0.
create function read_number(data bytea, place inout integer, number out bigint)
    language plpgsql
    immutable
    strict
    parallel safe
as $$
declare
    octet integer;
    shift integer := 0;
begin
    number := 0;
    loop
        octet := get_byte(data, place);
        place := place + 1;
        if shift = 56 then
            number := number | (octet::bigint << shift);
            return;
        end if;
        number := number | ((octet & 127)::bigint << shift);
        exit when octet < 128;
        shift := shift + 7;
    end loop;
end
$$;

comment on function read_number(bytea, integer) is 'A variable-length number in an event''s bytes, and the place after it.';

-- As java.time.Duration prints it: PT48H, PT1M30S, PT0.25S.
create function iso_duration(millis bigint) returns text
    language sql
    immutable
    strict
    parallel safe
as $$
    select case
        when millis = 0 then 'PT0S'
        else 'PT'
            || case when millis >= 3600000 then millis / 3600000 || 'H' else '' end
            || case when millis % 3600000 >= 60000 then millis % 3600000 / 60000 || 'M' else '' end
            || case
                when millis % 60000 = 0 then ''
                else trim_scale(millis % 60000 / 1000.0) || 'S'
            end
    end
$$;

comment on function iso_duration(bigint) is 'Milliseconds as an ISO 8601 duration.';

create function event_payload(mapper text, data bytea) returns jsonb
    language plpgsql
    stable
    strict
    parallel safe
    set search_path = tally
as $$
declare
    names  text[];
    types  text[];
    place  integer := 0;
    number bigint;
    result jsonb := '{}';
    value  jsonb;
begin
    select field_names, field_types into names, types from event_mapper where name = mapper;
    if not found then
        raise exception 'no event mapper %', mapper;
    end if;
    for i in 1 .. cardinality(names) loop
        if types[i] like '%?' then
            place := place + 1;
            if get_byte(data, place - 1) = 0 then
                result := result || jsonb_build_object(names[i], null);
                continue;
            end if;
        end if;
        select r.place, r.number into place, number from read_number(data, place) as r;
        case rtrim(types[i], '?')
            when 'text' then
                value := to_jsonb(convert_from(substring(data from place + 1 for number::integer), 'UTF8'));
                place := place + number::integer;
            when 'count' then
                value := to_jsonb(number);
            when 'instant' then
                value := to_jsonb(
                    to_char(
                        timestamptz 'epoch' at time zone 'UTC' + number * interval '1 millisecond',
                        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
            when 'duration' then
                value := to_jsonb(iso_duration(number));
        end case;
        result := result || jsonb_build_object(names[i], value);
    end loop;
    if place <> length(data) then
        raise exception 'bytes are left after %', mapper;
    end if;
    return result;
end
$$;

comment on function event_payload(text, bytea) is 'The fields of an event as JSON, read from its bytes by what the registry says of its mapper.';

create view event_history as
select
    customer_id || ':' || stream_type || ':' || generation as row_id,
    stream_type || ':' || generation || ':' || seq         as event_id,
    customer_id,
    stream_type,
    generation,
    seq,
    event_time,
    split_part(event_mapper, '/', 1)                       as event,
    aggregate_id,
    event_payload(event_mapper, event_data)                as payload,
    command_id,
    event_mapper,
    transaction
from event;

comment on view event_history is 'Every event, readable. Give customer_id and a range of event_time wherever you can: they find the rows.';
comment on column event_history.row_id is 'customer_id:stream_type:generation.';
comment on column event_history.event_id is 'stream_type:generation:seq, unique within the customer: what denials name as counted.';
comment on column event_history.customer_id is 'The account that limits are counted for.';
comment on column event_history.stream_type is 'License, Download, Device or Playback.';
comment on column event_history.generation is 'The stream''s events between two snapshots share one.';
comment on column event_history.seq is 'Place in the stream, from 1, without gap.';
comment on column event_history.event_time is 'Server time of the append.';
comment on column event_history.event is 'What happened: LicenseIssued, DownloadCounted, …';
comment on column event_history.aggregate_id is 'Which license, download or device it happened to.';
comment on column event_history.payload is 'The event''s fields.';
comment on column event_history.command_id is 'The command that caused it.';
comment on column event_history.event_mapper is 'Which code wrote the event.';
comment on column event_history.transaction is 'The transaction that stored it.';

revoke execute on function read_number(bytea, integer) from public;
revoke execute on function iso_duration(bigint) from public;
revoke execute on function event_payload(text, bytea) from public;
grant execute on function read_number(bytea, integer) to tally_app, tally_reader;
grant execute on function iso_duration(bigint) to tally_app, tally_reader;
grant execute on function event_payload(text, bytea) to tally_app, tally_reader;
grant select on event_history to tally_app, tally_reader;
