package dev.tally.fallback;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An entry to be written or removed, and the caller who waits for it. Whoever comes first decides:
 * the caller gives up, or the writer has done it.
 */
final class Work {

    private enum State {
        WAITING,
        TAKEN,
        DONE,
        GIVEN_UP
    }

    private final Entry added;
    private final String id;
    private final boolean isRehearsal;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile JournalUnavailable failure;

    private Work(Entry added, String id, boolean isRehearsal) {
        this.added = added;
        this.id = id;
        this.isRehearsal = isRehearsal;
    }

    static Work append(Entry entry) {
        return new Work(entry, entry.id(), false);
    }

    /** An entry that is removed in the transaction that writes it. */
    static Work rehearse(Entry entry) {
        return new Work(entry, entry.id(), true);
    }

    static Work remove(String id) {
        return new Work(null, id, false);
    }

    boolean isRemoval() {
        return added == null;
    }

    boolean isRehearsal() {
        return isRehearsal;
    }

    /** The entry to be written. */
    Entry added() {
        return added;
    }

    String id() {
        return id;
    }

    /** Says that it is being done; false if the caller has given up, so that it must not be. */
    boolean take() {
        return state.compareAndSet(State.WAITING, State.TAKEN);
    }

    /** Says that it is done; false if the caller has given up meanwhile. */
    boolean succeed() {
        var inTime = state.compareAndSet(State.TAKEN, State.DONE);
        ended.countDown();
        return inTime;
    }

    /** Says that it was not done. */
    void fail(JournalUnavailable reason) {
        failure = reason;
        state.set(State.DONE);
        ended.countDown();
    }

    /**
     * Waits until it is done.
     *
     * @throws JournalUnavailable if it is not done, or not in time
     */
    void await(Duration longest) {
        try {
            if (!ended.await(longest.toMillis(), TimeUnit.MILLISECONDS) && giveUp()) {
                throw new JournalUnavailable("The disk took longer than " + longest);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (giveUp()) throw new JournalUnavailable("The caller waits no longer", e);
        }
        // The failure is made by the writer's thread. A new one has the trace of the caller.
        if (failure != null) throw new JournalUnavailable(failure.getMessage(), failure);
    }

    private boolean giveUp() {
        return state.compareAndSet(State.WAITING, State.GIVEN_UP)
                || state.compareAndSet(State.TAKEN, State.GIVEN_UP);
    }
}
