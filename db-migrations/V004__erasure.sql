-- V004  Who was erased, or is being erased.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the table
-- Grows     by one row for each customer who was erased
--
-- Erasure is the one way in which events go other than by their age, and only the owner of the tables can do it. What stays
-- is a tombstone: when, by whom, how many rows, and a digest by which those who know a customer's id can find it.

set search_path = tally;

create table erasure (
    erasure_id      text        not null,
    customer_digest bytea       not null,
    customer_id     text        collate "C",
    first_seq       integer,
    requested_by    text        not null,
    requested_at    timestamptz not null default now(),
    completed_at    timestamptz,
    rows_erased     bigint      not null default 0,
    last_error      text,
    failed_at       timestamptz,
    constraint erasure_is_known_once primary key (erasure_id),
    constraint erasure_forgets_the_customer check ((completed_at is null) = (customer_id is not null)),
    constraint erasure_begins_before_it_ends check (completed_at is null or first_seq is not null)
);

create unique index erasure_of_a_customer_is_one on erasure (customer_id);
create index erasure_by_digest on erasure (customer_digest);

comment on table erasure is 'Customers who were erased, or are being erased. Once it is done nothing here says who they were.';
comment on column erasure.erasure_id is 'What an operator asks for it by.';
comment on column erasure.customer_digest is 'SHA-256 of the customer''s id: sha256(convert_to(''…'', ''UTF8'')).';
comment on column erasure.customer_id is 'Whose rows are to go. Null as soon as they have gone.';
comment on column erasure.first_seq is 'The first number of the customer''s new life: rows with a smaller one are to go. Written down before the account is emptied, and true as soon as the head begins there. Null: not looked at yet.';
comment on column erasure.requested_by is 'Who asked for it.';
comment on column erasure.requested_at is 'When it was asked for.';
comment on column erasure.completed_at is 'When the last row had gone. Null: it is under way.';
comment on column erasure.rows_erased is 'Events, snapshots and heads so far.';
comment on column erasure.last_error is 'Why the last step failed. Null: it did not.';
comment on column erasure.failed_at is 'When the last step failed.';

grant select on erasure to tally_app, tally_reader;
