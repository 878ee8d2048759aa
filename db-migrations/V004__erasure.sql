-- V004  The list of erasures of customers, and of the tables that rows were erased from.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables
-- Grows     erasure: by one row for each customer who was erased. erased_from: up to one row for each table of events or
--           snapshots
--
-- Apart from retirement by age, erasure is the only way to remove events, and only the owner of the tables can do it. A row
-- of this table is kept afterwards. It says when the customer was erased, who asked for it and how many rows there were. A
-- digest lets somebody who knows the customer's id find the row.

set search_path = tally;

create table erasure (
    erasure_id      text        not null collate "C",
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

comment on table erasure is 'Customers who were erased or are being erased. A completed erasure no longer contains the customer''s id.';
comment on column erasure.erasure_id is 'Id of the erasure, by which an operator can ask for its progress.';
comment on column erasure.customer_digest is 'SHA-256 of the customer''s id: sha256(convert_to(''…'', ''UTF8'')).';
comment on column erasure.customer_id is 'The customer whose rows are being removed. Null once the erasure is complete.';
comment on column erasure.first_seq is 'Rows of the customer with a smaller number are removed; events stored after the account was emptied begin here. It is written before the account is emptied and takes effect when customer.first_seq has the same value. Null if the erasure has not begun.';
comment on column erasure.requested_by is 'Who requested the erasure.';
comment on column erasure.requested_at is 'When the erasure was requested.';
comment on column erasure.completed_at is 'When the last row was removed. Null while the erasure is under way.';
comment on column erasure.rows_erased is 'Number of events, snapshots and heads removed so far.';
comment on column erasure.last_error is 'Why the last step failed. Null if it succeeded.';
comment on column erasure.failed_at is 'When the last step failed.';

-- A deleted row's bytes stay in the table's file until the file is written anew, even after a vacuum.
create table erased_from (
    table_name   text        not null collate "C",
    erased_since timestamptz not null default clock_timestamp(),
    last_error   text,
    failed_at    timestamptz,
    constraint erased_from_a_table_is_listed_once primary key (table_name)
);

comment on table erased_from is 'Tables that rows were erased from since they were last written. Their files may still contain the bytes of these rows. The job writes each such table anew and then removes it from this list.';
comment on column erased_from.table_name is 'Name of the table: a partition, an unfinished copy, a detached original, or a table attached by hand. With the schema if that is not tally.';
comment on column erased_from.erased_since is 'When the first of these rows was erased.';
comment on column erased_from.last_error is 'Why the table could not be written anew. Null for a listed partition, whose errors are in partition.last_error, and if nothing failed.';
comment on column erased_from.failed_at is 'When writing the table anew failed.';

grant select on erasure, erased_from to tally_app, tally_reader;
