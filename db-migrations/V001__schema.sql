-- V001  Who may look into the schema. (The schema itself is made by roles.sql.)
--
-- Locks     none (privileges only)
-- Duration  milliseconds
-- Undo      revoke what is granted here
-- Grows     not at all

comment on schema tally is
    'Download license accounting. Events are the only source of truth; everything else can be rebuilt from them.';

grant usage on schema tally to tally_app, tally_reader;

-- Nobody may call a function because it exists: each migration grants what its objects need, and no more.
alter default privileges revoke execute on functions from public;

-- The application reads which version it works on (/health/ready). The table is Flyway's own.
grant select on tally.flyway_schema_history to tally_app, tally_reader;
