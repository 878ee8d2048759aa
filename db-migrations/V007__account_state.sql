-- V007  Row types of the functions sessions_at() and licenses_at(). A type keeps the collation of its columns, which a list
--       of result columns does not. Without the collation a filter on customer_id could not use the index.
--
-- Locks     none (new objects only)
-- Duration  milliseconds
-- Undo      drop the types, after the functions
-- Grows     not at all

set search_path = tally;

create type session_state as (
    customer_id  text collate "C",
    session_id   text collate "C",
    license_id   text,
    title_id     text,
    device_id    text,
    license_type text,
    started_at   timestamptz,
    recorded_at  timestamptz,
    broke        text,
    last_sign_at timestamptz,
    alive_until  timestamptz,
    stopped_at   timestamptz,
    stop_cause   text,
    state        text
);

comment on type session_state is 'A playback session as of a time. The comments on view session_current explain the columns.';

create type license_state as (
    customer_id     text collate "C",
    license_id      text collate "C",
    title_id        text,
    studio_id       text,
    device_id       text,
    plan_id         text,
    license_type    text,
    state           text,
    issued_at       timestamptz,
    expires_at      timestamptz,
    first_played_at timestamptz,
    ended_at        timestamptz,
    renewals        bigint,
    policy_version  integer
);

comment on type license_state is 'A license as of a time. The comments on view license_current explain the columns.';
