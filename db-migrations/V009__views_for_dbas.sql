-- V009  What a DBA or an auditor asks first: licenses, downloads and devices as their events make them, and the size of streams.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the views and the function
-- Grows     not at all
--
-- Each is made from events while it is asked, so give customer_id wherever you can. They are built on event_history and not
-- on event, so that whoever may read that may read these.

set search_path = tally;

create view stream_size as
select
    s.customer_id,
    stream_type_name(s.stream_type)                                                   as stream_type,
    s.last_seq                                                                        as events,
    s.generation                                                                      as generations,
    s.revision + 1                                                                    as appends,
    s.opened_at,
    s.last_event_time,
    case when s.opened_at >= hot.starts_at then 'HOT' else 'ARCHIVE' end              as tier
from stream s
cross join (select min(starts_at) as starts_at from partition where tier = 'HOT') as hot;

comment on view stream_size is 'How long each stream is. A stream is one customer''s aggregates of one type.';
comment on column stream_size.customer_id is 'The account that limits are counted for.';
comment on column stream_size.stream_type is 'License, Download, Device or Playback.';
comment on column stream_size.events is 'Events so far.';
comment on column stream_size.generations is 'Generations so far: reading current state reads the last.';
comment on column stream_size.appends is 'Appends so far, openings of generations included.';
comment on column stream_size.opened_at is 'When the current generation opened.';
comment on column stream_size.last_event_time is 'When the last event was stored.';
comment on column stream_size.tier is 'ARCHIVE: silent for so long that reading current state has to look there.';

-- Without "set search_path", so that it becomes part of the query that calls it: a filter on customer_id reaches the index.
create function licenses_at(at timestamptz)
    returns table (
        customer_id     text,
        license_id      text,
        title_id        text,
        studio_id       text,
        device_id       text,
        plan_id         text,
        license_type    text,
        state           text,
        issued_at       timestamptz,
        expires_at      timestamptz,
        first_played_at timestamptz,
        ended_at        timestamptz,
        renewals        bigint,
        policy_version  integer
    )
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
        (l.issued ->> 'issuedAt')::timestamptz,
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
                case when not f.confirmed then (f.issued ->> 'confirmBy')::timestamptz end
            ) as expires_at
        from (
            select
                h.customer_id,
                h.aggregate_id as license_id,
                (array_agg(h.payload) filter (where h.event = 'LicenseIssued'))[1] as issued,
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
            from tally.event_history h
            where h.stream_type = 'License' and h.event_time <= at
            group by h.customer_id, h.aggregate_id
        ) as f
        where f.issued is not null
    ) as l
$$;

comment on function licenses_at(timestamptz) is 'Every license as it was at a time, its state of then included: what a member had when something was denied. Give customer_id.';

create view license_current as
select * from licenses_at(now());

comment on view license_current is 'Every license as it is now. Give customer_id.';
comment on column license_current.customer_id is 'The account that limits are counted for.';
comment on column license_current.license_id is 'The license.';
comment on column license_current.title_id is 'What it grants to play.';
comment on column license_current.studio_id is 'Whose title it was when the license was issued.';
comment on column license_current.device_id is 'Where.';
comment on column license_current.plan_id is 'What the customer paid for when it was issued.';
comment on column license_current.license_type is 'DOWNLOAD or STREAMING.';
comment on column license_current.state is 'ISSUED, CONFIRMED, PLAYING, EXPIRED, RELEASED or REVOKED.';
comment on column license_current.issued_at is 'When it was issued.';
comment on column license_current.expires_at is 'When it expires or did, unless it ends before: the earliest of rental, playback and the hold for its confirmation. Null: never.';
comment on column license_current.first_played_at is 'When it was first played. Null: not yet, as far as is known.';
comment on column license_current.ended_at is 'When it ended, by an act or by time. Null: it has not.';
comment on column license_current.renewals is 'How often it was renewed.';
comment on column license_current.policy_version is 'The version of the policies that it was issued under.';

create view download_counted as
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
where h.stream_type = 'Download' and h.event = 'DownloadCounted';

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

create view device_current as
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
    where h.stream_type = 'Device'
    group by h.customer_id, h.aggregate_id
) as d;

comment on view device_current is 'Every device as it is now. Give customer_id.';
comment on column device_current.customer_id is 'The account that limits are counted for.';
comment on column device_current.device_id is 'The device.';
comment on column device_current.name is 'What the member sees. Null: it never said.';
comment on column device_current.activated_at is 'When it was last activated.';
comment on column device_current.deactivated_at is 'When it was deactivated. Null: it is active.';

grant execute on function licenses_at(timestamptz) to tally_app, tally_reader;
grant select on stream_size, license_current, download_counted, device_current to tally_app, tally_reader;
