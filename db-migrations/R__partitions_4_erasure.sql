-- An erasure removes all rows of one customer from all tiers, unless a partition with such rows is under legal hold.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds
--
-- First the application empties the account: it moves the customer's head, like any command, so that events stored later
-- begin with number erasure.first_seq. Then erase_batch() removes all rows with smaller numbers from all tables.

set search_path = tally;

create or replace function tables_of(p partition) returns text[]
    language sql
    stable
    set search_path = tally
as $$
    select array_agg(place order by place)
    from unnest(array[p.name, p.name || '_copy', p.name || '_retired']) as place
    where to_regclass(format('tally.%I', place)) is not null
$$;

comment on function tables_of(partition) is 'The names of the tables that hold rows of a partition: the partition itself, its unfinished copy and its detached original, as far as they exist.';

create or replace function unlisted_partitions() returns text[]
    language sql
    stable
    set search_path = tally
as $$
    select coalesce(array_agg(c.relname::text order by c.relname), '{}')
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('event'::regclass, 'snapshot'::regclass)
      and not exists (select from partition p where p.name = c.relname)
$$;

comment on function unlisted_partitions() is 'The names of tables that are attached to event or snapshot but not listed in table partition. Somebody attached them by hand.';

-- Locks  ACCESS SHARE on the partitions under legal hold.
create or replace function held_partitions_of(customer text, before_seq integer default null) returns text[]
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    p     partition;
    place text;
    found boolean;
    names text[] := '{}';
begin
    for p in select * from partition where legal_hold is not null order by name loop
        foreach place in array tables_of(p) loop
            execute format(
                'select exists (select from %I where customer_id = $1 and ($2 is null or seq < $2))', place)
            into found using customer, before_seq;
            if found then
                names := names || p.name;
                exit;
            end if;
        end loop;
    end loop;
    return names;
end
$$;

comment on function held_partitions_of(text, integer) is 'Partitions under legal hold that contain rows of the customer; if a number is given, only rows with smaller numbers count. While there is one, nothing of the customer is erased.';

create or replace function refuse_held_customer(customer text, before_seq integer) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    held text[] := held_partitions_of(customer, before_seq);
begin
    if cardinality(held) > 0 then
        raise exception 'the customer has rows under legal hold in %', array_to_string(held, ', ')
            using errcode = 'object_not_in_prerequisite_state';
    end if;
end
$$;

comment on function refuse_held_customer(text, integer) is 'Raises an error if a partition under legal hold contains rows of the customer. Called by the functions that erase.';

-- Locks  ACCESS SHARE on table customer.
create or replace function is_emptied(e erasure) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select e.first_seq is not null
        and not exists (select from customer c where c.customer_id = e.customer_id and c.first_seq < e.first_seq)
$$;

comment on function is_emptied(erasure) is 'Whether the account of an erasure has been emptied. erasure.first_seq is written before that, so it counts only once the customer''s head begins there.';

-- Locks  ROW EXCLUSIVE on the tables it deletes from. The customer's head is locked and deleted only at the end, and only if
--        nothing has been stored since the account was emptied.
create or replace function erase_batch(which text, batch_rows integer) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    e       erasure;
    p       partition;
    place   text;
    gone    bigint := 0;
    of_p    bigint;
    of_this bigint;
    its_sum numeric;
begin
    select * into e from erasure where erasure_id = which and completed_at is null for update;
    if not found then
        return 0;
    end if;
    if not is_emptied(e) then
        raise exception 'the account of erasure % has not been emptied yet', which
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform refuse_held_customer(e.customer_id, e.first_seq);

    for p in select * from partition order by starts_at, name loop
        exit when gone >= batch_rows;
        -- This row lock lets an erasure and a copy or comparison of the same partition wait for each other.
        select * into p from partition where name = p.name for update;
        of_p := 0;
        foreach place in array coalesce(tables_of(p), '{}') loop
            execute format(
                'with gone as (
                     delete from %I where customer_id = $1 and seq < $2 returning *
                 )
                 select count(*), coalesce(sum(hash_record_extended(gone, 0)), 0) from gone',
                place)
            into of_this, its_sum using e.customer_id, e.first_seq;
            if place = p.name and (p.state <> 'VERIFYING' or e.customer_id <= p.done_to) then
                update partition set row_count = row_count - of_this, checksum = checksum - its_sum where name = p.name;
            end if;
            -- These tables hold copies of the same rows, so the largest count is the number of different rows.
            of_p := greatest(of_p, of_this);
        end loop;
        gone := gone + of_p;
    end loop;
    foreach place in array unlisted_partitions() loop
        exit when gone >= batch_rows;
        execute format('delete from %I where customer_id = $1 and seq < $2', place) using e.customer_id, e.first_seq;
        get diagnostics of_this = row_count;
        gone := gone + of_this;
    end loop;

    if gone > 0 then
        update erasure set rows_erased = rows_erased + gone, last_error = null, failed_at = null where erasure_id = which;
        return gone;
    end if;
    delete from sifted_rows where customer_id = e.customer_id;
    -- A count of licenses that is under way ends first, so that none appears afterwards.
    perform pg_advisory_xact_lock(hashtext('tally.count_licenses'));
    delete from license_count where customer_id = e.customer_id;
    -- If a command has been stored since the account was emptied, the head is kept.
    delete from customer where customer_id = e.customer_id and last_seq = e.first_seq - 1 and first_seq = e.first_seq;
    get diagnostics of_this = row_count;
    update erasure
    set rows_erased = rows_erased + of_this, last_error = null, failed_at = null, completed_at = clock_timestamp(),
        customer_id = null
    where erasure_id = which;
    return 0;
end
$$;

comment on function erase_batch(text, integer) is 'Erases about so many rows of an emptied account, partition after partition, and returns how many were erased. 0 means that the erasure is complete: erasure.customer_id is null then, and the head is deleted unless the customer has new events. Raises an error if a partition with rows of the customer is under legal hold.';
