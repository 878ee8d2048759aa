-- Simulations of policies are asked for, counted batch by batch, and forgotten.
--
-- Locks     none for the migration; the locks of each function are stated above it
-- Duration  milliseconds

set search_path = tally;

-- Locks  whoever asks for another simulation waits until the transaction ends, for milliseconds.
create or replace function ask_simulation(
    id              text,
    by              text,
    key             text,
    hash            integer,
    policy_scope    text,
    policy          text,
    proposed        jsonb,
    one_customer_in integer,
    days            integer,
    most_unfinished integer,
    out outcome     text,
    out found_id    text
)
    language plpgsql
    set search_path = tally
as $$
declare
    there simulation;
begin
    -- Two that ask at the same time would count the same ones that wait.
    perform pg_advisory_xact_lock(hashtext('tally.simulation.queue'));
    select * into there from simulation s where s.asked_by = by and s.request_key = key;
    if found then
        outcome := case when there.request_hash = hash then 'AGAIN' else 'KEY_REUSED' end;
        found_id := there.simulation_id;
    elsif (select count(*) from simulation s where s.state in ('WAITING', 'RUNNING')) >= most_unfinished then
        outcome := 'FULL';
    else
        insert into simulation
            (simulation_id, asked_by, request_key, request_hash, scope, policy_id, settings, one_in, begins_at, ends_at)
        values
            (id, by, key, hash, policy_scope, policy, proposed, one_customer_in, now() - make_interval(days => days), now());
        outcome := 'ASKED';
        found_id := id;
    end if;
end
$$;

comment on function ask_simulation is 'Lets a simulation wait for its turn. The outcome is ASKED; AGAIN if the same was asked under this key before; KEY_REUSED if something else was; or FULL if as many simulations are unfinished as may be.';

grant execute on function ask_simulation to tally_app;

-- Locks  the row of the simulation. An erasure waits until the transaction ends, for milliseconds.
create or replace function keep_simulated(
    which      text,
    done_from  text,
    done       text,
    passed     bigint,
    counted    jsonb,
    examples   jsonb,
    read_since timestamptz
) returns boolean
    language plpgsql
    set search_path = tally
as $$
begin
    -- An erasure holds this lock when it deletes examples. So it comes first and is seen below, or finds what is added here.
    perform pg_advisory_xact_lock_shared(hashtext('tally.simulation.examples'));
    -- Only who knows the place counts: of two nodes that worked on the same customers, one does.
    update simulation
    set done_to = coalesce(done, done_to),
        looked_at = looked_at + passed,
        counts = counted,
        state = case when done is null then 'DONE' else state end,
        ended_at = case when done is null then clock_timestamp() end
    where simulation_id = which and state = 'RUNNING' and done_to = done_from;
    if not found then
        return false;
    end if;
    -- An erasure that was not complete when the events were read left something to read. The clocks of a server and of the
    -- one that takes its place differ by less than ten seconds.
    insert into simulation_example (simulation_id, customer_id, place, at, example)
    select which, x."customerId", x.place, x.at, x.example
    from jsonb_to_recordset(examples) as x ("customerId" text, place text, at timestamptz, example jsonb)
    where not exists (
        select
        from erasure e
        where e.customer_digest = sha256(convert_to(x."customerId", 'UTF8'))
          and (e.completed_at is null or e.completed_at >= read_since - interval '10 seconds'))
    on conflict do nothing;
    return true;
end
$$;

comment on function keep_simulated is 'Stores what a simulation has counted on its way from one customer to another (null: the last), all or nothing. Returns false, and does nothing, if it is not running from there any more. Examples of customers whose erasure was not complete when their events began to be read are left out.';

-- Locks  nodes that store what a simulation has counted wait until the transaction ends.
create or replace function forget_simulated(customer text) returns bigint
    language plpgsql
    set search_path = tally
as $$
declare
    gone bigint;
begin
    perform pg_advisory_xact_lock(hashtext('tally.simulation.examples'));
    delete from simulation_example where customer_id = customer;
    get diagnostics gone = row_count;
    -- The simulation of a policy of this one customer names the customer itself.
    delete from simulation where scope = 'customer' and policy_id = customer;
    return gone;
end
$$;

comment on function forget_simulated(text) is 'Deletes a customer''s examples from all simulations, and the simulations of a policy of the customer''s own. Counts stay: they name nobody. Called when an erasure is requested, and again at its end. Returns the number of examples.';
