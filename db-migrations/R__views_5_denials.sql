-- Denials in readable form: one by one, and counted by rule, studio and day.
--
-- Locks     none
-- Duration  milliseconds

set search_path = tally;

create or replace view denial_history as
select
    d.first_at,
    d.last_at,
    d.denials,
    d.customer_id,
    d.kind,
    d.device_id,
    d.title_id,
    t.name as title,
    d.studio_id,
    d.plan_id,
    d.policy_version,
    d.rules,
    (
        select case when count(*) = count(f.one ->> 'nextAllowedAt') then max((f.one ->> 'nextAllowedAt')::timestamptz) end
        from jsonb_array_elements(d.findings) as f (one)
    )      as next_allowed_at,
    d.findings,
    d.hour,
    d.denial_id
from denial d
left join title t on t.title_id = d.title_id;

comment on view denial_history is 'Requests that rules forbade: one row for each customer, kind of request, device, title, set of rules and hour. Filter by customer_id, and by hour, which selects the partitions.';
comment on column denial_history.first_at is 'When the first request of the hour was denied.';
comment on column denial_history.last_at is 'When the last request of the hour was denied.';
comment on column denial_history.denials is 'How often the request was denied in this hour.';
comment on column denial_history.customer_id is 'The account that limits are counted for.';
comment on column denial_history.kind is 'What was asked for: ACQUIRE, CONFIRM, RENEW or START of a license, or to DEACTIVATE a device.';
comment on column denial_history.device_id is 'The device that asked, or that was to be deactivated.';
comment on column denial_history.title_id is 'Id of the title. Null for a deactivation.';
comment on column denial_history.title is 'Display name of the title as it is now. Null for a deactivation.';
comment on column denial_history.studio_id is 'The studio that owned the title. Null for a deactivation.';
comment on column denial_history.plan_id is 'The customer''s plan. Null if none is known.';
comment on column denial_history.policy_version is 'Newest policy version that the last request was denied under. Null if no policy has a say in it.';
comment on column denial_history.rules is 'Names of the rules that forbade it, in order of precedence.';
comment on column denial_history.next_allowed_at is 'When all of these rules allow it, if nothing but time passes. Null if time alone does not help.';
comment on column denial_history.findings is 'What each rule found when the last request was denied: limit, current (how much was counted), nextAllowedAt, and what the member can do (remedies).';
comment on column denial_history.hour is 'The hour, in UTC. Partition key.';
comment on column denial_history.denial_id is 'Id of the row, as the API shows it.';

create or replace view denial_by_rule as
select
    (d.hour at time zone 'UTC')::date   as day,
    r.rule,
    d.studio_id,
    sum(d.denials)::bigint              as denials,
    count(distinct d.customer_id)       as customers
from denial d
cross join lateral unnest(d.rules) as r (rule)
group by 1, 2, 3;

comment on view denial_by_rule is 'Denials of all customers, counted by day, rule and studio. A denial that several rules caused counts once for each.';
comment on column denial_by_rule.day is 'The day, in UTC.';
comment on column denial_by_rule.rule is 'Name of the rule.';
comment on column denial_by_rule.studio_id is 'The studio that owned the title. Null for a deactivation.';
comment on column denial_by_rule.denials is 'Number of denied requests.';
comment on column denial_by_rule.customers is 'Number of customers who were denied.';

grant select on denial_history, denial_by_rule to tally_app, tally_reader;
