-- The indexes by which the feed of all customers finds a range of positions.
--
-- Locks     none for the migration, unless a partition was made by an earlier version: SHARE on that partition while its
--           index is built (about a second for a million rows; appends to the month wait), and ACCESS EXCLUSIVE for
--           milliseconds
-- Duration  milliseconds, or as above
--
-- Rows of a month are stored in the order of their positions, nearly, so the coarse index <table>_by_time has the positions
-- too, and appends cost nothing more. In a copy, which the archive consists of, rows lie in the order of customers, so no
-- coarse index can find positions there. Copies take no appends: they have an ordinary index, <table>_by_position.

set search_path = tally;

create or replace function lacks_positions(p partition) returns boolean
    language sql
    stable
    set search_path = tally
as $$
    select p.parent_table = 'event' and to_regclass(format('tally.%I', p.name)) is not null
        and not exists (
            select from pg_index i
            join pg_attribute a on a.attrelid = i.indexrelid and a.attname = 'position'
            where i.indrelid = to_regclass(format('tally.%I', p.name)))
$$;

comment on function lacks_positions(partition) is 'Whether a partition of events has no index that knows positions. Reading the feed then costs a look at all its rows.';

-- Locks  SHARE on each such partition while its index is built, and ACCESS EXCLUSIVE for milliseconds.
create or replace function index_positions() returns integer
    language plpgsql
    set search_path = tally
as $$
declare
    p    partition;
    made integer := 0;
begin
    for p in select * from partition order by starts_at loop
        continue when not lacks_positions(p);
        if to_regclass(format('tally.%I', p.name || '_by_time')) is not null then
            execute format('drop index %I', p.name || '_by_time');
            perform add_time_index(p.name);
        else
            perform add_position_index(p.name);
        end if;
        made := made + 1;
    end loop;
    return made;
end
$$;

comment on function index_positions() is 'Gives each partition of events an index that knows positions, if it has none. Returns how many got one.';

select index_positions();
