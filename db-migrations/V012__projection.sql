-- V012  Figures that are counted from the feed: how studios' titles are used, and how many commands there are.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; all but closed months can be made again from the events
-- Grows     studio_usage: by a row for each title, type and day on which something happened to it, or a license ended;
--           studio_usage_closed: by as many again, and by one a month for each title with active licenses;
--           usage_license: by a row for each license, kept until 400 days after its end (a stream's: 8 days);
--           capacity_count: by at most a row for each kind of event and hour
--
-- A job reads the feed of all customers page by page. It stores the figures of a page and the place behind it in one
-- transaction, so that each event is counted once. A build is one count from the oldest event on. While a new build catches
-- up, the one before is served.

set search_path = tally;

create table projection (
    name              text        not null collate "C",
    build             bigint      not null generated always as identity,
    state             text        not null default 'BUILDING',
    reason            text        not null,
    began_at          timestamptz not null default clock_timestamp(),
    served_since      timestamptz,
    system_identifier bigint,
    timeline          integer,
    position_offset   bigint,
    position          bigint,
    customer_id       text        collate "C",
    seq               integer,
    counted_until     timestamptz,
    events            bigint      not null default 0,
    constraint projection_is_counted_in_builds primary key (name, build),
    constraint projection_is_in_a_known_state check (state in ('BUILDING', 'SERVING', 'GONE')),
    constraint projection_place_is_whole check ((position is null) = (system_identifier is null))
);

create unique index projection_serves_one_build on projection (name) where state = 'SERVING';
create unique index projection_makes_one_build on projection (name) where state = 'BUILDING';

comment on table projection is 'Builds of the figures that are counted from the feed, and how far each is. See view projection_lag.';
comment on column projection.name is 'What is counted: studio-usage or capacity.';
comment on column projection.build is 'Number of the build. Rows of figures have the number of theirs.';
comment on column projection.state is 'BUILDING: it catches up. SERVING: its figures are shown, and it goes on. GONE: another has taken its place, and its rows are being deleted.';
comment on column projection.reason is 'Why the build was begun.';
comment on column projection.began_at is 'When the build was begun.';
comment on column projection.served_since is 'When its figures were shown first. Null if they have not been.';
comment on column projection.system_identifier is 'Cluster of the place in the feed up to which it has counted. Null if it has not begun.';
comment on column projection.timeline is 'Timeline of that place.';
comment on column projection.position_offset is 'Offset of positions at that place.';
comment on column projection.position is 'Position of the last event counted, or the last one looked at.';
comment on column projection.customer_id is 'Customer of the last event counted. Null if all events of the position are, as it is whenever the build has caught up.';
comment on column projection.seq is 'Number of the last event counted; 0 if all events of the position are.';
comment on column projection.counted_until is 'Everything that was stored before this time has been counted. Null until the build has caught up once.';
comment on column projection.events is 'Number of events that the build has counted.';

create table studio_usage (
    build        bigint  not null,
    studio_id    text    not null collate "C",
    day          date    not null,
    title_id     text    not null collate "C",
    license_type text    not null collate "C",
    acquired     integer not null,
    ended        integer not null,
    renewed      integer not null,
    released     integer not null,
    revoked      integer not null,
    plays        integer not null,
    over_limit   integer not null,
    constraint studio_usage_is_one_row_a_day primary key (build, studio_id, day, title_id, license_type)
);

comment on table studio_usage is 'What happened to the licenses of a studio''s titles, by day (UTC) of the server''s time. Counts, without anything of a customer.';
comment on column studio_usage.build is 'Build that counted it: projection.build.';
comment on column studio_usage.studio_id is 'The studio that owned the title when the license was issued.';
comment on column studio_usage.day is 'Day (UTC) on which it was stored; of ends, the day of the end, which may lie ahead.';
comment on column studio_usage.title_id is 'The title.';
comment on column studio_usage.license_type is 'DOWNLOAD or STREAMING.';
comment on column studio_usage.acquired is 'Licenses issued.';
comment on column studio_usage.ended is 'Licenses that end on this day, by an act or by their terms, less those counted so earlier that live on. May be negative. Licenses active at the end of a day are all acquired up to it less all ended up to it.';
comment on column studio_usage.renewed is 'Renewals.';
comment on column studio_usage.released is 'Licenses released by members, by a deactivation, or by the end of a stream.';
comment on column studio_usage.revoked is 'Licenses revoked by an operator.';
comment on column studio_usage.plays is 'Sessions started.';
comment on column studio_usage.over_limit is 'Plays, and licenses or renewals given without the database, that were recorded although a rule forbade them.';

create table studio_usage_closed (
    studio_id    text    not null collate "C",
    day          date    not null,
    title_id     text    not null collate "C",
    license_type text    not null collate "C",
    acquired     integer not null,
    active       integer not null,
    renewed      integer not null,
    released     integer not null,
    revoked      integer not null,
    plays        integer not null,
    over_limit   integer not null,
    constraint studio_usage_closed_is_one_row_a_day primary key (studio_id, day, title_id, license_type)
);

comment on table studio_usage_closed is 'The figures of months that are closed. They never change, and belong to no build.';
comment on column studio_usage_closed.studio_id is 'The studio that owned the title when the license was issued.';
comment on column studio_usage_closed.day is 'Day (UTC). A day without a change has no row, except that each title with active licenses has one on the first of a month.';
comment on column studio_usage_closed.title_id is 'The title.';
comment on column studio_usage_closed.license_type is 'DOWNLOAD or STREAMING.';
comment on column studio_usage_closed.acquired is 'Licenses issued.';
comment on column studio_usage_closed.active is 'Licenses that were active at the end of the day.';
comment on column studio_usage_closed.renewed is 'Renewals.';
comment on column studio_usage_closed.released is 'Licenses released.';
comment on column studio_usage_closed.revoked is 'Licenses revoked.';
comment on column studio_usage_closed.plays is 'Sessions started.';
comment on column studio_usage_closed.over_limit is 'Plays, and licenses or renewals given without the database, that were recorded although a rule forbade them.';

create table studio_usage_month (
    month     date        not null,
    closed_at timestamptz not null default clock_timestamp(),
    constraint studio_usage_month_closes_once primary key (month),
    constraint studio_usage_month_begins_on_the_first check (extract(day from month) = 1)
);

comment on table studio_usage_month is 'The months whose usage is closed, in a row without gaps.';
comment on column studio_usage_month.month is 'First day of the month.';
comment on column studio_usage_month.closed_at is 'When it was closed.';

create table usage_license (
    build             bigint  not null,
    customer_id       text    not null collate "C",
    license_id        text    not null collate "C",
    seq               integer not null,
    studio_id         text    not null collate "C",
    title_id          text    not null collate "C",
    license_type      text    not null collate "C",
    rental_ends_at    timestamptz,
    playback_millis   bigint,
    confirm_by        timestamptz,
    first_played_at   timestamptz,
    acted_at          timestamptz,
    ends_on           date,
    constraint usage_license_is_counted_once primary key (build, customer_id, license_id)
);

create index usage_license_by_end on usage_license (build, license_type, ends_on);

comment on table usage_license is 'What later events of a license do not say and its count needs. Rows of an erased customer are deleted.';
comment on column usage_license.build is 'Build that counts it: projection.build.';
comment on column usage_license.customer_id is 'The account that the license was issued to.';
comment on column usage_license.license_id is 'The license.';
comment on column usage_license.seq is 'Number of the event that issued it.';
comment on column usage_license.studio_id is 'The studio that owned the title when it was issued.';
comment on column usage_license.title_id is 'The title.';
comment on column usage_license.license_type is 'DOWNLOAD or STREAMING.';
comment on column usage_license.rental_ends_at is 'End of the rental clock. Null: never.';
comment on column usage_license.playback_millis is 'Time for which it plays after first play, in milliseconds. Null: as long as it lives.';
comment on column usage_license.confirm_by is 'Time until which the device has to confirm. Null: it need not, or has.';
comment on column usage_license.first_played_at is 'When it was first played. Null: not yet.';
comment on column usage_license.acted_at is 'When it was released or revoked. Null: neither.';
comment on column usage_license.ends_on is 'Day on which its end is counted in studio_usage.ended. Null: none.';

create table capacity_count (
    build    bigint      not null,
    hour     timestamptz not null,
    event    text        not null collate "C",
    commands integer     not null,
    events   integer     not null,
    constraint capacity_count_is_one_row_an_hour primary key (build, hour, event)
);

comment on table capacity_count is 'Commands and events by hour. Read them through view capacity_hour.';
comment on column capacity_count.build is 'Build that counted it: projection.build.';
comment on column capacity_count.hour is 'First moment of the hour, of the server''s time.';
comment on column capacity_count.event is 'Name of the event, without its version.';
comment on column capacity_count.commands is 'Commands whose first event it is.';
comment on column capacity_count.events is 'Events of this name.';

grant select on projection, studio_usage, studio_usage_closed, studio_usage_month, capacity_count to tally_app, tally_reader;
