package dev.tally.licensing.write;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;
import dev.tally.licensing.domain.Account;
import dev.tally.runtime.Ids;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Runs steps of a test with transactions and threads of the container. */
@ApplicationScoped
public class Work {

    @Inject EventStore store;
    @Inject TestClock clock;
    @Resource ManagedThreadFactory threads;

    @Transactional
    public void failAfter(Runnable step) {
        step.run();
        throw new IllegalStateException("after the append");
    }

    /** Runs a step in a transaction of its own, as another node would. */
    @Transactional(TxType.REQUIRES_NEW)
    public <T> T apart(Supplier<T> step) {
        return step.get();
    }

    @Transactional
    public History<Account> append(String customer, Record event) {
        var history = store.read(customer, AccountModel.FOLD);
        return store.append(
                history,
                CommandId.generated(Ids.next()),
                Member.CALLER,
                history.timeOf(clock.instant()),
                List.of(event));
    }

    @Transactional
    public History<Account> read(String customer) {
        return store.read(customer, AccountModel.FOLD);
    }

    /** Runs a step in so many threads at once, and rethrows what one of them throws. */
    void atOnce(int count, IntConsumer step) {
        try (var pool = Executors.newFixedThreadPool(count, threads)) {
            var steps =
                    IntStream.range(0, count)
                            .<Callable<Void>>mapToObj(
                                    number ->
                                            () -> {
                                                step.accept(number);
                                                return null;
                                            })
                            .toList();
            for (var done : pool.invokeAll(steps)) {
                done.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
