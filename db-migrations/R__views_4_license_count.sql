-- Licenses of all customers, counted in rounds, and a view of the counts.
--
-- Locks     none for the migration; the locks of the function are stated above it
-- Duration  milliseconds
--
-- A round goes through all customers in the order of their ids and counts the licenses of those whose revision has changed
-- since they were last counted. The application calls the function again and again; each call is a short transaction, and
-- after a crash the next one goes on where the last one was. Retirement of a month removes events without a new revision:
-- the licenses that it removes are counted until the customer's next command.

set search_path = tally;

-- Locks  the one row of license_counting. No command and no query of the application waits for it.
create or replace function count_licenses(most_customers integer, most_heads integer) returns text
    language plpgsql
    set search_path = tally
as $$
declare
    round   license_counting;
    changed text[];
    last    text;
    one     text;
begin
    -- erase_batch waits for this lock, so that no count of an erased customer appears afterwards.
    if not pg_try_advisory_xact_lock(hashtext('tally.count_licenses')) then
        return 'BUSY';
    end if;
    update license_counting set began_at = coalesce(began_at, clock_timestamp()), done_to = coalesce(done_to, '')
    returning * into round;
    with heads as materialized (
        select c.customer_id, c.revision
        from customer c
        where c.customer_id > round.done_to
        order by c.customer_id
        limit most_heads
    ),
    stale as materialized (
        select h.customer_id
        from heads h
        where not exists (
            select from license_count k where k.customer_id = h.customer_id and k.revision = h.revision)
        order by h.customer_id
        limit most_customers
    )
    select
        coalesce((select array_agg(s.customer_id) from stale s), '{}'),
        case
            when (select count(*) from stale) = most_customers then (select max(s.customer_id) from stale s)
            when (select count(*) from heads) = most_heads then (select max(h.customer_id) from heads h)
        end
    into changed, last;
    delete from license_count k
    where k.customer_id > round.done_to
      and (last is null or k.customer_id <= last)
      and (k.customer_id = any (changed) or not exists (select from customer c where c.customer_id = k.customer_id));
    foreach one in array changed loop
        -- The customer stands alone in the query, so that it reads their rows by the index. Head and events are read in one
        -- statement, so the licenses are those of the revision.
        insert into license_count
        select
            c.customer_id, c.revision, l.license_type, l.plan_id, l.studio_id, l.state,
            case when l.ended_at is null then l.expires_at end, count(l.license_id)
        from customer c
        left join (select * from licenses_at(now()) where customer_id = one) as l on true
        where c.customer_id = one
        group by 1, 2, 3, 4, 5, 6, 7;
    end loop;
    if last is not null then
        update license_counting set done_to = last;
        return 'MORE';
    end if;
    update license_counting set true_until = began_at, began_at = null, done_to = null;
    return 'DONE';
end
$$;

comment on function count_licenses(integer, integer) is 'Looks at the next so many heads and counts the licenses of at most so many customers whose revision has changed. Returns MORE, or DONE at the end of the round, or BUSY if somebody else counts.';

create or replace view license_summary as
select
    k.license_type,
    k.plan_id,
    k.studio_id,
    case when k.expires_at <= c.true_until then 'EXPIRED' else k.state end as state,
    sum(k.licenses)::bigint                                               as licenses,
    c.true_until
from license_count k
cross join license_counting c
where k.licenses > 0
group by 1, 2, 3, 4, 6;

comment on view license_summary is 'All licenses of all customers, counted by type, plan, studio and state, as of the time true_until.';
comment on column license_summary.license_type is 'DOWNLOAD or STREAMING.';
comment on column license_summary.plan_id is 'The customer''s plan when the licenses were issued.';
comment on column license_summary.studio_id is 'The studio that owned the titles when the licenses were issued.';
comment on column license_summary.state is 'ISSUED, CONFIRMED, PLAYING, EXPIRED, RELEASED or REVOKED.';
comment on column license_summary.licenses is 'Number of licenses.';
comment on column license_summary.true_until is 'The counts contain everything that was stored before this time; of customers with later commands they may show the later state. Null until all customers have been counted once.';

grant select on license_summary to tally_app, tally_reader;
