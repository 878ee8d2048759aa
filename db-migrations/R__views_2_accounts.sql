-- These views show the licenses, downloads, devices, sessions and policies of customers, and the sizes of their histories.
--
-- Locks     ACCESS EXCLUSIVE on the views for milliseconds, none on tables
-- Duration  milliseconds
--
-- Each view computes its rows from the events while a query runs, so filter by customer_id wherever you can. The views read
-- event_history and not event, so that a role needs no privilege on event. A later release may add a column at the end. It
-- must not remove one that a released application reads.

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
comment on column customer_size.events is 'Number of events ever stored, including retired ones. After an erasure: the number since then.';
comment on column customer_size.events_of_generation is 'Number of events in the current generation. A read of current state reads these and one snapshot.';
comment on column customer_size.generation_bytes is 'Size in bytes of the events of the current generation.';
comment on column customer_size.generations is 'Number of generations so far.';
comment on column customer_size.snapshot_time is 'When the current generation began.';
comment on column customer_size.last_time is 'When the last event was stored.';
comment on column customer_size.tier is 'HOT, or ARCHIVE if the current generation began so long ago that a read of current state has to look into the archive.';

-- The functions sessions_at() and licenses_at() have no "set search_path", so that PostgreSQL inlines them into the calling
-- query and a filter on customer_id uses the index. They fold the events up to the given time. All events of a command have
-- the same event_time, so a command is seen as a whole or not at all.

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
        s.began_at,
        (s.started ->> 'recordedAt')::timestamptz,
        s.started ->> 'broke',
        greatest(s.began_at, s.last_sign_at),
        s.alive_until,
        case when s.stopped_at is not null then greatest(s.began_at, s.stopped_at) end,
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
            -- Signs of life of a streaming session arrive while it plays, and its device's clock may be slow. So they count
            -- from the time at which the server recorded them.
            case
                when r.started is null then r.last_sign_at
                else least(
                    case
                        when r.started ->> 'type' = 'STREAMING'
                            then greatest((r.started ->> 'recordedAt')::timestamptz, r.last_heard_at)
                        else greatest(r.began_at, r.last_sign_at)
                    end + (r.started ->> 'aliveFor')::interval,
                    case when r.started ->> 'aliveFor' is not null then timestamptz '9999-12-31 23:59:59+00' end)
            end as alive_until
        from (
            select
                g.*,
                -- Where the device's clock said an impossible time, the event has the time at which the play counts.
                coalesce(g.started ->> 'countedAt', g.started ->> 'occurredAt')::timestamptz as began_at
            from (
                select
                    h.customer_id,
                    h.aggregate_id as session_id,
                    -- A session has one SessionStarted at most.
                    (array_agg(h.payload order by h.seq) filter (where h.event = 'SessionStarted'))[1] as started,
                    -- Nothing happens after it was recorded.
                    max(least((h.payload ->> 'occurredAt')::timestamptz, (h.payload ->> 'recordedAt')::timestamptz))
                        filter (where h.event not in ('SessionStarted', 'SessionStopped')) as last_sign_at,
                    max((h.payload ->> 'recordedAt')::timestamptz)
                        filter (where h.event <> 'SessionStarted') as last_heard_at,
                    min(least((h.payload ->> 'occurredAt')::timestamptz, (h.payload ->> 'recordedAt')::timestamptz))
                        filter (where h.event = 'SessionStopped') as stopped_at,
                    (array_agg(
                        h.payload ->> 'cause'
                        order by
                            least((h.payload ->> 'occurredAt')::timestamptz, (h.payload ->> 'recordedAt')::timestamptz),
                            array_position(
                                '{PLAYER,LICENSE_RELEASED,LICENSE_REVOKED,DEVICE_DEACTIVATED,DISPLACED}'::text[],
                                h.payload ->> 'cause')
                    ) filter (where h.event = 'SessionStopped'))[1] as stop_cause,
                    (array_agg(h.event order by (h.payload ->> 'occurredAt')::timestamptz desc, h.event)
                        filter (where h.event in ('SessionPaused', 'SessionResumed')))[1] as last_hold
                from tally.event_history h
                where h.aggregate_type = 'Session' and h.event_time <= at
                group by h.customer_id, h.aggregate_id
            ) as g
        ) as r
    ) as s
$$;

comment on function sessions_at(timestamptz) is 'Every playback session as of the given time. Filter by customer_id.';

create or replace view session_current as
select * from sessions_at(now());

comment on view session_current is 'Every playback session as of now. Filter by customer_id.';
comment on column session_current.customer_id is 'The account that limits are counted for.';
comment on column session_current.session_id is 'Id of the session, chosen by the player or the server.';
comment on column session_current.license_id is 'The license that is played. Null while the START of the session has not been reported; then the columns about the START are null too.';
comment on column session_current.title_id is 'The title of the license.';
comment on column session_current.device_id is 'The device of the license.';
comment on column session_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column session_current.started_at is 'When the session began, by the device''s clock; by the server''s where the device''s said an impossible time. Limits count a play at this time.';
comment on column session_current.recorded_at is 'When the START was recorded, by the server''s clock.';
comment on column session_current.broke is 'The rules that a play broke which was reported late, separated by commas. Null if none.';
comment on column session_current.last_sign_at is 'Time of the last recorded sign of life, by the device''s clock, but not before the session began or after it was recorded.';
comment on column session_current.alive_until is 'When the session ends, and with it its streaming license, unless another sign of life is recorded. Null if it never ends by time.';
comment on column session_current.stopped_at is 'When the session was stopped, by the device''s clock, but not before the session began or after it was recorded. Null if it was not stopped.';
comment on column session_current.state is 'UNSTARTED, RUNNING, PAUSED, OVER (no sign of life for too long) or STOPPED.';
comment on column session_current.stop_cause is 'Why the session was stopped: PLAYER, LICENSE_RELEASED, LICENSE_REVOKED, DEVICE_DEACTIVATED or DISPLACED.';

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
                case when f.released_at is null and f.revoked_at is null then title.availability_end end,
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
                        -- A license id is made from the caller's key, which may be used again after the license has
                        -- ended. Then the same id has several lives.
                        count(*) filter (where e.event = 'LicenseIssued')
                            over (partition by e.customer_id, e.aggregate_id order by e.seq) as life
                    from tally.event_history e
                    where e.aggregate_type = 'License' and e.event_time <= at
                ) as h
                group by h.customer_id, h.aggregate_id, h.life
            ) as i
            where i.issued is not null
        ) as f
        -- A license ends with its title, whatever was known when it was issued: as the title was at the given time.
        left join lateral (
            select t.availability_end
            from tally.title_history t
            where t.title_id = f.issued ->> 'title' and t.changed_at <= at
            order by t.version desc
            limit 1
        ) as title on true
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
        -- A streaming license lasts as long as its longest session. A session that needs no keepalives has no end by time.
        left join lateral (
            select case when bool_and(s.ends_at is not null) then max(s.ends_at) end as ends_at
            from unnest(played.recorded_at, played.ends_at) as s (recorded_at, ends_at)
            where s.recorded_at >= f.issued_at and (f.next_issued_at is null or s.recorded_at < f.next_issued_at)
        ) as stream on f.issued ->> 'type' = 'STREAMING'
    ) as l
$$;

comment on function licenses_at(timestamptz) is 'Every license as of the given time, with the state that it had then. It shows what a customer had when a request was denied. Filter by customer_id.';

create or replace view license_current as
select * from licenses_at(now());

comment on view license_current is 'Every license as of now. Filter by customer_id.';
comment on column license_current.customer_id is 'The account that limits are counted for.';
comment on column license_current.license_id is 'Id of the license.';
comment on column license_current.title_id is 'The title that the license allows to play.';
comment on column license_current.studio_id is 'The studio that owned the title when the license was issued.';
comment on column license_current.device_id is 'The device that the license was issued for.';
comment on column license_current.plan_id is 'The customer''s plan when the license was issued.';
comment on column license_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column license_current.state is 'ISSUED, CONFIRMED, PLAYING, EXPIRED, RELEASED or REVOKED.';
comment on column license_current.issued_at is 'When the license was issued.';
comment on column license_current.expires_at is 'When the license expires or expired, unless it is released or revoked before: the earliest end of the rental, the playback, the stream, the title''s availability and the time allowed for the confirmation. Null if it never expires.';
comment on column license_current.first_played_at is 'When the license was first played. Null if no play has been reported.';
comment on column license_current.ended_at is 'When the license was released or revoked, or expired. Null if it has not ended.';
comment on column license_current.renewals is 'Number of renewals.';
comment on column license_current.policy_version is 'The version of the policies under which the license was issued.';

create or replace view license_over_limit as
select
    h.customer_id,
    h.aggregate_id                                                                    as license_id,
    issued.payload ->> 'title'                                                        as title_id,
    issued.payload ->> 'device'                                                       as device_id,
    (h.payload ->> 'reconciledAt')::timestamptz                                       as reconciled_at,
    (h.payload ->> 'until')::timestamptz                                              as provisional_until,
    array(select jsonb_array_elements_text(h.payload -> 'overLimit'))                 as rules,
    h.event_id,
    h.event_time
from event_history h
left join lateral (
    select i.payload
    from event_history i
    where i.customer_id = h.customer_id
      and i.aggregate_type = 'License'
      and i.aggregate_id = h.aggregate_id
      and i.event = 'LicenseIssued'
      and i.seq < h.seq
    order by i.seq desc
    limit 1
) as issued on true
where h.aggregate_type = 'License'
  and h.event = 'ProvisionalLicenseReconciled'
  and h.payload -> 'overLimit' <> '[]';

comment on view license_over_limit is 'Every license that a node granted or renewed while the database was away, although rules forbade it: such a license is recorded, ends with the token that was given, and cannot be renewed. Filter by customer_id or a range of event_time.';
comment on column license_over_limit.customer_id is 'The account that limits are counted for.';
comment on column license_over_limit.license_id is 'Id of the license.';
comment on column license_over_limit.title_id is 'The title that the license allows to play. Null if the event that issued it has been retired.';
comment on column license_over_limit.device_id is 'The device that the license was issued for. Null if the event that issued it has been retired.';
comment on column license_over_limit.reconciled_at is 'When it was recorded, after the database had come back.';
comment on column license_over_limit.provisional_until is 'When the token ends that the node gave.';
comment on column license_over_limit.rules is 'The rules that forbade it, in order of precedence. secondLicense: the device had a license for the title already.';
comment on column license_over_limit.event_id is 'The event''s number as text. Denials list counted events by it.';
comment on column license_over_limit.event_time is 'When the event was stored.';

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
    h.event_time,
    -- Looked up only by a query that asks for it. A download is waived once at most.
    (
        select (w.payload ->> 'waivedAt')::timestamptz from event_history w
        where w.customer_id = h.customer_id and w.aggregate_type = 'Download' and w.aggregate_id = h.aggregate_id
          and w.event = 'DownloadWaived' and w.seq > h.seq
        limit 1)                                                                      as waived_at,
    (
        select w.payload ->> 'reason' from event_history w
        where w.customer_id = h.customer_id and w.aggregate_type = 'Download' and w.aggregate_id = h.aggregate_id
          and w.event = 'DownloadWaived' and w.seq > h.seq
        limit 1)                                                                      as waive_reason
from event_history h
where h.aggregate_type = 'Download' and h.event = 'DownloadCounted';

comment on view download_counted is 'Every counted download; the yearly limits count these, except the waived ones. Filter by customer_id or a range of event_time; ask for the waiver''s columns only with a customer_id, since each row looks it up.';
comment on column download_counted.waived_at is 'When the operator waived the download: no limit counts it since. Null if it is not waived.';
comment on column download_counted.waive_reason is 'Why the operator waived the download. Null if it is not waived.';
comment on column download_counted.customer_id is 'The account that limits are counted for.';
comment on column download_counted.download_id is 'Id of the download.';
comment on column download_counted.title_id is 'The title that was downloaded.';
comment on column download_counted.license_id is 'The license that the download was counted for.';
comment on column download_counted.counted_at is 'When the download was counted.';
comment on column download_counted.cause is 'Why it was counted: ACQUIRED or RENEWED.';
comment on column download_counted.confirm_by is 'The download counts only if its license was confirmed by this time. Null if it counts in any case.';
comment on column download_counted.event_id is 'The event''s number as text. Denials list counted events by it.';
comment on column download_counted.event_time is 'When the event was stored.';

create or replace view customer_policy as
select
    h.customer_id,
    h.seq                                                                             as version,
    (h.payload ->> 'settings')::jsonb                                                 as settings,
    coalesce(h.payload ->> 'validFrom', h.payload ->> 'removedAt')::timestamptz       as valid_from,
    h.event = 'CustomerPolicyRemoved'                                                 as removed,
    h.caller,
    h.event_time
from event_history h
where h.aggregate_type = 'Policy' and h.event in ('CustomerPolicySet', 'CustomerPolicyRemoved');

comment on view customer_policy is 'Every version of each customer''s own policy, whose settings win over those of the title, studio, plan and global policy. In force is the newest version that has begun. Filter by customer_id.';
comment on column customer_policy.customer_id is 'The customer whose policy it is.';
comment on column customer_policy.version is 'The number of the event that set it, by which the version is named.';
comment on column customer_policy.settings is 'What the version sets, by policy key. Null if it says that the policy is removed.';
comment on column customer_policy.valid_from is 'The version is in force from this time on, instead of every version before.';
comment on column customer_policy.removed is 'True if the version says that there is no such policy any more.';
comment on column customer_policy.caller is 'Who set it: role:subject of the token, or the role alone.';
comment on column customer_policy.event_time is 'When the event was stored.';

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

comment on view device_current is 'Every device as of now. Filter by customer_id.';
comment on column device_current.customer_id is 'The account that limits are counted for.';
comment on column device_current.device_id is 'Id of the device.';
comment on column device_current.name is 'Display name of the device. Null if no request named it.';
comment on column device_current.activated_at is 'When the device was last activated.';
comment on column device_current.deactivated_at is 'When the device was deactivated. Null if it is active.';

grant execute on function licenses_at(timestamptz), sessions_at(timestamptz) to tally_app, tally_reader;
grant select on customer_size, license_current, license_over_limit, download_counted, device_current, session_current, customer_policy to tally_app, tally_reader;
