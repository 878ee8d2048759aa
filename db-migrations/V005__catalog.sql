-- V005  The catalogue that decisions read: titles, and policies with every version they ever had.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; events keep the policy versions they were decided under
-- Grows     title: by one row per title. policy: by one row per change of a policy.

set search_path = tally;

create table title (
    title_id           text        not null,
    name               text        not null,
    studio_id          text        not null,
    availability_start timestamptz,
    availability_end   timestamptz,
    updated_at         timestamptz not null default now(),
    constraint title_is_listed_once primary key (title_id),
    constraint title_ends_after_it_starts check (availability_start < availability_end)
);

comment on table title is 'What can be licensed.';
comment on column title.title_id is 'Chosen by the streaming service.';
comment on column title.name is 'For people.';
comment on column title.studio_id is 'The content provider who owns it.';
comment on column title.availability_start is 'It may be licensed from then on; null: always.';
comment on column title.availability_end is 'It may not from then on, and no license lives longer; null: never.';
comment on column title.updated_at is 'When it was last written.';

-- Versions count all policies together, so that one number, kept in each event, tells with the event's time every policy
-- that was in force: of each the newest up to it that had begun by then. That holds only if versions become visible in
-- their order. So whoever writes one takes pg_advisory_xact_lock(hashtext('tally.policy')) before its number.
create sequence policy_version as integer start with 2;

comment on sequence policy_version is 'The version of the next policy written, whichever it is. Taken under pg_advisory_xact_lock(hashtext(''tally.policy'')).';

create table policy (
    scope      text        not null,
    scope_id   text        not null,
    version    integer     not null,
    supersedes integer     not null,
    settings   jsonb       not null,
    valid_from timestamptz not null default now(),
    constraint policy_version_is_stored_once primary key (scope, scope_id, version),
    constraint policy_version_is_superseded_once unique (scope, scope_id, supersedes),
    constraint policy_scope_is_known check (scope in ('title', 'studio', 'plan', 'global')),
    constraint policy_settings_are_by_key check (jsonb_typeof(settings) = 'object')
);

comment on table policy is 'The limits, by scope; the more specific wins key by key: title over studio over plan over global. Rows are never changed: a new version is a new row.';
comment on column policy.scope is 'title, studio, plan or global.';
comment on column policy.scope_id is 'Which title, studio or plan; default for the one global policy.';
comment on column policy.version is 'Counts all policies together; events carry the newest that decided them.';
comment on column policy.supersedes is 'The version before it; 0 for the first. Two writers of the same change collide here.';
comment on column policy.settings is 'Only the keys it sets; null there means no limit. A key that no policy sets has the default of its definition.';
comment on column policy.valid_from is 'In force from then on, until a later version of the same policy is.';

-- They hold for every event that will ever be stored, whatever its node's clock says. The global policy sets nothing: every
-- key has its default.
insert into policy (scope, scope_id, version, supersedes, settings, valid_from) values
    ('global', 'default', 1, 0, '{}', '1970-01-01 00:00:00+00'),
    ('plan', 'basic', 1, 0, '{"maxDownloadDevices": 1}', '1970-01-01 00:00:00+00'),
    ('plan', 'standard', 1, 0, '{"maxDownloadDevices": 2}', '1970-01-01 00:00:00+00'),
    ('plan', 'premium', 1, 0, '{"maxDownloadDevices": 6}', '1970-01-01 00:00:00+00');

grant select, insert, update on title to tally_app;
grant select, insert on policy to tally_app;
grant usage on sequence policy_version to tally_app;
grant select on title, policy to tally_reader;
