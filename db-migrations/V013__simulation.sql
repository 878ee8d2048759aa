-- V013  Simulations: what customers would have been denied or allowed under a policy that nobody has written.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; a simulation can be asked for again
-- Grows     simulation: by a row for each simulation, removed after 30 days, 200 at most; simulation_example: by at most 150
--           rows for each
--
-- A job takes one simulation at a time through the customers in the order of their ids. Counts, examples and the place behind
-- them are stored in one statement, so that each customer is counted once. R__simulation.sql has the functions.

set search_path = tally;

create table simulation (
    simulation_id text        not null collate "C",
    asked_at      timestamptz not null default clock_timestamp(),
    asked_by      text        not null collate "C",
    request_key   text         collate "C",
    request_hash  integer,
    scope         text        not null collate "C",
    policy_id     text        not null collate "C",
    settings      jsonb       not null,
    one_in        integer     not null,
    begins_at     timestamptz not null,
    ends_at       timestamptz not null,
    state         text        not null default 'WAITING' collate "C",
    began_at      timestamptz,
    ended_at      timestamptz,
    customers     bigint,
    looked_at     bigint      not null default 0,
    done_to       text        not null default '' collate "C",
    counts        jsonb       not null default '{}',
    constraint simulation_has_one_id primary key (simulation_id),
    constraint simulation_key_is_used_once unique (asked_by, request_key),
    constraint simulation_is_in_a_known_state check (state in ('WAITING', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
    constraint simulation_has_ended_or_not check ((ended_at is null) = (state in ('WAITING', 'RUNNING'))),
    constraint simulation_samples_a_part check (one_in >= 1),
    constraint simulation_begins_before_it_ends check (begins_at < ends_at)
);

create unique index simulation_runs_alone on simulation ((true)) where state = 'RUNNING';

comment on table simulation is 'Simulations of policies: what was asked, how far each is, and what it has counted. Kept for 30 days.';
comment on column simulation.simulation_id is 'Id of the simulation. Ids of one node sort by time.';
comment on column simulation.asked_at is 'When it was asked for.';
comment on column simulation.asked_by is 'Subject of the operator who asked for it.';
comment on column simulation.request_key is 'The caller''s idempotency key. Null if there was none.';
comment on column simulation.request_hash is 'Hash of what was asked under the key.';
comment on column simulation.scope is 'Scope of the proposed policy: customer, title, studio, plan or global.';
comment on column simulation.policy_id is 'Id of the proposed policy in its scope.';
comment on column simulation.settings is 'All that the proposed policy sets.';
comment on column simulation.one_in is 'One customer in so many is decided again, chosen by the hash of the id: the same ones each time. 1: all are.';
comment on column simulation.begins_at is 'Time from which on commands and denials are decided again.';
comment on column simulation.ends_at is 'Time before which they are.';
comment on column simulation.state is 'WAITING: others are first. RUNNING: it is the one that a node works on. DONE, CANCELLED, or FAILED: a fault ended it, and the node''s log says which.';
comment on column simulation.began_at is 'When a node began to work on it.';
comment on column simulation.ended_at is 'When it was done, cancelled or failed.';
comment on column simulation.customers is 'Number of customers when it began, about; exact up to 100,000.';
comment on column simulation.looked_at is 'Number of customers that it has passed, whether or not they are in the sample and did anything in the time.';
comment on column simulation.done_to is 'It has passed the customers up to this one.';
comment on column simulation.counts is 'What it has counted so far, in the application''s terms.';

create table simulation_example (
    simulation_id text        not null collate "C",
    customer_id   text        not null collate "C",
    place         text        not null collate "C",
    at            timestamptz not null,
    example       jsonb       not null,
    constraint simulation_example_is_told_once primary key (simulation_id, customer_id, place),
    constraint simulation_example_is_of_a_simulation
        foreign key (simulation_id) references simulation on delete cascade
);

create index simulation_example_by_customer on simulation_example (customer_id);

comment on table simulation_example is 'Commands and denials that would have been decided otherwise: a few for each rule. Rows of an erased customer are deleted.';
comment on column simulation_example.simulation_id is 'The simulation: simulation.simulation_id.';
comment on column simulation_example.customer_id is 'The account that limits are counted for.';
comment on column simulation_example.place is 'Number of the command''s first event, or id of the denial.';
comment on column simulation_example.at is 'When the request was decided.';
comment on column simulation_example.example is 'What was asked, which way it would have been decided, and by which rules.';

-- The application asks and cancels. Only the owner counts, and removes what is old.
grant select, insert on simulation to tally_app;
grant update (state, ended_at) on simulation to tally_app;
grant select on simulation_example to tally_app;
grant select on simulation, simulation_example to tally_reader;
