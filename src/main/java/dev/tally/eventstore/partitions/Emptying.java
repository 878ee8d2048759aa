package dev.tally.eventstore.partitions;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.WrongVersion;

import java.time.Instant;
import java.util.function.IntConsumer;

/** Empties the account of a customer who is to be forgotten, even while commands move the head. */
final class Emptying {

    /** Most tries. Each lost race means that a command of the customer was stored. */
    private static final int TRIES = 10;

    /** Smallest event number. */
    private static final int FIRST_OF_ALL = 1;

    private Emptying() {}

    /**
     * Empties the account.
     *
     * @param announced writes down the first number of the new life before it begins. After a
     *     crash, that number is compared with the head: the old life has ended if the head begins
     *     there.
     * @throws WrongVersion if commands of the customer came first again and again
     */
    static void perform(EventStore store, String customer, Instant now, IntConsumer announced) {
        for (int tries = 1; ; tries++) {
            try {
                if (!store.erase(customer, now, announced)) announced.accept(FIRST_OF_ALL);
                return;
            } catch (WrongVersion e) {
                if (tries == TRIES) throw e;
            }
        }
    }
}
