-- V012  Playback sessions for DBAs: as their events make them.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the view
-- Grows     not at all
--
-- Sessions lie in the streams of type Playback, which event and stream have known from the beginning.

set search_path = tally;

create view session_current as
select
    s.customer_id,
    s.session_id,
    s.started ->> 'license'                                                           as license_id,
    s.started ->> 'title'                                                             as title_id,
    s.started ->> 'device'                                                            as device_id,
    s.started ->> 'type'                                                              as license_type,
    (s.started ->> 'occurredAt')::timestamptz                                         as started_at,
    (s.started ->> 'recordedAt')::timestamptz                                         as recorded_at,
    s.started ->> 'broke'                                                             as broke,
    s.last_sign_at,
    case when s.started ->> 'type' = 'STREAMING' then s.last_heard_at else s.last_sign_at end
        + (s.started ->> 'aliveFor')::interval                                        as alive_until,
    s.stopped_at,
    s.stop_cause
from (
    select
        h.customer_id,
        h.aggregate_id as session_id,
        (array_agg(h.payload order by h.seq) filter (where h.event = 'SessionStarted'))[1] as started,
        max((h.payload ->> 'occurredAt')::timestamptz) filter (where h.event <> 'SessionStopped') as last_sign_at,
        max((h.payload ->> 'recordedAt')::timestamptz) filter (where h.event <> 'SessionStopped') as last_heard_at,
        min((h.payload ->> 'occurredAt')::timestamptz) filter (where h.event = 'SessionStopped') as stopped_at,
        (array_agg(h.payload ->> 'cause' order by h.payload ->> 'occurredAt')
            filter (where h.event = 'SessionStopped'))[1] as stop_cause
    from event_history h
    where h.stream_type = 'Playback'
    group by h.customer_id, h.aggregate_id
) as s;

comment on view session_current is 'Every playback session as its reports left it. Give customer_id.';
comment on column session_current.customer_id is 'The account that limits are counted for.';
comment on column session_current.session_id is 'The session, as the player or the server called it.';
comment on column session_current.license_id is 'What was played. Null: its START has not been reported yet, as in the next columns.';
comment on column session_current.title_id is 'Of the license.';
comment on column session_current.device_id is 'Of the license.';
comment on column session_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column session_current.started_at is 'By the device''s clock.';
comment on column session_current.recorded_at is 'When the START was recorded, by the server''s clock.';
comment on column session_current.broke is 'The rules that a play which was reported late had broken, with commas between. Null: none.';
comment on column session_current.last_sign_at is 'The last sign of life that was recorded, by the device''s clock.';
comment on column session_current.alive_until is 'Without another sign of life it is over then, and with it a streaming license. Null: never.';
comment on column session_current.stopped_at is 'By the device''s clock. Null: nobody stopped it.';
comment on column session_current.stop_cause is 'PLAYER, LICENSE_RELEASED, LICENSE_REVOKED, DEVICE_DEACTIVATED or DISPLACED.';

grant select on session_current to tally_app, tally_reader;
