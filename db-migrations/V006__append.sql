-- V006  What an append raises that lost its race: the application stores with one statement, which has to fail as a whole.
--
-- Locks     none on existing tables (a new function only)
-- Duration  milliseconds
-- Undo      drop the function; older applications do not call it
-- Grows     not at all

set search_path = tally;

create function lost_race(customer text) returns boolean
    language plpgsql
as $$
begin
    raise exception 'another append to a stream of customer % came first', customer
        using errcode = 'serialization_failure';
end
$$;

comment on function lost_race(text) is 'Always raises serialization_failure (40001), so that nothing of an append is stored whose head another append has moved.';

grant execute on function lost_race(text) to tally_app;
