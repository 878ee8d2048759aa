package dev.tally.eventstore.postgres;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Pending;
import dev.tally.eventstore.Turn;
import dev.tally.eventstore.WrongVersion;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Stores the appends of one customer in groups, where commands come faster than the database stores
 * them. While an append is on its way, the next commands are decided from it, and their appends
 * make up the next group: one transaction, which moves the head once. Each append waits until its
 * group is stored, so nothing is acknowledged that is not. Where a group is not stored, neither is
 * any that was decided from it, and all their commands are decided anew.
 *
 * <p>An append that no other follows is a group of its own, and waits for nothing.
 */
final class GroupCommit {

    /** Most rows of a group, unless one append alone has more. */
    static final int MOST_ROWS = 1_000;

    /** Longest wait for others by a thread that has no deadline of its own. */
    private static final Duration PATIENCE = Duration.ofMillis(2_800);

    /** The newest group of each customer who has one on its way. */
    private final ConcurrentHashMap<String, Group> newest = new ConcurrentHashMap<>();

    /** Stores appends of one customer, each decided from the one before, in one transaction. */
    interface Transaction extends Consumer<List<Append<?>>> {}

    /** Appends that are stored together, each decided from the one before. */
    private static final class Group implements Pending {

        private final List<Append<?>> appends = new ArrayList<>();
        private final CountDownLatch done = new CountDownLatch(1);

        /** The group that this one was decided from; null: what the database has by now. */
        private volatile Group from;

        private boolean isClosed;
        private volatile boolean isStored;

        Group(Group from, Append<?> first) {
            this.from = from;
            this.isClosed = from == null;
            appends.add(first);
        }

        /** Adds an append, unless the group is closed or full. */
        synchronized boolean add(Append<?> append) {
            var rows = append.rows().size();
            for (var other : appends) rows += other.rows().size();
            if (isClosed || rows > MOST_ROWS) return false;
            appends.add(append);
            return true;
        }

        @SuppressWarnings("ReferenceEquality") // this very append
        synchronized boolean beginsWith(Append<?> append) {
            return appends.getFirst() == append;
        }

        synchronized Append<?> last() {
            return appends.getLast();
        }

        /** Lets no more appends in; returns those that are. */
        synchronized List<Append<?>> close() {
            isClosed = true;
            return appends;
        }

        @Override
        public boolean isStored() {
            try {
                var patience = Deadline.shorten(PATIENCE).toNanos();
                if (done.await(patience, TimeUnit.NANOSECONDS)) return isStored;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StoreUnavailable.of(Outage.NOT_IN_TIME, e);
            }
            throw StoreUnavailable.of(Outage.NOT_IN_TIME, null);
        }

        /** Waits for the group that this one was decided from, then stores this one. */
        void store(String customerId, Transaction transaction) {
            if (from != null && !from.isStored()) throw new WrongVersion(customerId, null);
            // Groups are many where a customer's commands go on and on.
            from = null;
            transaction.accept(close());
            isStored = true;
        }

        void end() {
            close();
            done.countDown();
        }

        /** The newest group that is still on its way: this one, or one before it; null: none is. */
        Group onItsWay() {
            var group = this;
            while (group != null && group.done.getCount() == 0) group = group.from;
            return group;
        }
    }

    /** The history that a customer will have once everything on its way is stored. */
    @SuppressWarnings("unchecked") // there is one model, and one fold in it
    <S> Optional<History<S>> pending(String customerId) {
        return Optional.ofNullable(newest.get(customerId))
                .map(group -> (History<S>) group.last().after().pending(group));
    }

    /**
     * Stores an append, perhaps together with others that were decided from it, or from which it
     * was decided. Once the append has its place among them, the thread's {@link Turn} is passed
     * on.
     *
     * @param from what the append was decided from, if that was on its way; null: it was stored
     * @throws WrongVersion if what it was decided from is not stored
     * @throws StoreUnavailable if others take too long
     */
    void store(Append<?> append, Pending from, Transaction transaction) {
        var customer = append.customerId();
        var group = newest.compute(customer, (id, there) -> placed(append, from, there));
        if (from == null && !group.beginsWith(append)) {
            // Others are on their way, and this one is not decided from them: it races them.
            transaction.accept(List.of(append));
            return;
        }
        Turn.pass();
        if (!group.beginsWith(append)) {
            if (!group.isStored()) throw new WrongVersion(customer, null);
            return;
        }
        try {
            group.store(customer, transaction);
        } finally {
            group.end();
            newest.computeIfPresent(customer, (id, there) -> there.onItsWay());
        }
    }

    private static Group placed(Append<?> append, Pending from, Group newest) {
        if (newest == null) {
            if (from == null || ((Group) from).isStored) return new Group(null, append);
            throw new WrongVersion(append.customerId(), null);
        }
        if (from == null) return newest;
        var last = newest.last().after().head();
        if (from != newest || last.revision() != append.before().revision()) {
            throw new WrongVersion(append.customerId(), null);
        }
        return newest.add(append) ? newest : new Group(newest, append);
    }
}
