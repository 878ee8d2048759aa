-- V001  Privileges on the schema. (The schema itself is created by roles.sql.)
--
-- Locks     none (privileges only)
-- Duration  milliseconds
-- Undo      revoke what is granted here
-- Grows     not at all

comment on schema tally is
    'Download license accounting. Events are the only source of truth; everything else can be rebuilt from them.';

grant usage on schema tally to tally_app, tally_reader;

-- PostgreSQL lets every role execute a new function. Here each migration grants only what is needed instead.
alter default privileges revoke execute on functions from public;

-- The application reads the version of the schema for /health/ready. The table belongs to Flyway.
grant select on tally.flyway_schema_history to tally_app, tally_reader;
