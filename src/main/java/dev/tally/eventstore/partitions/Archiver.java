package dev.tally.eventstore.partitions;

import dev.tally.availability.Outage;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.partitions.PartitionTable.Needed;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

import javax.sql.DataSource;

/**
 * Looks after the partitions: makes those of the months to come, and takes aged ones to the archive
 * step by step, in the order of {@link Lifecycle}. After each step the database has its result.
 */
final class Archiver {

    private static final Logger LOG = Logger.getLogger(Archiver.class.getName());

    /** SQL state of a step that gave up, since somebody else held a lock for too long. */
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Longest run. The next run makes partitions ahead, and retries what failed in this one. */
    private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

    private static final int LOCK_TRIES = 20;

    /**
     * Most looks at the readers that a swap waits for; a slower reader is waited for in the next
     * run.
     */
    private static final int READER_TRIES = 20;

    private static final Duration READER_PAUSE = Duration.ofMillis(50);
    private static final int ROLL_FORWARD_TRIES = 3;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    /** Most connections of a run: it goes on after a lost connection, but not for ever. */
    private static final int CONNECTIONS_OF_A_RUN = 5;

    /** Most subjects whose last reason is remembered. */
    private static final int MOST_LOGGED = 1_000;

    private final DataSource owner;
    private final EventStore store;
    private final InstantSource clock;
    private final ArchiveSettings settings;
    private List<String> differences = List.of();

    /** The reason that was last logged of each subject. */
    private final Map<String, String> logged = new HashMap<>();

    Archiver(DataSource owner, EventStore store, InstantSource clock, ArchiveSettings settings) {
        this.owner = owner;
        this.store = store;
        this.clock = clock;
        this.settings = settings;
    }

    /**
     * Does every step that is due, unless another node runs the job. A step that fails is recorded
     * at its partition, holds up nothing else, and is retried in the next run.
     *
     * @throws SQLException if the database cannot be reached, or the connection is lost too often
     */
    void run() throws SQLException, InterruptedException {
        var failures = new Failures();
        var ends = clock.instant().plus(LONGEST_RUN);
        for (int tries = 1; !isThrough(failures, ends); tries++) {
            if (tries == CONNECTIONS_OF_A_RUN) {
                throw new SQLException("The connection was lost %d times".formatted(tries));
            }
        }
    }

    /** Does steps until none is due; false if the connection was lost before. */
    private boolean isThrough(Failures failures, Instant ends)
            throws SQLException, InterruptedException {
        try (var connection = owner.getConnection()) {
            var table = new PartitionTable(connection);
            if (!table.lead()) return true;
            try {
                failures.record(table, clock.instant());
                runAsLeader(table, failures, ends);
                return true;
            } catch (SQLException e) {
                if (connection.isValid(1)) throw e;
                LOG.log(Level.WARNING, "The connection was lost: {0}", e.getMessage());
                return false;
            } finally {
                resign(connection, table);
            }
        }
    }

    private static void resign(Connection connection, PartitionTable table) throws SQLException {
        // A lost connection has given up the lock of the job.
        if (connection.isValid(1)) table.resign();
    }

    private void runAsLeader(PartitionTable table, Failures failures, Instant ends)
            throws SQLException, InterruptedException {
        note(table, () -> table.began(clock.instant()));
        lookAhead(table, failures);
        attempt(new Step.CreateDenialMonths(), table, failures);
        attempt(new Step.CompareWithCatalogue(), table, failures);
        if (!table.isPaused()) attempt(new Step.DropDenialMonths(), table, failures);
        while (!table.isPaused() && clock.instant().isBefore(ends)) {
            if (!takesOneStep(table, failures)) {
                attempt(new Step.CheckSnapshots(), table, failures);
                failures.recordAgain(table, clock.instant());
                note(table, () -> table.ended(failures, clock.instant()));
                return;
            }
            Thread.sleep(settings.batchPause());
        }
    }

    /**
     * Notes how the run goes on. A database that cannot store the note, as on a full disk, may yet
     * do the steps that free space.
     */
    private static void note(PartitionTable table, Work note) throws SQLException {
        try {
            note.perform();
        } catch (SQLException e) {
            if (!table.isConnected()) throw e;
            LOG.log(Level.WARNING, "The run cannot be noted: {0}", e.getMessage());
        }
    }

    /** Logs changes made by hand once. View and metrics go on showing them. */
    private void compareWithCatalogue(PartitionTable table) throws SQLException {
        var found = table.differences();
        if (found.equals(differences)) return;
        differences = found;
        if (found.isEmpty()) {
            LOG.info("Partitions are what table partition says of them again");
        } else {
            LOG.log(Level.WARNING, "Partitions are not what table partition says: {0}", found);
        }
    }

    /** Repairs and makes what is needed to store events. This comes first: it protects appends. */
    private void lookAhead(PartitionTable table, Failures failures)
            throws SQLException, InterruptedException {
        for (var step : Lifecycle.ahead(partitions(table), clock.instant(), settings)) {
            if (!failures.subjects().contains(step.subject())) attempt(step, table, failures);
        }
    }

    private List<Partition> partitions(PartitionTable table) throws SQLException {
        return table.all(settings.rewriteErasedBefore(clock.instant()));
    }

    /**
     * Does the next step.
     *
     * @param failures failed subjects, left alone in this run; a new failure is added
     * @return false if no step is due
     */
    boolean takesOneStep(PartitionTable table, Failures failures)
            throws SQLException, InterruptedException {
        var step = next(table, failures.subjects());
        if (step.isPresent()) attempt(step.get(), table, failures);
        return step.isPresent();
    }

    /**
     * The next step. Erasures come right after what frees space: a customer who is to be forgotten
     * does not wait for partitions that move. Their files are written anew last.
     */
    private Optional<Step> next(PartitionTable table, Set<String> failed) throws SQLException {
        var partitions = partitions(table);
        var now = clock.instant();
        var erasures = table.erasuresUnderWay();
        var tables = table.tablesToRewrite(settings.rewriteErasedBefore(now));
        return Lifecycle.nextToFree(partitions, now, settings, failed)
                .or(() -> firstOf(erasures, failed, Step.Erase::new))
                .or(() -> Lifecycle.next(partitions, now, settings, failed))
                .or(() -> firstOf(tables, failed, Step.RewriteTable::new));
    }

    private static Optional<Step> firstOf(
            List<String> subjects, Set<String> failed, Function<String, Step> step) {
        return subjects.stream().filter(subject -> !failed.contains(subject)).findFirst().map(step);
    }

    /**
     * Does a step, and records it if it fails.
     *
     * @throws SQLException if the failure cannot be recorded, since the connection is lost
     */
    private void attempt(Step step, PartitionTable table, Failures failures)
            throws SQLException, InterruptedException {
        try {
            var wait = perform(step, table);
            if (wait.isPresent()) {
                failures.add(step, wait.get());
            } else {
                table.succeeded(step);
            }
        } catch (SQLException | RuntimeException e) {
            var reason = Failures.reason(e);
            log(step, reason, e);
            failures.add(step, reason);
        }
        failures.record(table, clock.instant());
    }

    /**
     * Logs a failure, with its stack trace only if the step did not fail for that reason before.
     */
    private void log(Step step, String reason, Exception e) {
        if (logged.size() == MOST_LOGGED) logged.clear();
        var isKnown = reason.equals(logged.put(step.subject(), reason));
        var message = "Not done, to be tried again: " + step;
        if (isKnown) {
            LOG.log(Level.WARNING, "{0}: {1}", new Object[] {message, reason});
        } else {
            LOG.log(Level.WARNING, message, e);
        }
    }

    /** Performs a step; empty if it is done, else what it waits for. */
    private Optional<String> perform(Step step, PartitionTable table)
            throws SQLException, InterruptedException {
        switch (step) {
            case Step.Create s -> create(s, table);
            case Step.Repair s -> repair(s.subject(), table);
            case Step.CompareWithCatalogue s -> compareWithCatalogue(table);
            case Step.RollForward s -> rollForward(s.month(), table);
            case Step.BeginRewrite s -> patiently(() -> table.beginRewrite(s.subject()));
            case Step.RewriteTable s -> {
                return table.rewriteTable(s.subject());
            }
            case Step.BeginCopy s -> table.beginCopy(s.subject(), settings.tablespace());
            case Step.CopyBatch s -> table.copyBatch(s.subject(), settings.batchRows());
            case Step.VerifyBatch s -> {
                return table.verifyBatch(s.subject(), settings.batchRows());
            }
            case Step.Erase s -> {
                return erase(s.subject(), table);
            }
            case Step.Swap s -> {
                return swap(s, table, table::swap, "Partition {0} has been moved, or written anew");
            }
            case Step.BeginSift s -> table.beginSift(s.subject(), settings.tablespace());
            case Step.SiftBatch s -> siftBatch(s.subject(), table);
            case Step.Retire s -> {
                return swap(s, table, table::retire, "Partition {0} is retired");
            }
            case Step.DropRetired s -> {
                patiently(() -> table.dropRetired(s.subject()));
                LOG.log(Level.INFO, "What {0} was before it was retired is dropped", s.subject());
            }
            case Step.CreateDenialMonths s -> createDenialMonths(table);
            case Step.DropDenialMonths s -> dropDenialMonths(table);
            case Step.CheckSnapshots s -> checkSnapshots(table);
        }
        return Optional.empty();
    }

    private static void create(Step.Create step, PartitionTable table)
            throws SQLException, InterruptedException {
        patiently(() -> table.create(step.table(), step.month()));
        LOG.log(Level.INFO, "Partition {0} is created", step.subject());
    }

    private void createDenialMonths(PartitionTable table)
            throws SQLException, InterruptedException {
        patiently(() -> table.createDenialMonths(clock.instant(), settings.monthsAhead()));
    }

    private void dropDenialMonths(PartitionTable table) throws SQLException, InterruptedException {
        patiently(
                () -> {
                    var ended = settings.denialsEndedBefore(clock.instant());
                    var dropped = table.dropDenialMonths(ended);
                    if (dropped.isEmpty()) return;
                    LOG.log(Level.INFO, "Old denials are dropped: {0}", dropped);
                });
    }

    private static void repair(String partition, PartitionTable table)
            throws SQLException, InterruptedException {
        patiently(
                () ->
                        table.repair(partition)
                                .ifPresent(done -> LOG.log(Level.SEVERE, "Repaired: {0}", done)));
    }

    /** A customer whose commands come first again and again is emptied in another run. */
    private Optional<String> erase(String erasure, PartitionTable table) throws SQLException {
        var customer = table.customerToEmpty(erasure);
        try {
            if (customer.isPresent()) {
                Emptying.perform(
                        store,
                        customer.get(),
                        clock.instant(),
                        firstSeq -> table.announce(erasure, firstSeq));
            }
        } catch (WrongVersion e) {
            return Optional.of("commands of the customer came first");
        }
        table.eraseBatch(erasure, settings.batchRows());
        return Optional.empty();
    }

    private void rollForward(Instant month, PartitionTable table)
            throws SQLException, InterruptedException {
        var batch = table.nextToRollForward(month, settings.batchRows());
        if (batch.last() == null) {
            patiently(() -> table.mark(month));
            LOG.log(Level.INFO, "The month from {0} is not hot any more", month);
            return;
        }
        for (var customer : batch.customers()) {
            rollForward(customer, month);
        }
        table.rolledForward(month, batch);
    }

    /**
     * Rolls one customer forward. A customer whose history cannot be read is left behind and holds
     * up nobody else: that customer's state is then read from the archive.
     */
    private void rollForward(String customer, Instant month) {
        try {
            rollForward(customer, month, ROLL_FORWARD_TRIES);
        } catch (RuntimeException e) {
            if (Outage.behind(e).filter(Outage::isOfTheWholeStore).isPresent()) throw e;
            LOG.log(Level.WARNING, "Customer " + customer + " cannot be rolled forward", e);
        }
    }

    private void rollForward(String customer, Instant month, int tries) {
        try {
            store.rollForward(customer, endOf(month), clock.instant());
        } catch (WrongVersion e) {
            if (tries == 1) throw e;
            rollForward(customer, month, tries - 1);
        }
    }

    /**
     * Compares snapshots with events, of some customers in each run and so of all over many runs.
     */
    private void checkSnapshots(PartitionTable table) throws SQLException {
        var sample = table.nextToCheck(settings.checkedCustomers());
        for (var customer : sample.customers()) {
            try {
                checkSnapshots(customer);
            } catch (UnreadableHistory e) {
                LOG.log(Level.WARNING, "Not replayed: {0}", e.getMessage());
            } catch (RuntimeException e) {
                if (Outage.behind(e).filter(Outage::isOfTheWholeStore).isPresent()) throw e;
                LOG.log(Level.WARNING, "Customer " + customer + " cannot be replayed", e);
            }
        }
        table.checked(sample);
    }

    private void checkSnapshots(String customer) {
        try {
            if (store.checkSnapshot(customer, clock.instant())) {
                LOG.log(
                        Level.WARNING,
                        "The snapshot of customer {0} was not what the events make: it is made"
                                + " anew",
                        customer);
            }
        } catch (WrongVersion e) {
            LOG.log(Level.FINE, "Customer {0} was busy", customer);
        }
    }

    private interface Swap {
        void perform(String partition) throws SQLException;
    }

    private static Optional<String> swap(Step step, PartitionTable table, Swap swap, String done)
            throws SQLException, InterruptedException {
        var partition = step.subject();
        var readers = table.readersBefore(partition);
        for (int tries = 1; readers > 0 && tries < READER_TRIES; tries++) {
            Thread.sleep(READER_PAUSE);
            readers = table.readersBefore(partition);
        }
        if (readers > 0) {
            return Optional.of(
                    "Waits for %d transactions that began before it was copied."
                            .formatted(readers));
        }
        patiently(() -> table.freezeCopy(partition));
        patiently(() -> swap.perform(partition));
        LOG.log(Level.INFO, done, partition);
        return Optional.empty();
    }

    /** Copies the rows that the states of the next customers still need. */
    private void siftBatch(String partition, PartitionTable table) throws SQLException {
        var batch = table.nextToSift(partition, settings.batchRows());
        var needed = new ArrayList<Needed>();
        var untouched = new ArrayList<String>();
        for (var customer : batch.customers()) {
            try {
                for (var aggregate : store.aggregates(customer, clock.instant())) {
                    needed.add(new Needed(customer, aggregate));
                }
            } catch (RuntimeException e) {
                if (Outage.behind(e).filter(Outage::isOfTheWholeStore).isPresent()) throw e;
                LOG.log(Level.WARNING, "Customer " + customer + " cannot be read: all stays", e);
                untouched.add(customer);
            }
        }
        table.siftBatch(partition, batch.last(), needed, untouched);
    }

    private interface Work {
        void perform() throws SQLException;
    }

    /** Retries work after a random wait, as long as others hold the locks that it needs. */
    private static void patiently(Work work) throws SQLException, InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                work.perform();
                return;
            } catch (SQLException e) {
                if (tries == LOCK_TRIES || !LOCK_NOT_AVAILABLE.equals(e.getSQLState())) throw e;
                Thread.sleep(RandomGenerator.getDefault().nextLong(LONGEST_WAIT.toMillis()));
            }
        }
    }

    private static Instant endOf(Instant month) {
        return month.atOffset(ZoneOffset.UTC).plusMonths(1).toInstant();
    }
}
