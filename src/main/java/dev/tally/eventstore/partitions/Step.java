package dev.tally.eventstore.partitions;

import java.time.Instant;

/** One step of the job. Each step is one transaction, and can be done again after a crash. */
sealed interface Step {

    /**
     * Name of the partition, erasure or task that the step is about. A failure is recorded there,
     * and keeps only that subject from going on.
     */
    String subject();

    /** Makes a table's partition for the month that starts at a time. */
    record Create(String subject, String table, Instant month) implements Step {}

    /** Repairs a partition that somebody detached or dropped, or whose copy somebody dropped. */
    record Repair(String subject) implements Step {}

    /**
     * Opens new generations for the next customers in the month. After the last one, the month is
     * marked.
     */
    record RollForward(String subject, Instant month) implements Step {}

    record BeginCopy(String subject) implements Step {}

    record CopyBatch(String subject) implements Step {}

    record VerifyBatch(String subject) implements Step {}

    /** Removes the next rows of a customer who is to be forgotten; the subject is the erasure. */
    record Erase(String subject) implements Step {}

    /** Begins to write a partition anew, since its file still has the bytes of erased rows. */
    record BeginRewrite(String subject) implements Step {}

    /** Writes a table anew that is no listed partition: a detached original, a stray partition. */
    record RewriteTable(String subject) implements Step {}

    record Swap(String subject) implements Step {}

    record BeginSift(String subject) implements Step {}

    /** Copies the rows of the next customers that are still needed. */
    record SiftBatch(String subject) implements Step {}

    /** Puts the rows that stay in the place of the original, which is detached. */
    record Retire(String subject) implements Step {}

    record DropRetired(String subject) implements Step {}

    /** Makes the months of denials that are missing. */
    record CreateDenialMonths() implements Step {

        @Override
        public String subject() {
            return "denials ahead";
        }
    }

    /** Drops the months of denials that ended long ago. */
    record DropDenialMonths() implements Step {

        @Override
        public String subject() {
            return "denials";
        }
    }

    /** Compares the snapshots of some customers with their events. */
    record CheckSnapshots() implements Step {

        @Override
        public String subject() {
            return "snapshots";
        }
    }

    /** Compares table {@code partition} with PostgreSQL's catalogue. */
    record CompareWithCatalogue() implements Step {

        @Override
        public String subject() {
            return "catalogue";
        }
    }
}
