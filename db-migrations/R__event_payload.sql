-- The function event_payload() turns the bytes of an event into JSON that people can read.
--
-- Locks     none
-- Duration  milliseconds

set search_path = tally;

-- The result is written as java.time.Duration prints it: PT48H, PT1M30S, PT0.25S.
create or replace function iso_duration(millis bigint) returns text
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

comment on function iso_duration(bigint) is 'Converts milliseconds to an ISO 8601 duration.';

-- The bytes are in Kryo's format. A number has seven bits a byte, the lowest first, and the top bit is set on all bytes but
-- the last; a ninth byte carries eight bits. A text is its length followed by UTF-8. An instant is its distance from the
-- event's time in milliseconds: 0, -1, 1, -2 and so on are written as 0, 1, 2, 3. A field that may be null begins with a byte
-- 0 (null) or 1. A list of texts begins with their number. The JSON is built as text and converted to jsonb once, because adding one field after the other to a
-- jsonb takes twice as long. The function has no "set search_path", because that would cost time at each call.
create or replace function event_payload(mapper integer, event_time timestamptz, data bytea) returns jsonb
    language plpgsql
    stable
    strict
    parallel safe
as $$
declare
    m      tally.event_mapper;
    json   text := '{';
    comma  text := '"';
    base   timestamp := date_trunc('milliseconds', event_time at time zone 'UTC');
    kind   text;
    place  integer := 0;
    octet  integer;
    shift  integer;
    number bigint;
    size   bigint;
begin
    select * into m from tally.event_mapper e where e.number = mapper;
    if not found then
        raise exception 'no event mapper number %', mapper using errcode = 'undefined_object';
    end if;
    for i in 1 .. cardinality(m.field_names) loop
        kind := m.field_types[i];
        json := json || comma || m.field_names[i] || '":';
        comma := ',"';
        if right(kind, 1) = '?' then
            place := place + 1;
            if get_byte(data, place - 1) = 0 then
                json := json || 'null';
                continue;
            end if;
            kind := left(kind, -1);
        end if;
        octet := get_byte(data, place);
        place := place + 1;
        number := octet & 127;
        shift := 7;
        while octet > 127 loop
            octet := get_byte(data, place);
            place := place + 1;
            if shift = 56 then
                number := number | (octet::bigint << shift);
                exit;
            end if;
            number := number | ((octet & 127)::bigint << shift);
            shift := shift + 7;
        end loop;
        if kind = 'text' then
            if place + number > length(data) then
                raise exception 'bytes are missing of %', m.name using errcode = 'data_corrupted';
            end if;
            json := json || to_json(convert_from(substring(data from place + 1 for number::integer), 'UTF8'));
            place := place + number::integer;
        elsif kind = 'instant' then
            json := json || to_char(
                base + ((number >> 1) # -(number & 1)) * interval '1 millisecond',
                '"\""YYYY-MM-DD"T"HH24:MI:SS.US"Z\""');
        elsif kind = 'texts' then
            json := json || '[';
            for j in 1 .. number loop
                size := 0;
                shift := 0;
                loop
                    octet := get_byte(data, place);
                    place := place + 1;
                    size := size | ((octet & 127)::bigint << shift);
                    exit when octet < 128;
                    shift := shift + 7;
                end loop;
                if place + size > length(data) then
                    raise exception 'bytes are missing of %', m.name using errcode = 'data_corrupted';
                end if;
                json := json
                    || case when j > 1 then ',' else '' end
                    || to_json(convert_from(substring(data from place + 1 for size::integer), 'UTF8'));
                place := place + size::integer;
            end loop;
            json := json || ']';
        elsif kind = 'count' then
            json := json || number;
        elsif kind = 'duration' then
            json := json || '"' || tally.iso_duration(number) || '"';
        else
            raise exception 'no field type %', kind using errcode = 'undefined_object';
        end if;
    end loop;
    if place <> length(data) then
        raise exception 'bytes are left after %', m.name using errcode = 'data_corrupted';
    end if;
    return (json || '}')::jsonb;
end
$$;

comment on function event_payload(integer, timestamptz, bytea) is 'Decodes the bytes of an event (event.event_mapper, event_time, event_data) to its fields as JSON. Table event_mapper says which fields the mapper with this number wrote.';

comment on column event_mapper.field_types is 'Types of the fields: text, texts (a list of them), count, instant or duration, with ? if the field may be null.';

grant execute on function iso_duration(bigint), event_payload(integer, timestamptz, bytea) to tally_app, tally_reader;
