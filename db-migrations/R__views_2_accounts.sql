-- What a DBA or an auditor asks first: licenses, downloads, devices and sessions as their events make them, and the size of
-- histories.
--
-- Locks     ACCESS EXCLUSIVE on the views for milliseconds, none on tables
-- Duration  milliseconds
--
-- Each is made from events while it is asked, so give customer_id wherever you can. They are built on event_history and not
-- on event, so that whoever may read that may read these. In a later release a column is added at the end, and none is taken
-- away while a released application reads it.

set search_path = tally;

create or replace view customer_size as
select
    c.customer_id,
    c.last_seq - c.first_seq + 1                                                      as events,
    c.last_seq - c.snapshot_seq                                                       as events_of_generation,
    c.generation_bytes,
    c.generation                                                                      as generations,
    c.snapshot_time,
    c.last_time,
    case when c.snapshot_time >= hot.starts_at then 'HOT' else 'ARCHIVE' end          as tier
from customer c
cross join (select min(starts_at) as starts_at from partition where tier = 'HOT') as hot;

comment on view customer_size is 'How long each customer''s history is.';
comment on column customer_size.customer_id is 'The account that limits are counted for.';
comment on column customer_size.events is 'Events so far, retired ones included; after an erasure, those since.';
comment on column customer_size.events_of_generation is 'Events of the current generation: reading current state reads these, and a snapshot.';
comment on column customer_size.generation_bytes is 'What they weigh.';
comment on column customer_size.generations is 'Generations so far.';
comment on column customer_size.snapshot_time is 'When the current generation opened.';
comment on column customer_size.last_time is 'When the last event was stored.';
comment on column customer_size.tier is 'ARCHIVE: silent for so long that reading current state has to look there.';

-- Both functions are without "set search_path", so that they become part of the query that calls them: a filter on
-- customer_id reaches the index. The state as of a time is made of the events up to that time, and all events of a command
-- have the same: no half of a command is seen.

create or replace function sessions_at(at timestamptz) returns setof session_state
    language sql
    stable
as $$
    select
        s.customer_id,
        s.session_id,
        s.started ->> 'license',
        s.started ->> 'title',
        s.started ->> 'device',
        s.started ->> 'type',
        (s.started ->> 'occurredAt')::timestamptz,
        (s.started ->> 'recordedAt')::timestamptz,
        s.started ->> 'broke',
        greatest((s.started ->> 'occurredAt')::timestamptz, s.last_sign_at),
        s.alive_until,
        s.stopped_at,
        s.stop_cause,
        case
            when s.stopped_at is not null then 'STOPPED'
            when s.started is null then 'UNSTARTED'
            when s.alive_until <= at then 'OVER'
            when s.last_hold = 'SessionPaused' then 'PAUSED'
            else 'RUNNING'
        end
    from (
        select
            r.*,
            -- A stream is watched as it plays, and its device's clock may be slow: it counts when it was heard.
            case
                when r.started is null then r.last_sign_at
                else least(
                    case
                        when r.started ->> 'type' = 'STREAMING'
                            then greatest((r.started ->> 'recordedAt')::timestamptz, r.last_heard_at)
                        else greatest((r.started ->> 'occurredAt')::timestamptz, r.last_sign_at)
                    end + (r.started ->> 'aliveFor')::interval,
                    case when r.started ->> 'aliveFor' is not null then timestamptz '9999-12-31 23:59:59+00' end)
            end as alive_until
        from (
            select
                h.customer_id,
                h.aggregate_id as session_id,
                -- It starts once.
                (array_agg(h.payload order by h.seq) filter (where h.event = 'SessionStarted'))[1] as started,
                max((h.payload ->> 'occurredAt')::timestamptz)
                    filter (where h.event not in ('SessionStarted', 'SessionStopped')) as last_sign_at,
                max((h.payload ->> 'recordedAt')::timestamptz)
                    filter (where h.event not in ('SessionStarted', 'SessionStopped')) as last_heard_at,
                min((h.payload ->> 'occurredAt')::timestamptz) filter (where h.event = 'SessionStopped') as stopped_at,
                (array_agg(
                    h.payload ->> 'cause'
                    order by
                        (h.payload ->> 'occurredAt')::timestamptz,
                        array_position(
                            '{PLAYER,LICENSE_RELEASED,LICENSE_REVOKED,DEVICE_DEACTIVATED,DISPLACED}'::text[],
                            h.payload ->> 'cause')
                ) filter (where h.event = 'SessionStopped'))[1] as stop_cause,
                (array_agg(h.event order by (h.payload ->> 'occurredAt')::timestamptz desc, h.event)
                    filter (where h.event in ('SessionPaused', 'SessionResumed')))[1] as last_hold
            from tally.event_history h
            where h.aggregate_type = 'Session' and h.event_time <= at
            group by h.customer_id, h.aggregate_id
        ) as r
    ) as s
$$;

comment on function sessions_at(timestamptz) is 'Every playback session as its reports had left it at a time. Give customer_id.';

create or replace view session_current as
select * from sessions_at(now());

comment on view session_current is 'Every playback session as its reports left it. Give customer_id.';
comment on column session_current.customer_id is 'The account that limits are counted for.';
comment on column session_current.session_id is 'The session, as the player or the server called it.';
comment on column session_current.license_id is 'What was played. Null: its START has not been reported yet, as in the next columns.';
comment on column session_current.title_id is 'The license''s title.';
comment on column session_current.device_id is 'The license''s device.';
comment on column session_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column session_current.started_at is 'When it began, by the device''s clock.';
comment on column session_current.recorded_at is 'When the START was recorded, by the server''s clock.';
comment on column session_current.broke is 'The rules that a play which was reported late had broken, with commas between. Null: none.';
comment on column session_current.last_sign_at is 'The last sign of life that was recorded, by the device''s clock.';
comment on column session_current.alive_until is 'Without another sign of life it is over then, and with it a streaming license. Null: never.';
comment on column session_current.stopped_at is 'When it was stopped, by the device''s clock. Null: nobody stopped it.';
comment on column session_current.state is 'UNSTARTED, RUNNING, PAUSED, OVER (no sign of life for too long) or STOPPED.';
comment on column session_current.stop_cause is 'PLAYER, LICENSE_RELEASED, LICENSE_REVOKED, DEVICE_DEACTIVATED or DISPLACED.';

create or replace function licenses_at(at timestamptz) returns setof license_state
    language sql
    stable
as $$
    select
        l.customer_id,
        l.license_id,
        l.issued ->> 'title',
        l.issued ->> 'studio',
        l.issued ->> 'device',
        l.issued ->> 'plan',
        l.issued ->> 'type',
        case
            when l.revoked_at is not null then 'REVOKED'
            when l.released_at is not null then 'RELEASED'
            when l.expires_at <= at then 'EXPIRED'
            when l.first_played_at is not null then 'PLAYING'
            when l.confirmed then 'CONFIRMED'
            else 'ISSUED'
        end,
        l.issued_at,
        l.expires_at,
        l.first_played_at,
        coalesce(l.revoked_at, l.released_at, case when l.expires_at <= at then l.expires_at end),
        l.renewals,
        (l.issued ->> 'policyVersion')::integer
    from (
        select
            f.*,
            least(
                f.rental_ends_at,
                f.first_played_at + (f.issued ->> 'playbackDuration')::interval,
                case
                    when f.first_played_at is not null and f.issued ->> 'playbackDuration' is not null
                        then timestamptz '9999-12-31 23:59:59+00'
                end,
                case when not f.confirmed then (f.issued ->> 'confirmBy')::timestamptz end,
                case when f.released_at is null and f.revoked_at is null then stream.ends_at end
            ) as expires_at
        from (
            select i.*, lead(i.issued_at) over (partition by i.customer_id, i.license_id order by i.life) as next_issued_at
            from (
                select
                    h.customer_id,
                    h.aggregate_id as license_id,
                    h.life,
                    (array_agg(h.payload) filter (where h.event = 'LicenseIssued'))[1] as issued,
                    max((h.payload ->> 'issuedAt')::timestamptz) filter (where h.event = 'LicenseIssued') as issued_at,
                    ((array_agg(h.payload order by h.seq desc)
                        filter (where h.event in ('LicenseIssued', 'LicenseRenewed')))[1]
                        ->> 'expiresAt')::timestamptz as rental_ends_at,
                    bool_or(h.event in ('LicenseConfirmed', 'LicenseFirstPlayed')) as confirmed,
                    min((h.payload ->> 'firstPlayedAt')::timestamptz)
                        filter (where h.event = 'LicenseFirstPlayed') as first_played_at,
                    count(*) filter (where h.event = 'LicenseRenewed') as renewals,
                    min((h.payload ->> 'releasedAt')::timestamptz)
                        filter (where h.event = 'LicenseReleased') as released_at,
                    min((h.payload ->> 'revokedAt')::timestamptz)
                        filter (where h.event = 'LicenseRevoked') as revoked_at
                from (
                    select
                        e.customer_id,
                        e.aggregate_id,
                        e.seq,
                        e.event,
                        e.payload,
                        -- An id may return once its license has ended, as the key may that it is made from.
                        count(*) filter (where e.event = 'LicenseIssued')
                            over (partition by e.customer_id, e.aggregate_id order by e.seq) as life
                    from tally.event_history e
                    where e.aggregate_type = 'License' and e.event_time <= at
                ) as h
                group by h.customer_id, h.aggregate_id, h.life
            ) as i
            where i.issued is not null
        ) as f
        left join (
            select
                s.customer_id,
                s.license_id,
                array_agg(s.recorded_at)                          as recorded_at,
                array_agg(coalesce(s.stopped_at, s.alive_until)) as ends_at
            from tally.sessions_at(at) s
            where s.license_type = 'STREAMING'
            group by s.customer_id, s.license_id
        ) as played on played.customer_id = f.customer_id and played.license_id = f.license_id
        -- A stream lives as long as the longest of its sessions; one that need not be kept alive never ends by time.
        left join lateral (
            select case when bool_and(s.ends_at is not null) then max(s.ends_at) end as ends_at
            from unnest(played.recorded_at, played.ends_at) as s (recorded_at, ends_at)
            where s.recorded_at >= f.issued_at and (f.next_issued_at is null or s.recorded_at < f.next_issued_at)
        ) as stream on f.issued ->> 'type' = 'STREAMING'
    ) as l
$$;

comment on function licenses_at(timestamptz) is 'Every license as it was at a time, its state of then included: what a member had when something was denied. Give customer_id.';

create or replace view license_current as
select * from licenses_at(now());

comment on view license_current is 'Every license as it is now. Give customer_id.';
comment on column license_current.customer_id is 'The account that limits are counted for.';
comment on column license_current.license_id is 'The license.';
comment on column license_current.title_id is 'What it grants to play.';
comment on column license_current.studio_id is 'Whose title it was when the license was issued.';
comment on column license_current.device_id is 'Where it is used.';
comment on column license_current.plan_id is 'What the customer paid for when it was issued.';
comment on column license_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column license_current.state is 'ISSUED, CONFIRMED, PLAYING, EXPIRED, RELEASED or REVOKED.';
comment on column license_current.issued_at is 'When it was issued.';
comment on column license_current.expires_at is 'When it expires or did, unless it ends before: the earliest of rental, playback, the end of its stream and the hold for its confirmation. Null: never.';
comment on column license_current.first_played_at is 'When it was first played. Null: not yet, as far as is known.';
comment on column license_current.ended_at is 'When it ended, by an act or by time. Null: it has not.';
comment on column license_current.renewals is 'How often it was renewed.';
comment on column license_current.policy_version is 'The version of the policies that it was issued under.';

create or replace view download_counted as
select
    h.customer_id,
    h.aggregate_id                                                                    as download_id,
    h.payload ->> 'title'                                                             as title_id,
    h.payload ->> 'license'                                                           as license_id,
    (h.payload ->> 'countedAt')::timestamptz                                          as counted_at,
    h.payload ->> 'cause'                                                             as cause,
    (h.payload ->> 'confirmBy')::timestamptz                                          as confirm_by,
    h.event_id,
    h.event_time
from event_history h
where h.aggregate_type = 'Download' and h.event = 'DownloadCounted';

comment on view download_counted is 'Every download that was counted: what yearly limits are about. Give customer_id, or a range of event_time.';
comment on column download_counted.customer_id is 'The account that limits are counted for.';
comment on column download_counted.download_id is 'The download.';
comment on column download_counted.title_id is 'What was downloaded.';
comment on column download_counted.license_id is 'The license that it was counted for.';
comment on column download_counted.counted_at is 'When it was counted.';
comment on column download_counted.cause is 'ACQUIRED or RENEWED.';
comment on column download_counted.confirm_by is 'Unless the license was confirmed by then, it counts for nothing. Null: it counts in any case.';
comment on column download_counted.event_id is 'What denials name it by.';
comment on column download_counted.event_time is 'When it was stored.';

create or replace view device_current as
select
    d.customer_id,
    d.device_id,
    d.name,
    d.activated_at,
    d.deactivated_at
from (
    select
        h.customer_id,
        h.aggregate_id as device_id,
        (array_agg(h.payload order by h.seq desc)
            filter (where h.event in ('DeviceActivated', 'DeviceRenamed')))[1] ->> 'name' as name,
        max((h.payload ->> 'activatedAt')::timestamptz)
            filter (where h.event = 'DeviceActivated') as activated_at,
        ((array_agg(h.payload order by h.seq desc)
            filter (where h.event in ('DeviceActivated', 'DeviceDeactivated')))[1]
            ->> 'deactivatedAt')::timestamptz as deactivated_at
    from event_history h
    where h.aggregate_type = 'Device'
    group by h.customer_id, h.aggregate_id
) as d;

comment on view device_current is 'Every device as it is now. Give customer_id.';
comment on column device_current.customer_id is 'The account that limits are counted for.';
comment on column device_current.device_id is 'The device.';
comment on column device_current.name is 'What the member sees. Null: it never said.';
comment on column device_current.activated_at is 'When it was last activated.';
comment on column device_current.deactivated_at is 'When it was deactivated. Null: it is active.';

grant execute on function licenses_at(timestamptz), sessions_at(timestamptz) to tally_app, tally_reader;
grant select on customer_size, license_current, download_counted, device_current, session_current to tally_app, tally_reader;
