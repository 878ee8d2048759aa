package dev.tally.timeline.simulation;

import dev.tally.availability.Guarded;
import dev.tally.licensing.write.CommandHash;
import dev.tally.runtime.Ids;
import dev.tally.timeline.simulation.Simulation.State;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

/** The simulations that callers ask for, follow and cancel. */
@Guarded
@ApplicationScoped
public class Simulations {

    /** Most simulations that wait, beside the one that runs. */
    public static final int MOST_WAITING = 10;

    /** Most simulations that are kept once they have ended. */
    static final int MOST_ENDED = 200;

    private static final int MOST_EXAMPLES = 1_000;

    private static final String ONE =
            "select " + Rows.COLUMNS + " from tally.simulation where simulation_id = ?";

    @Resource(lookup = "jdbc/tally")
    DataSource database;

    /**
     * A request for a simulation.
     *
     * @param days length of the time up to now whose requests are decided again
     * @param oneIn one customer in so many is looked at; 1: all are
     * @param by subject of the caller
     * @param key the caller's idempotency key; null: none
     */
    public record Question(Proposal proposal, int days, int oneIn, String by, String key) {

        /** Hash that tells a retry from another question under the same key. */
        int hash() {
            return CommandHash.of("simulatePolicy")
                    .with("scope", proposal.scope().label())
                    .with("id", proposal.id())
                    .with("settings", proposal.settings().text())
                    .with("days", Integer.toString(days))
                    .with("oneIn", Integer.toString(oneIn))
                    .value();
        }
    }

    /** What became of a question. */
    public enum Outcome {
        ASKED,
        /** The same was asked under this key before. */
        AGAIN,
        /** Something else was asked under this key before. */
        KEY_REUSED,
        /** As many simulations wait as may. */
        FULL
    }

    /**
     * Answer to a question.
     *
     * @param simulation the simulation that answers it; null: there is none
     */
    public record Answer(Outcome outcome, Simulation simulation) {}

    private record Found(String outcome, String id) {}

    /** Lets a simulation wait for its turn, unless one does under the same key, or too many do. */
    public Answer ask(Question question) {
        var proposal = question.proposal();
        return with(
                connection -> {
                    var found =
                            Rows.query(
                                            connection,
                                            row -> new Found(row.getString(1), row.getString(2)),
                                            """
                                            select outcome, found_id
                                            from tally.ask_simulation(?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?)
                                            """,
                                            Ids.next(),
                                            question.by(),
                                            question.key(),
                                            question.key() == null ? null : question.hash(),
                                            proposal.scope().label(),
                                            proposal.id(),
                                            proposal.settings().text(),
                                            question.oneIn(),
                                            question.days(),
                                            MOST_WAITING + 1)
                                    .getFirst();
                    var outcome = Outcome.valueOf(found.outcome);
                    return new Answer(
                            outcome,
                            outcome == Outcome.ASKED || outcome == Outcome.AGAIN
                                    ? find(connection, found.id).orElse(null)
                                    : null);
                });
    }

    /** A simulation with its examples, in the order of their times. */
    public Optional<Simulation> find(String id) {
        return with(connection -> find(connection, id));
    }

    private static Optional<Simulation> find(Connection connection, String id) throws SQLException {
        var found = Rows.query(connection, Rows::simulation, ONE, id).stream().findFirst();
        if (found.isEmpty()) return found;
        var examples =
                Rows.query(
                        connection,
                        Rows::example,
                        """
                        select customer_id, place, at, example::text from tally.simulation_example
                        where simulation_id = ?
                        order by at, customer_id, place limit ?
                        """,
                        id,
                        MOST_EXAMPLES);
        var simulation = found.get();
        return Optional.of(
                new Simulation(
                        id,
                        simulation.asked(),
                        simulation.progress(),
                        simulation.counts(),
                        examples));
    }

    /** All simulations without their examples, the newest first. */
    public List<Simulation> all() {
        return with(
                connection ->
                        Rows.query(
                                connection,
                                Rows::simulation,
                                "select "
                                        + Rows.COLUMNS
                                        + " from tally.simulation order by asked_at desc,"
                                        + " simulation_id desc limit ?",
                                MOST_ENDED + MOST_WAITING + 1));
    }

    /**
     * Cancels a simulation; one that has ended stays as it is.
     *
     * @return the simulation as it is then; empty if there is none
     */
    public Optional<Simulation> cancel(String id) {
        return with(
                connection -> {
                    Rows.update(
                            connection,
                            """
                            update tally.simulation set state = ?, ended_at = clock_timestamp()
                            where simulation_id = ? and ended_at is null
                            """,
                            State.CANCELLED.name(),
                            id);
                    return find(connection, id);
                });
    }

    private interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    private <T> T with(Work<T> work) {
        try (var connection = database.getConnection()) {
            return work.in(connection);
        } catch (SQLException e) {
            throw new IllegalStateException("Simulations could not be read or written", e);
        }
    }
}
