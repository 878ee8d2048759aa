-- Figures counted from the feed: their state, the commands of each hour, and how a build is begun anew.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds

set search_path = tally;

-- Locks  one new row of table projection.
create or replace function rebuild_projection(which text) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    made bigint;
begin
    if not exists (select from projection p where p.name = which and p.state = 'SERVING') then
        raise exception 'there is no projection % that is served', which
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    insert into projection (name, reason) values (which, 'asked for by ' || session_user)
    on conflict do nothing
    returning build into made;
    if made is null then
        raise exception 'projection % is being built already', which
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    return made;
end
$$;

comment on function rebuild_projection(text) is 'Begins a new build of a projection, from the oldest event on. The build before is served until it has caught up. Closed months stay as they are. Returns the number of the build.';

revoke execute on function rebuild_projection(text) from public;

-- Locks  a page of the feed that is being counted ends first, within 5 s.
create or replace function forget_usage(customer text, before_seq integer) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '5s'
as $$
begin
    perform pg_advisory_xact_lock(hashtext('tally.projection.studio-usage'));
    perform pg_advisory_xact_lock(hashtext('tally.projection.capacity'));
    -- Licenses that live would count as active for ever, since nothing will tell of their end: they end today.
    with gone as (
        delete from usage_license l
        where l.build in (select p.build from projection p) and l.customer_id = customer and l.seq < before_seq
        returning l.build, l.studio_id, l.title_id, l.license_type, l.ends_on
    ),
    moved as (
        select g.build, g.studio_id, d.day, g.title_id, g.license_type, sum(d.ended)::integer as ended
        from gone g
        cross join lateral (values (current_date, 1), (g.ends_on, -1)) as d (day, ended)
        where (g.ends_on is null or g.ends_on > current_date) and d.day is not null
        group by 1, 2, 3, 4, 5
    )
    insert into studio_usage as u
        (build, studio_id, day, title_id, license_type, acquired, ended, renewed, released, revoked, plays, over_limit)
    select m.build, m.studio_id, m.day, m.title_id, m.license_type, 0, m.ended, 0, 0, 0, 0, 0
    from moved m
    on conflict (build, studio_id, day, title_id, license_type) do update set ended = u.ended + excluded.ended;
end
$$;

comment on function forget_usage(text, integer) is 'Deletes what is kept of the licenses of a customer that is erased. Counts of studios stay; licenses that were active end today. Called by erase_batch.';

revoke execute on function forget_usage(text, integer) from public;

create or replace view projection_lag as
select
    p.name, p.build, p.state, p.reason, p.began_at, p.served_since, p.position, p.counted_until,
    clock_timestamp() - coalesce(p.counted_until, p.began_at) as lag,
    p.events
from projection p;

comment on view projection_lag is 'How far the figures that are counted from the feed are behind.';
comment on column projection_lag.name is 'What is counted: studio-usage or capacity.';
comment on column projection_lag.build is 'Number of the build.';
comment on column projection_lag.state is 'BUILDING, SERVING or GONE.';
comment on column projection_lag.reason is 'Why the build was begun.';
comment on column projection_lag.began_at is 'When the build was begun.';
comment on column projection_lag.served_since is 'When its figures were shown first.';
comment on column projection_lag.position is 'Position up to which it has counted.';
comment on column projection_lag.counted_until is 'Everything that was stored before this time has been counted. Null until the build has caught up once.';
comment on column projection_lag.lag is 'Time since then; of a build that has not caught up yet, since it was begun.';
comment on column projection_lag.events is 'Number of events that the build has counted.';

create or replace view capacity_hour as
select c.hour, c.event, c.commands, c.events
from capacity_count c
join projection p on p.build = c.build and p.name = 'capacity' and p.state = 'SERVING';

comment on view capacity_hour is 'Commands and events of all customers by hour. Commands that stored nothing (denials, repetitions) are not among them.';
comment on column capacity_hour.hour is 'First moment of the hour, of the server''s time.';
comment on column capacity_hour.event is 'Name of the event, which tells the kind of command: LicenseIssued is an acquire.';
comment on column capacity_hour.commands is 'Commands whose first event it is.';
comment on column capacity_hour.events is 'Events of this name.';

grant select on projection_lag, capacity_hour to tally_app, tally_reader;
