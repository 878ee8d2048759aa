-- What a DBA runs once, as superuser, in the new and still empty database:
--
--   create database tally;
--   create tablespace archive location '/where/storage/is/cheap';
--   \i roles.sql                                  -- connected to that database
--   alter role tally_owner password '…';          -- and so for the other two, unless another way of login is set up
--
-- Everything after this is done by the application, as tally_owner (the other files of this folder, in order).
-- Safe to run again: it only states how things have to be.

-- Three roles, so that append-only is a privilege that is missing and not a promise:
-- the owner migrates and keeps the partitions, the application reads and appends, the reader sees views.
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

-- Plans are kept: planning a read of many months takes longer than reading. A kept plan has the lower bound of the hot tier
-- in its text, so it locks no archived month. And it must be a plan by index for ever, also if it was made while the month
-- was empty.
alter role tally_app set plan_cache_mode = 'auto';
alter role tally_app set enable_seqscan = off;
-- Every query of the application names the customer, whose rows lie in the index of seq. A bitmap would add the index of
-- time, which is coarse: it is for those who ask without a customer.
alter role tally_app set enable_bitmapscan = off;

-- A command is short. What is not is cancelled here before the application gives the connection up (server.xml). A node that
-- stopped in the middle of a transaction must not hold a customer, the feed of events and every vacuum for longer than this.
alter role tally_app set statement_timeout = '2500ms';
alter role tally_app set lock_timeout = '2s';
alter role tally_app set idle_in_transaction_session_timeout = '2s';

-- Partition maintenance must never queue in front of the application for longer than this.
alter role tally_owner set lock_timeout = '500ms';
alter role tally_owner set idle_in_transaction_session_timeout = '60s';

-- The job's session holds a lock that makes it the only one: a machine that is gone must not hold it for hours.
alter role tally_owner set tcp_keepalives_idle = 60;
alter role tally_owner set tcp_keepalives_interval = 10;
alter role tally_owner set tcp_keepalives_count = 6;
alter role tally_owner set tcp_user_timeout = '120s';

-- What it copies goes to the disk at once, or the next checkpoint would write hundreds of megabytes while commits wait.
alter role tally_owner set backend_flush_after = '1MB';
alter role tally_owner set vacuum_cost_delay = '2ms';

-- A partition that was copied waits for readers that began before: the owner has to see that there are any.
grant pg_read_all_stats to tally_owner;

alter role tally_reader set default_transaction_read_only = on;
alter role tally_reader set statement_timeout = '60s';
alter role tally_reader set idle_in_transaction_session_timeout = '60s';

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to tally_owner, tally_app, tally_reader', current_database());
    -- The schema is made here so that the owner needs no privilege on the database.
    if not exists (select from pg_namespace where nspname = 'tally') then
        create schema tally authorization tally_owner;
    end if;
    if exists (select from pg_tablespace where spcname = 'archive') then
        grant create on tablespace archive to tally_owner;
    end if;
end
$$;
