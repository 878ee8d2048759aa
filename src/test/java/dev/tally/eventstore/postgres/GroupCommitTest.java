package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.eventstore.Head;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Pending;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Turn;
import dev.tally.eventstore.WrongVersion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

/**
 * Appends of one customer that were decided from one another share a transaction, or its failure.
 */
class GroupCommitTest {

    private static final String ANNA = "anna";
    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    private final GroupCommit groups = new GroupCommit();

    /** The revisions that each transaction stored. */
    private final List<List<Long>> stored = Collections.synchronizedList(new ArrayList<>());

    private final CountDownLatch databaseAnswers = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        databaseAnswers.countDown();
    }

    private void store(List<Append<?>> appends) {
        stored.add(appends.stream().map(append -> append.after().revision()).toList());
    }

    /** Stores once the database answers. */
    private void storeLate(List<Append<?>> appends) {
        try {
            databaseAnswers.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        store(appends);
    }

    private void fail(List<Append<?>> appends) {
        storeLate(appends);
        throw new WrongVersion(ANNA, null);
    }

    private static Append<?> append(long from, int rows) {
        var before = head(from);
        var after =
                new History<>(
                        ANNA,
                        Notes.FIRST.fold(),
                        head(from + 1),
                        null,
                        List.of(),
                        List.of(),
                        Source.CURRENT,
                        0);
        return new Append<>(ANNA, before, Collections.nCopies(rows, new Object()), after);
    }

    private static Head head(long revision) {
        return new Head(revision, 1, 1, 1, Instant.EPOCH, 0, Instant.EPOCH, 0);
    }

    /** Appends to what is on its way, in a thread of its own, and returns once it has its place. */
    private CompletableFuture<Void> next(int rows, GroupCommit.Transaction transaction) {
        var from = groups.pending(ANNA).orElseThrow();
        return placed(append(from.revision(), rows), from.pending(), transaction);
    }

    private CompletableFuture<Void> placed(
            Append<?> append, Pending from, GroupCommit.Transaction transaction) {
        var hasPlace = new CountDownLatch(1);
        var turn =
                new Turn(
                        () -> {
                            hasPlace.countDown();
                            return true;
                        });
        var done =
                CompletableFuture.runAsync(
                        () ->
                                turn.last(
                                        () -> {
                                            groups.store(append, from, transaction);
                                            return null;
                                        }),
                        THREADS);
        await().until(() -> hasPlace.getCount() == 0 || done.isDone());
        return done;
    }

    private CompletableFuture<Void> firstOnItsWay(GroupCommit.Transaction transaction) {
        return placed(append(1, 1), null, transaction);
    }

    private static Throwable failure(CompletableFuture<Void> done) {
        try {
            done.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    @Test
    void an_append_that_nobody_waits_for_is_stored_at_once() {
        groups.store(append(1, 1), null, this::store);

        assertThat(stored).containsExactly(List.of(2L));
        assertThat(groups.pending(ANNA)).isEmpty();
    }

    @Test
    void what_is_decided_while_another_is_on_its_way_is_stored_together() {
        var first = firstOnItsWay(this::storeLate);
        var second = next(1, this::store);
        var third = next(1, this::store);
        assertThat(groups.pending(ANNA).orElseThrow().revision()).isEqualTo(4);
        assertThat(stored).as("nothing is told before it is stored").isEmpty();
        assertThat(second).isNotDone();

        databaseAnswers.countDown();

        CompletableFuture.allOf(first, second, third).join();
        assertThat(stored).containsExactly(List.of(2L), List.of(3L, 4L));
        assertThat(groups.pending(ANNA)).isEmpty();
    }

    @Test
    void a_transaction_has_a_limit() {
        var first = firstOnItsWay(this::storeLate);
        var second = next(GroupCommit.MOST_ROWS - 1, this::store);
        var third = next(2, this::store);
        var fourth = next(GroupCommit.MOST_ROWS + 1, this::store);

        databaseAnswers.countDown();

        CompletableFuture.allOf(first, second, third, fourth).join();
        assertThat(stored).containsExactly(List.of(2L), List.of(3L), List.of(4L), List.of(5L));
    }

    @Test
    void what_was_decided_from_a_loser_is_decided_anew() {
        var first = firstOnItsWay(this::fail);
        var second = next(1, this::store);
        var third = next(1, this::store);
        var told = groups.pending(ANNA).orElseThrow().pending();

        databaseAnswers.countDown();

        for (var each : List.of(first, second, third)) {
            assertThat(failure(each)).isInstanceOf(WrongVersion.class);
        }
        assertThat(told.isStored()).isFalse();
        assertThat(stored).as("the others were never sent").containsExactly(List.of(2L));
        assertThat(groups.pending(ANNA)).isEmpty();
        assertThatThrownBy(() -> groups.store(append(4, 1), told, this::store))
                .as("decided from what was not stored")
                .isInstanceOf(WrongVersion.class);
    }

    @Test
    void what_was_decided_from_an_append_may_follow_once_that_is_stored() {
        var first = firstOnItsWay(this::storeLate);
        var told = groups.pending(ANNA).orElseThrow().pending();
        databaseAnswers.countDown();
        first.join();

        groups.store(append(2, 1), told, this::store);

        assertThat(told.isStored()).isTrue();
        assertThat(stored).containsExactly(List.of(2L), List.of(3L));
    }

    @Test
    void nobody_waits_longer_than_the_caller_does() {
        var first = firstOnItsWay(this::storeLate);
        var from = groups.pending(ANNA).orElseThrow();
        var hurried = append(from.revision(), 1);
        assertThatThrownBy(
                        () ->
                                Deadline.run(
                                        Duration.ofMillis(20),
                                        () -> {
                                            groups.store(hurried, from.pending(), this::store);
                                            return null;
                                        }))
                .isInstanceOf(StoreUnavailable.class);

        var second = placed(append(2, 1), from.pending(), this::store);
        databaseAnswers.countDown();

        first.join();
        second.join();
        assertThat(stored).containsExactly(List.of(2L), List.of(3L));
    }

    @Test
    void who_follows_one_that_gave_up_is_decided_anew() {
        var first = firstOnItsWay(this::storeLate);
        var gaveUp =
                next(
                        1,
                        appends -> {
                            throw new IllegalStateException("out of reach");
                        });
        var follower = next(1, this::store);

        databaseAnswers.countDown();

        first.join();
        assertThat(failure(gaveUp)).hasMessage("out of reach");
        assertThat(failure(follower)).isInstanceOf(WrongVersion.class);
    }

    @Test
    void an_append_that_was_decided_from_something_else_races_the_others() {
        var first = firstOnItsWay(this::storeLate);

        groups.store(append(1, 1), null, this::store);

        assertThat(stored).containsExactly(List.of(2L));
        assertThat(first).isNotDone();
        assertThat(groups.pending(ANNA)).isPresent();
    }

    @Test
    void customers_do_not_wait_for_each_other() {
        var first = firstOnItsWay(this::storeLate);
        var other = new Append<>("bob", head(7), List.of(), append(7, 0).after());

        groups.store(other, null, this::store);

        assertThat(stored).containsExactly(List.of(8L));
        assertThat(first).isNotDone();
    }
}
