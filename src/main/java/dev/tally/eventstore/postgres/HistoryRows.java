package dev.tally.eventstore.postgres;

import dev.tally.eventstore.Head;
import dev.tally.eventstore.WrongVersion;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.Transactional;

import java.util.List;

/** Stores appends: the head first, then the rows. */
@ApplicationScoped
public class HistoryRows {

    /**
     * The compare-and-set of a head. It names every column that an append moves, and takes effect
     * only if nobody moved the head since it was read.
     *
     * <p>The text is SQL: Hibernate keeps no plan of an update in JPQL, and would translate it
     * again for each command, which was half of an append's samples.
     */
    private static final String MOVE_HEAD =
            """
            update tally.customer
            set revision = :next, generation = :generation, first_seq = :firstSeq,
                last_seq = :lastSeq, last_time = :lastTime, snapshot_seq = :snapshotSeq,
                snapshot_time = :snapshotTime, generation_bytes = :generationBytes
            where customer_id = :customer and revision = :revision
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Resource TransactionSynchronizationRegistry transaction;

    /**
     * Stores appends of one customer, each decided from the one before: all of them or nothing. The
     * loser of a race finds out before inserting anything.
     *
     * @throws WrongVersion if the head moved since it was read
     */
    @Transactional
    public void store(List<Append<?>> appends) {
        var last = appends.getLast();
        moveHead(last.customerId(), appends.getFirst().before(), last.after().head());
        for (var append : appends) append.rows().forEach(entityManager::persist);
        // A row that cannot be stored fails here: at the commit, the container would log the stack
        // trace of each such failure.
        entityManager.flush();
    }

    /** Stores an append, and takes it back. */
    @Transactional
    public void rehearse(Append<?> append) {
        store(List.of(append));
        // A transaction that is to be rolled back takes no rows.
        transaction.setRollbackOnly();
    }

    private void moveHead(String customerId, Head before, Head after) {
        if (before.isNew()) {
            entityManager.persist(CustomerRow.of(customerId, after));
            // The flush makes the head's unique key decide now which append was first.
            entityManager.flush();
            return;
        }
        var moved =
                entityManager
                        .createNativeQuery(MOVE_HEAD)
                        .setParameter("next", after.revision())
                        .setParameter("generation", after.generation())
                        .setParameter("firstSeq", after.firstSeq())
                        .setParameter("lastSeq", after.lastSeq())
                        .setParameter("lastTime", after.lastAt())
                        .setParameter("snapshotSeq", after.snapshotSeq())
                        .setParameter("snapshotTime", after.snapshotAt())
                        .setParameter("generationBytes", after.generationBytes())
                        .setParameter("customer", customerId)
                        .setParameter("revision", before.revision())
                        .executeUpdate();
        if (moved == 0) throw new WrongVersion(customerId, null);
    }
}
