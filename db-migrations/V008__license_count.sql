-- V008  Licenses counted by customer, kept for questions about all customers.
--
-- Locks     none on existing tables (new objects only)
-- Duration  milliseconds
-- Undo      drop the tables; the counts can be made again from the events
-- Grows     license_count: by a row for each customer, license type, plan, studio and state, and for each license that has
--           not ended; measured: a twentieth of what the events take
--
-- A question about all licenses would have to decode the events of all customers. So a job counts the licenses of customers
-- who have had a command since they were last counted: see R__views_4_license_count.sql.

set search_path = tally;

create table license_count (
    customer_id  text        not null collate "C",
    revision     bigint      not null,
    license_type text,
    plan_id      text,
    studio_id    text,
    state        text,
    expires_at   timestamptz,
    licenses     integer     not null,
    constraint license_count_is_not_negative check (licenses >= 0)
);

create index license_count_by_customer on license_count (customer_id, revision);

comment on table license_count is 'Licenses of each customer, counted. Read them through view license_summary.';
comment on column license_count.customer_id is 'The account that limits are counted for.';
comment on column license_count.revision is 'customer.revision when the licenses were counted. If the customer has another one now, they are counted again.';
comment on column license_count.license_type is 'DOWNLOAD or STREAMING. Null in the only row of a customer without licenses.';
comment on column license_count.plan_id is 'The customer''s plan when the licenses were issued.';
comment on column license_count.studio_id is 'The studio that owned the titles when the licenses were issued.';
comment on column license_count.state is 'State of the licenses when they were counted.';
comment on column license_count.expires_at is 'When the licenses expire, if they had not ended. Null if they had ended, or never expire.';
comment on column license_count.licenses is 'Number of licenses. 0 in the only row of a customer without licenses.';

create table license_counting (
    only_row   boolean     not null default true,
    began_at   timestamptz,
    done_to    text        collate "C",
    true_until timestamptz,
    constraint license_counting_is_one primary key (only_row),
    constraint license_counting_is_that_row check (only_row)
);

insert into license_counting default values;

comment on table license_counting is 'How far the count of licenses is. One row.';
comment on column license_counting.only_row is 'Always true, so that there is only one row.';
comment on column license_counting.began_at is 'When the round under way began. Null if none is under way.';
comment on column license_counting.done_to is 'The round under way has looked at customers up to this one.';
comment on column license_counting.true_until is 'When the last complete round began: license_count contains everything that was stored before. Null until the first is complete.';

grant select on license_counting to tally_app, tally_reader;
