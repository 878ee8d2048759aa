-- V009  Denials: requests that a rule forbade. They are no part of the history, and no command reads them.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the table; denials cannot be made again
-- Grows     by a row for each customer, kind of request, device, title, set of rules and hour with a denial; see Sizing in
--           README.md. A month is dropped 90 days after its end
--
-- A node collects its denials in memory and adds them to this table every second, many in one statement, so that a denied
-- command waits for nothing. R__partitions_5_denials.sql creates the months and drops them.

set search_path = tally;

create table denial (
    hour           timestamptz not null,
    first_at       timestamptz not null,
    last_at        timestamptz not null,
    denials        integer     not null,
    policy_version integer,
    customer_id    text        not null collate "C",
    kind           text        not null collate "C",
    device_id      text        not null collate "C",
    title_id       text        collate "C",
    rules          text[]      not null collate "C",
    studio_id      text        collate "C",
    plan_id        text        collate "C",
    denial_id      text        not null collate "C",
    findings       jsonb       not null,
    constraint denial_of_an_hour_is_one unique nulls not distinct (customer_id, hour, kind, device_id, title_id, rules),
    constraint denial_is_counted check (denials >= 1),
    constraint denial_begins_before_it_ends check (first_at <= last_at),
    constraint denial_has_a_rule check (cardinality(rules) >= 1),
    constraint denial_findings_are_a_list check (jsonb_typeof(findings) = 'array')
) partition by range (hour);

comment on table denial is 'Requests of customers that rules forbade, counted by hour. Read them through views denial_history and denial_by_rule.';
comment on column denial.hour is 'The hour, in UTC, in which the requests were denied. Partition key.';
comment on column denial.first_at is 'When the first of them was denied.';
comment on column denial.last_at is 'When the last of them was denied.';
comment on column denial.denials is 'How often the request was denied in this hour.';
comment on column denial.policy_version is 'Newest policy version that the last of them was denied under. Null if no policy has a say in it.';
comment on column denial.customer_id is 'The account that limits are counted for.';
comment on column denial.kind is 'What was asked for: ACQUIRE, CONFIRM, RENEW or START of a license, or to DEACTIVATE a device. A newer release may add kinds.';
comment on column denial.device_id is 'The device that asked, or that was to be deactivated.';
comment on column denial.title_id is 'The title. Null for a deactivation.';
comment on column denial.rules is 'Names of the rules that forbade it, in order of precedence.';
comment on column denial.studio_id is 'The studio that owned the title. Null for a deactivation.';
comment on column denial.plan_id is 'The plan that the last of them was denied under. Null if none is known.';
comment on column denial.denial_id is 'Id of the row, by which callers page through denials. Ids of one node sort by time.';
comment on column denial.findings is 'What each rule found when the last of them was denied: rule, scope of the policy that set the limit, limit, current (how much was counted), nextAllowedAt, remedies, and ending of the license where that forbade it.';

-- No privilege to delete: only the owner erases a customer and drops a month.
grant select, insert on denial to tally_app;
grant update (first_at, last_at, denials, policy_version, plan_id, studio_id, findings) on denial to tally_app;
