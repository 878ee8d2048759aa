-- V005  The catalogue that decisions read: titles, and policies with all their versions.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; events keep the policy versions they were decided under
-- Grows     title: by one row per title. title_history: by one row per change of a title. policy: by one row per change of a
--           policy.

set search_path = tally;

create table title (
    title_id           text        not null collate "C",
    name               text        not null,
    studio_id          text        not null collate "C",
    availability_start timestamptz,
    availability_end   timestamptz,
    version            integer     not null default 1,
    changed_at         timestamptz not null default now(),
    constraint title_is_listed_once primary key (title_id),
    constraint title_ends_after_it_starts check (availability_start < availability_end)
);

-- Nodes ask for the titles that have changed since they asked last.
create index title_by_change on title (changed_at);

-- A policy for a studio is taken only if a title names the studio.
create index title_by_studio on title (studio_id);

comment on table title is 'Titles that can be licensed.';
comment on column title.title_id is 'Id of the title, chosen by the streaming service.';
comment on column title.name is 'Display name of the title.';
comment on column title.studio_id is 'The studio (content provider) that owns the title.';
comment on column title.availability_start is 'The title can be licensed from this time on. Null if there is no such limit.';
comment on column title.availability_end is 'The title cannot be licensed from this time on, and its licenses expire then. Null if there is no such limit.';
comment on column title.version is 'Number of the title''s version, from 1.';
comment on column title.changed_at is 'When the title was last changed. Later than the change before it.';

-- The statement that writes a title's row writes its new version here too.
create table title_history (
    title_id           text        not null collate "C",
    version            integer     not null,
    name               text        not null,
    studio_id          text        not null collate "C",
    availability_start timestamptz,
    availability_end   timestamptz,
    changed_at         timestamptz not null,
    constraint title_version_is_kept_once primary key (title_id, version)
);

comment on table title_history is 'Every version of every title, the current one included. Rows are never changed. Licenses end with their titles, so questions about the past need what the titles were then.';
comment on column title_history.title_id is 'Id of the title.';
comment on column title_history.version is 'Number of the version, from 1.';
comment on column title_history.name is 'Display name of the title.';
comment on column title_history.studio_id is 'The studio that owned the title.';
comment on column title_history.availability_start is 'The title could be licensed from this time on. Null if there was no such limit.';
comment on column title_history.availability_end is 'The title could not be licensed from this time on, and its licenses expired then. Null if there was no such limit.';
comment on column title_history.changed_at is 'When this version was written. It was in force until the next one.';

-- One sequence numbers the versions of all policies, so that an event stores a single number. With the event's time it tells
-- every policy that was in force: of each policy, the newest version up to that number that was valid at that time. This
-- requires that versions become visible in their order. So a transaction that writes a policy must take
-- pg_advisory_xact_lock(hashtext('tally.policy')) before it takes the number.
create sequence policy_version as integer start with 2;

comment on sequence policy_version is 'Number of the next version of any policy. Take it only under pg_advisory_xact_lock(hashtext(''tally.policy'')).';

create table policy (
    scope      text        not null collate "C",
    scope_id   text        not null collate "C",
    version    integer     not null,
    supersedes integer     not null,
    settings   jsonb       not null,
    valid_from timestamptz not null default now(),
    removed    boolean     not null default false,
    constraint policy_version_is_stored_once primary key (scope, scope_id, version),
    constraint policy_version_is_superseded_once unique (scope, scope_id, supersedes),
    constraint policy_scope_is_known check (scope in ('title', 'studio', 'plan', 'global')),
    constraint policy_settings_are_by_key check (jsonb_typeof(settings) = 'object'),
    constraint policy_that_is_removed_sets_nothing check (not removed or settings = '{}')
);

comment on table policy is 'Limits by scope. For each key the more specific scope wins: title over studio over plan over global. Rows are never changed; a new version is a new row.';
comment on column policy.scope is 'title, studio, plan or global.';
comment on column policy.scope_id is 'Id of the title, studio or plan; default for the one global policy.';
comment on column policy.version is 'Version, numbered across all policies. Each event stores the newest version that decided it.';
comment on column policy.supersedes is 'Previous version of the same policy; 0 for the first. Of two writers who change the same version, only one succeeds.';
comment on column policy.settings is 'The keys that this policy sets; the value null means no limit. A key that no policy sets has the default of its definition.';
comment on column policy.valid_from is 'The version is in force from this time on, until a later version of the same policy is. It may lie in the future.';
comment on column policy.removed is 'The version says that there is no such policy any more: the less specific policies and the defaults apply.';

-- The shipped policies are valid from 1970, so that they apply to every event, however wrong the clock of its node is. The
-- global policy sets no key, so each key has the default of its definition.
insert into policy (scope, scope_id, version, supersedes, settings, valid_from) values
    ('global', 'default', 1, 0, '{}', '1970-01-01 00:00:00+00'),
    ('plan', 'basic', 1, 0, '{"maxDownloadDevices": 1}', '1970-01-01 00:00:00+00'),
    ('plan', 'standard', 1, 0, '{"maxDownloadDevices": 2}', '1970-01-01 00:00:00+00'),
    ('plan', 'premium', 1, 0, '{"maxDownloadDevices": 6}', '1970-01-01 00:00:00+00');

grant select, insert, update on title to tally_app;
grant select, insert on title_history, policy to tally_app;
grant usage on sequence policy_version to tally_app;
grant select on title, title_history, policy to tally_reader;
