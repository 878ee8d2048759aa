package dev.tally.eventstore.partitions;

import java.time.Instant;

/** What the job does next. Each is one transaction, and can be done again after a crash. */
sealed interface Step {

    /** What it is about: a failure is recorded there, and keeps only that from going on. */
    String subject();

    /** For the next customers, out of the month that starts then; after the last it is marked. */
    record RollForward(String subject, Instant month) implements Step {}

    record BeginCopy(String subject) implements Step {}

    record CopyBatch(String subject) implements Step {}

    record VerifyBatch(String subject) implements Step {}

    /** Of an erasure that is under way, the next partitions. */
    record Erase(String subject) implements Step {}

    record Swap(String subject) implements Step {}

    record BeginSift(String subject) implements Step {}

    /** The rows of the next customers that are still needed. */
    record SiftBatch(String subject) implements Step {}

    /** What stays takes the place of what was; that is detached. */
    record Retire(String subject) implements Step {}

    record DropRetired(String subject) implements Step {}
}
