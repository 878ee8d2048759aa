package dev.tally.eventstore.partitions;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.StreamType;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.partitions.PartitionTable.Needed;
import dev.tally.runtime.Outage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

import javax.sql.DataSource;

/**
 * Looks after the partitions: makes those of the months to come, and takes aged ones to the archive
 * step by step, as {@link Lifecycle} says. What it has done is in the database after each step.
 */
final class Archiver {

    private static final Logger LOG = Logger.getLogger(Archiver.class.getName());

    /** A lock that somebody else holds too long: the step gave up, and holds nobody up. */
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** The next run makes partitions ahead, and tries again what failed in this one. */
    private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

    private static final int LOCK_TRIES = 20;

    /** For those that only just began. Whoever takes longer is asked for again in the next run. */
    private static final int READER_TRIES = 20;

    private static final Duration READER_PAUSE = Duration.ofMillis(50);
    private static final int ROLL_FORWARD_TRIES = 3;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final DataSource owner;
    private final EventStore store;
    private final List<Fold<?>> folds;
    private final InstantSource clock;
    private final ArchiveSettings settings;

    Archiver(
            DataSource owner,
            EventStore store,
            List<Fold<?>> folds,
            InstantSource clock,
            ArchiveSettings settings) {
        this.owner = owner;
        this.store = store;
        this.folds = folds;
        this.clock = clock;
        this.settings = settings;
    }

    /**
     * Does what there is to do, unless another node is at it. What fails is recorded at its
     * partition, and tried again with the next run.
     *
     * @throws SQLException if the database cannot be reached, or not any more
     */
    void run() throws SQLException, InterruptedException {
        try (var connection = owner.getConnection()) {
            var table = new PartitionTable(connection);
            if (!table.lead()) return;
            try {
                runAsLeader(table);
            } finally {
                resign(connection, table);
            }
        }
    }

    private static void resign(Connection connection, PartitionTable table) throws SQLException {
        // A connection that is lost has resigned.
        if (connection.isValid(1)) table.resign();
    }

    private void runAsLeader(PartitionTable table) throws SQLException, InterruptedException {
        table.began(clock.instant());
        var created = table.createAhead(clock.instant(), settings.monthsAhead());
        if (created > 0) {
            LOG.log(Level.INFO, "Partitions created ahead: {0}", created);
        }
        var failed = new HashSet<String>();
        var ends = clock.instant().plus(LONGEST_RUN);
        while (!table.isPaused() && clock.instant().isBefore(ends)) {
            if (!takesOneStep(table, failed)) {
                checkSnapshots(table);
                if (failed.isEmpty()) table.succeeded(clock.instant());
                return;
            }
            Thread.sleep(settings.batchPause());
        }
    }

    /**
     * Does what comes next.
     *
     * @param failed what to leave alone in this run; what fails is added
     * @return false: there is nothing to do
     */
    boolean takesOneStep(PartitionTable table, Set<String> failed)
            throws SQLException, InterruptedException {
        var partitions = table.all();
        var step =
                nextErasure(table, failed)
                        .or(() -> Lifecycle.next(partitions, clock.instant(), settings, failed));
        if (step.isPresent() && !succeeds(step.get(), table)) {
            failed.add(step.get().subject());
        }
        return step.isPresent();
    }

    /** Who is to be forgotten does not wait for partitions. */
    private static Optional<Step> nextErasure(PartitionTable table, Set<String> failed)
            throws SQLException {
        return table.erasuresUnderWay().stream()
                .filter(erasure -> !failed.contains(erasure))
                .<Step>map(Step.Erase::new)
                .findFirst();
    }

    private boolean succeeds(Step step, PartitionTable table)
            throws SQLException, InterruptedException {
        try {
            return perform(step, table);
        } catch (SQLException | RuntimeException e) {
            LOG.log(Level.WARNING, "Not done, to be tried again: " + step, e);
            table.failed(step, e.getMessage(), clock.instant());
            return false;
        }
    }

    private boolean perform(Step step, PartitionTable table)
            throws SQLException, InterruptedException {
        switch (step) {
            case Step.RollForward s -> rollForward(s.month(), table);
            case Step.BeginCopy s -> table.beginCopy(s.subject(), settings.tablespace());
            case Step.CopyBatch s -> table.copyBatch(s.subject(), settings.batchRows());
            case Step.VerifyBatch s -> {
                return table.verifyBatch(s.subject(), settings.batchRows());
            }
            case Step.Erase s -> table.eraseBatch(s.subject(), settings.batchRows());
            case Step.Swap s -> {
                return swap(s, table, table::swap, "Partition {0} is in the archive");
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
        }
        return true;
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
     * A customer whose history cannot be read stays where they are, and keeps nobody else: what is
     * read of them from then on lies in the archive.
     */
    private void rollForward(String customer, Instant month) {
        try {
            rollForward(customer, month, ROLL_FORWARD_TRIES);
        } catch (RuntimeException e) {
            if (Outage.isBehind(e) && !Outage.isTimeLimit(e)) throw e;
            LOG.log(Level.WARNING, "Customer " + customer + " cannot be rolled forward", e);
        }
    }

    private void rollForward(String customer, Instant month, int tries) {
        try {
            store.rollForward(customer, folds, endOf(month), clock.instant());
        } catch (WrongVersion e) {
            if (tries == 1) throw e;
            rollForward(customer, month, tries - 1);
        }
    }

    /** Some customers with each run, and in the end all, again and again. */
    private void checkSnapshots(PartitionTable table) throws SQLException {
        var sample = table.nextToCheck(settings.checkedCustomers());
        for (var customer : sample.customers()) {
            try {
                checkSnapshots(customer);
            } catch (RuntimeException e) {
                if (Outage.isBehind(e) && !Outage.isTimeLimit(e)) throw e;
                LOG.log(Level.WARNING, "Customer " + customer + " cannot be replayed", e);
            }
        }
        table.checked(sample);
    }

    private void checkSnapshots(String customer) {
        try {
            var differing = store.checkSnapshots(customer, folds, clock.instant());
            if (differing.isEmpty()) return;
            LOG.log(
                    Level.WARNING,
                    "Snapshots of customer {0} were not what the events make, and are made anew:"
                            + " {1}",
                    new Object[] {customer, differing});
        } catch (WrongVersion e) {
            LOG.log(Level.FINE, "Customer {0} was busy", customer);
        }
    }

    private interface Swap {
        void perform(String partition) throws SQLException;
    }

    private boolean swap(Step step, PartitionTable table, Swap swap, String done)
            throws SQLException, InterruptedException {
        var partition = step.subject();
        var readers = table.readersBefore(partition);
        for (int tries = 1; readers > 0 && tries < READER_TRIES; tries++) {
            Thread.sleep(READER_PAUSE);
            readers = table.readersBefore(partition);
        }
        if (readers > 0) {
            table.failed(
                    step,
                    "Waits for %d transactions that began before it was copied.".formatted(readers),
                    clock.instant());
            return false;
        }
        patiently(() -> table.freezeCopy(partition));
        patiently(() -> swap.perform(partition));
        LOG.log(Level.INFO, done, partition);
        return true;
    }

    /** Copies what the states of the next customers still need. */
    private void siftBatch(String partition, PartitionTable table) throws SQLException {
        var batch = table.nextToSift(partition, settings.batchRows());
        var needed = new ArrayList<Needed>();
        var untouched = new ArrayList<String>();
        for (var customer : batch.customers()) {
            try {
                needed.addAll(neededOf(customer));
            } catch (RuntimeException e) {
                if (Outage.isBehind(e) && !Outage.isTimeLimit(e)) throw e;
                LOG.log(Level.WARNING, "Customer " + customer + " cannot be read: all stays", e);
                untouched.add(customer);
            }
        }
        var folded = folds.stream().<StreamType>map(Fold::type).toList();
        table.siftBatch(partition, batch.last(), needed, untouched, folded);
    }

    private List<Needed> neededOf(String customer) {
        return store.aggregates(customer, folds, clock.instant()).entrySet().stream()
                .flatMap(
                        stream ->
                                stream.getValue().stream()
                                        .map(id -> new Needed(customer, stream.getKey(), id)))
                .toList();
    }

    private interface Work {
        void perform() throws SQLException;
    }

    /** Again and again, each time after another wait, while others hold its locks. */
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
