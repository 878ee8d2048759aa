-- An erasure removes all rows of one customer from all tiers, unless a partition with such rows is under legal hold.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds
--
-- First the application empties the account: it moves the customer's head, like any command, so that events stored later
-- begin with number erasure.first_seq. Then erase_batch() removes all rows with smaller numbers from all tables. A deleted
-- row's bytes stay in the file, also after a vacuum, until the table is written anew. Table erased_from lists the tables that
-- this is to be done with. begin_rewrite() does it by the same copy and swap that moves a partition to the archive.

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

-- Besides what is attached, at whatever depth, these are all tables of the schema that look like events or snapshots. So
-- tables are found that somebody detached or renamed.
create or replace function history_tables() returns regclass[]
    language sql
    stable
    set search_path = tally
as $$
    select array_agg(t.place order by t.place::text)
    from (
        select relid as place
        from unnest(array['event', 'snapshot']) as parent (name)
        cross join lateral pg_partition_tree(parent.name::regclass)
        where isleaf
        union
        select c.oid::regclass
        from pg_class c
        where c.relnamespace = 'tally'::regnamespace and c.relkind = 'r'
          and (
              select count(*) = 3 from pg_attribute a
              where a.attrelid = c.oid and not a.attisdropped and a.attname in ('customer_id', 'seq', 'event_time')
          )
    ) as t
$$;

comment on function history_tables() is 'All tables that may hold events or snapshots: attached or detached, listed or not, copies included.';

create or replace function other_tables() returns regclass[]
    language sql
    stable
    set search_path = tally
as $$
    select coalesce(array_agg(place), '{}')
    from unnest(history_tables()) as place
    where place::text not in (
        select quote_ident(listed) from partition p cross join lateral unnest(tables_of(p)) as listed
    )
$$;

comment on function other_tables() is 'The tables that may hold events or snapshots, and that no partition of table partition accounts for. Somebody made or renamed them.';

-- Locks  ACCESS SHARE on all partitions, but only while a month is under legal hold.
create or replace function held_partitions_of(customer text, before_seq integer default null) returns text[]
    language plpgsql
    stable
    set search_path = tally
as $$
declare
    p     partition;
    place regclass;
    found boolean := false;
    names text[] := '{}';
begin
    -- A hold is one of a month, so its rows are looked for in all tables, also in those that were attached by hand.
    for p in select distinct on (starts_at) * from partition where legal_hold is not null order by starts_at, name loop
        foreach place in array history_tables() loop
            execute format(
                'select exists (
                     select from %s
                     where customer_id = $1 and ($2 is null or seq < $2) and event_time >= $3 and event_time < $4)',
                place)
            into found using customer, before_seq, p.starts_at, p.ends_at;
            if found then
                names := names || p.name;
                exit;
            end if;
        end loop;
        if not found and exists (
            select from denial d where d.customer_id = customer and d.hour >= p.starts_at and d.hour < p.ends_at
        ) then
            names := names || p.name;
        end if;
    end loop;
    return names;
end
$$;

comment on function held_partitions_of(text, integer) is 'Partitions whose legal hold keeps rows of the customer: rows of their months, in whichever table, denials included. If a number is given, only events and snapshots with smaller numbers count. While there is one, nothing of the customer is erased.';

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

comment on function refuse_held_customer(text, integer) is 'Raises an error if the customer has rows of a month under legal hold. Called by the functions that erase.';

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

-- Locks  ROW EXCLUSIVE on the table.
create or replace function erase_rows(
    place          regclass,
    customer       text,
    before_seq     integer,
    out erased     bigint,
    out erased_sum numeric
)
    language plpgsql
    set search_path = tally
as $$
begin
    execute format(
        'with gone as (
             delete from %s where customer_id = $1 and seq < $2 returning *
         )
         select count(*), coalesce(sum(hash_record_extended(gone, 0)), 0) from gone',
        place)
    into erased, erased_sum using customer, before_seq;
    if erased > 0 then
        insert into erased_from (table_name) values (place::text) on conflict do nothing;
    end if;
end
$$;

comment on function erase_rows is 'Deletes the rows of a customer with smaller numbers than the given one from a table, and lists the table in erased_from. Returns their number and the sum of their hashes. Called by erase_batch.';

create or replace function refuse_rows_left(customer text, before_seq integer) returns void
    language plpgsql
    set search_path = tally
as $$
declare
    place regclass;
    found boolean;
begin
    foreach place in array history_tables() loop
        execute format('select exists (select from %s where customer_id = $1 and seq < $2)', place)
        into found using customer, before_seq;
        if found then
            raise exception 'rows of the customer are left in %', place
                using errcode = 'object_not_in_prerequisite_state',
                    hint = 'Something keeps them from being deleted: a trigger, a rule or a policy.';
        end if;
    end loop;
end
$$;

comment on function refuse_rows_left(text, integer) is 'Raises an error if any table still holds rows of a customer with smaller numbers than the given one. Called at the end of an erasure.';

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
    other   regclass;
    gone    bigint := 0;
    of_p    bigint;
    of_this record;
    heads   bigint;
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
            of_this := erase_rows(format('tally.%I', place)::regclass, e.customer_id, e.first_seq);
            if place = p.name and (p.state <> 'VERIFYING' or e.customer_id <= p.done_to) then
                update partition
                set row_count = row_count - of_this.erased, checksum = checksum - of_this.erased_sum
                where name = p.name;
            end if;
            -- These tables hold copies of the same rows, so the largest count is the number of different rows.
            of_p := greatest(of_p, of_this.erased);
        end loop;
        gone := gone + of_p;
    end loop;
    -- These come last, so that a table that cannot be changed does not keep the rows of the others.
    if gone = 0 then
        foreach other in array other_tables() loop
            of_this := erase_rows(other, e.customer_id, e.first_seq);
            gone := gone + of_this.erased;
        end loop;
    end if;

    if gone > 0 then
        update erasure set rows_erased = rows_erased + gone, last_error = null, failed_at = null where erasure_id = which;
        return gone;
    end if;
    perform refuse_rows_left(e.customer_id, e.first_seq);
    delete from sifted_rows where customer_id = e.customer_id;
    perform erase_denials(e.customer_id);
    perform forget_simulated(e.customer_id);
    -- A count of licenses that is under way ends first, so that none appears afterwards.
    perform pg_advisory_xact_lock(hashtext('tally.count_licenses'));
    delete from license_count where customer_id = e.customer_id;
    -- The feed does not tell the customer's events any more, so nothing of them is counted afterwards.
    perform forget_usage(e.customer_id, e.first_seq);
    -- If a command has been stored since the account was emptied, the head is kept.
    delete from customer where customer_id = e.customer_id and last_seq = e.first_seq - 1 and first_seq = e.first_seq;
    get diagnostics heads = row_count;
    update erasure
    set rows_erased = rows_erased + heads, last_error = null, failed_at = null, completed_at = clock_timestamp(),
        customer_id = null
    where erasure_id = which;
    return 0;
end
$$;

comment on function erase_batch(text, integer) is 'Erases about so many rows of an emptied account, partition after partition, and returns how many were erased. 0 means that the erasure is complete and no table holds such a row: erasure.customer_id is null then, and the head is deleted unless the customer has new events. Raises an error if the customer has rows of a month under legal hold.';

create or replace function bytes_left_in(e erasure) returns text[]
    language sql
    stable
    set search_path = tally
as $$
    select coalesce(array_agg(f.table_name order by f.table_name), '{}')
    from erased_from f
    where e.completed_at is null or f.erased_since <= e.completed_at
$$;

comment on function bytes_left_in(erasure) is 'Tables whose files may still contain bytes of the rows that an erasure removed: they have not been written anew since. Empty when the bytes are gone.';

grant execute on function bytes_left_in(erasure) to tally_app, tally_reader;

-- Locks  ACCESS EXCLUSIVE on the partition for milliseconds.
create or replace function begin_rewrite(partition_name text) returns void
    language plpgsql
    set search_path = tally
    set lock_timeout = '50ms'
as $$
declare
    p partition;
begin
    select * into strict p
    from partition
    where name = partition_name and state in ('HOT', 'MARKED', 'ARCHIVED', 'RETIRED') and back_to is null
    for update;
    if takes_appends(p) then
        raise exception 'partition % takes appends until %', p.name, p.ends_at
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform close_to_rows(p.name);
    update partition
    set state = 'MARKED', back_to = state, since = clock_timestamp(), done_to = null, rows_done = 0, last_error = null,
        failed_at = null
    where name = p.name;
end
$$;

comment on function begin_rewrite(text) is 'Begins to write a partition anew, because rows have been erased from it. It is MARKED then, is copied, compared and swapped like a partition that moves, and returns to its state with the swap.';
