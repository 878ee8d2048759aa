-- A DBA runs this file once, as superuser, in the new and still empty database:
--
--   create database tally;
--   create tablespace archive location '/where/storage/is/cheap';
--   \i roles.sql                                  -- connected to that database
--   alter role tally_owner password '…';          -- the same for tally_app and tally_reader, unless they log in otherwise
--
-- The application then runs the other files of this folder in order, as tally_owner. This file can be run again safely.

-- Three roles separate the privileges: tally_owner migrates and looks after partitions, tally_app reads and appends, and
-- tally_reader reads views. So events cannot be changed because tally_app lacks the privilege to do it.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['tally_owner', 'tally_app', 'tally_reader'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I', role_name);
        end if;
        execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', role_name);
        execute format('alter role %I set search_path = tally', role_name);
        execute format('alter role %I set timezone = ''UTC''', role_name);
    end loop;
end
$$;

-- The plans of prepared statements are kept, because planning a read of many months takes longer than the read. The text
-- of these statements contains the lower bound of the hot tier, so a kept plan locks no archived partition. Sequential
-- scans are off, because a plan that was made while a month was empty would otherwise scan that month for ever.
alter role tally_app set plan_cache_mode = 'auto';
alter role tally_app set enable_seqscan = off;
-- Every query of the application names the customer, whose rows lie in the index of seq. A bitmap would add the index of
-- time, which is coarse: it is for those who ask without a customer.
alter role tally_app set enable_bitmapscan = off;

-- No plan is compiled to machine code. With sequential scans off, a look at a small table counts as very expensive, so
-- PostgreSQL compiled it in each new connection: 0.37 of 0.42 seconds of a look at eight rows, where the server has the
-- compiler (Debian's packages do). After an outage all connections are new.
alter role tally_app set jit = off;
alter role tally_owner set jit = off;

-- Statements of commands are short. PostgreSQL cancels a long one before the application gives up the connection
-- (server.xml). A node that stopped in the middle of a transaction blocks its customer, the feed of events and vacuum for
-- two seconds at most.
alter role tally_app set statement_timeout = '2500ms';
alter role tally_app set lock_timeout = '300ms';
alter role tally_app set idle_in_transaction_session_timeout = '2s';

-- While partition maintenance waits for a lock, statements of the application queue behind it: for this long at most.
alter role tally_owner set lock_timeout = '500ms';
alter role tally_owner set idle_in_transaction_session_timeout = '60s';

-- The session of the partition job holds the lock that makes it the only one. If its machine fails, these settings free the
-- lock within minutes instead of hours.
alter role tally_owner set tcp_keepalives_idle = 60;
alter role tally_owner set tcp_keepalives_interval = 10;
alter role tally_owner set tcp_keepalives_count = 6;
alter role tally_owner set tcp_user_timeout = '120s';

-- Copied rows are written to disk at once. Otherwise the next checkpoint would write hundreds of megabytes while commits
-- wait.
alter role tally_owner set backend_flush_after = '1MB';
alter role tally_owner set vacuum_cost_delay = '2ms';

-- A copied partition is swapped only after older readers have ended, so the owner must be able to see them.
grant pg_read_all_stats to tally_owner;

alter role tally_reader set default_transaction_read_only = on;
alter role tally_reader set statement_timeout = '60s';
alter role tally_reader set idle_in_transaction_session_timeout = '60s';

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to tally_owner, tally_app, tally_reader', current_database());
    -- The schema is created here, so that the owner needs no privilege on the database.
    if not exists (select from pg_namespace where nspname = 'tally') then
        create schema tally authorization tally_owner;
    end if;
    if exists (select from pg_tablespace where spcname = 'archive') then
        grant create on tablespace archive to tally_owner;
    end if;
end
$$;
