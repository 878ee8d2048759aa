-- V010  Everything about one customer can be erased, in all tiers; unless a partition of theirs is under legal hold.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the functions and the table
-- Grows     erasure: by one row for each customer who was erased
--
-- This is the one way in which events go other than by their age, and only the owner of the tables can do it. What stays
-- is a tombstone: when, by whom, how many rows, and a digest by which those who know a customer's id can find it.

set search_path = tally;

create table erasure (
    erasure_id      text        not null,
    customer_digest bytea       not null,
    customer_id     text,
    requested_by    text        not null,
    requested_at    timestamptz not null default now(),
    erases_until    timestamptz,
    completed_at    timestamptz,
    rows_erased     bigint      not null default 0,
    last_error      text,
    failed_at       timestamptz,
    constraint erasure_is_known_once primary key (erasure_id),
    constraint erasure_forgets_the_customer check ((completed_at is null) = (customer_id is not null))
);

create unique index erasure_of_a_customer_is_one on erasure (customer_id);
create index erasure_by_digest on erasure (customer_digest);

comment on table erasure is 'Customers who were erased, or are being erased. Once it is done nothing here says who they were.';
comment on column erasure.erasure_id is 'What an operator asks for it by.';
comment on column erasure.customer_digest is 'SHA-256 of the customer''s id: sha256(convert_to(''…'', ''UTF8'')).';
comment on column erasure.customer_id is 'Whose rows are to go. Null as soon as they have gone.';
comment on column erasure.requested_by is 'Who asked for it.';
comment on column erasure.requested_at is 'When.';
comment on column erasure.erases_until is 'The customer''s last event until then. What is stored later is a new customer''s. Null: it has not begun.';
comment on column erasure.completed_at is 'When the last row had gone. Null: it is under way.';
comment on column erasure.rows_erased is 'Events, snapshots and heads so far.';
comment on column erasure.last_error is 'Why the last step failed. Null: it did not.';
comment on column erasure.failed_at is 'When the last step failed.';

-- Locks  ACCESS SHARE on the partitions under legal hold.
create function held_partitions_of(customer text) returns text[]
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    p     partition;
    found boolean;
    names text[] := '{}';
begin
    for p in select * from partition where legal_hold is not null order by name loop
        execute format('select exists (select from %I where customer_id = $1)', p.name) into found using customer;
        if found then
            names := names || p.name;
        end if;
    end loop;
    return names;
end
$$;

comment on function held_partitions_of(text) is 'Partitions under legal hold that have rows of the customer: with any, nothing of the customer is erased.';

-- Locks  ROW EXCLUSIVE on what it deletes from; first the customer's heads, as a command locks them.
create function erase_batch(which text, batch_rows integer) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    e       erasure;
    p       partition;
    held    text[];
    gone    bigint := 0;
    of_this bigint;
    its_sum numeric;
begin
    select * into e from erasure where erasure_id = which and completed_at is null for update;
    if not found then
        return 0;
    end if;
    held := held_partitions_of(e.customer_id);
    if cardinality(held) > 0 then
        raise exception 'the customer has rows under legal hold in %', array_to_string(held, ', ')
            using errcode = 'object_not_in_prerequisite_state';
    end if;

    if e.erases_until is null then
        -- With the heads goes all that commands read: from here on they find a new customer, whose rows are younger.
        with heads as (
            delete from stream where customer_id = e.customer_id
            returning greatest(last_event_time, opened_at) as last_time
        )
        select count(*), coalesce(max(last_time), e.requested_at) into gone, e.erases_until from heads;
        update erasure set erases_until = e.erases_until where erasure_id = which;
    end if;

    for p in select * from partition where starts_at <= e.erases_until order by starts_at, name loop
        exit when gone >= batch_rows;
        -- Whoever copies or compares it waits until this is through, and this for them.
        select * into p from partition where name = p.name for update;
        execute format(
            'with gone as (
                 delete from %I where customer_id = $1 and event_time <= $2 returning *
             )
             select count(*), coalesce(sum(hash_record_extended(gone, 0)), 0) from gone',
            p.name)
        into of_this, its_sum using e.customer_id, e.erases_until;
        if to_regclass(format('tally.%I', p.name || '_copy')) is not null then
            execute format('delete from %I where customer_id = $1 and event_time <= $2', p.name || '_copy')
            using e.customer_id, e.erases_until;
        end if;
        if p.state in ('COPIED', 'ARCHIVED') or (p.state = 'VERIFYING' and e.customer_id <= p.done_to) then
            update partition set row_count = row_count - of_this, checksum = checksum - its_sum where name = p.name;
        end if;
        gone := gone + of_this;
    end loop;

    update erasure
    set rows_erased = rows_erased + gone, last_error = null, failed_at = null,
        completed_at = case when gone = 0 then clock_timestamp() end,
        customer_id = case when gone > 0 then customer_id end
    where erasure_id = which;
    return gone;
end
$$;

comment on function erase_batch(text, integer) is 'Erases the customer''s heads and then partition after partition, until about so many rows have gone, and says how many. 0: it is done, and the customer forgotten. An error if a partition of theirs is under legal hold.';

grant select on erasure to tally_app, tally_reader;
