package dev.tally.licensing.write;

import dev.tally.eventstore.Caller;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;

import jakarta.annotation.Priority;
import jakarta.decorator.Decorator;
import jakarta.decorator.Delegate;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Commands of another node, each stored just before an append of the command under test. */
@ApplicationScoped
public class Rivals {

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private boolean striking;

    /** Lets the command be stored just before the next append of this thread. */
    void comesFirst(Runnable command) {
        waiting.add(command);
    }

    int left() {
        return waiting.size();
    }

    void clear() {
        waiting.clear();
    }

    void strike() {
        if (striking || waiting.isEmpty()) {
            return;
        }
        striking = true;
        try {
            waiting.remove().run();
        } finally {
            striking = false;
        }
    }

    /** A decorator between the handlers and the store. */
    @Decorator
    @Priority(1)
    public abstract static class BeforeAppend implements EventStore {

        @Inject @Delegate EventStore store;
        @Inject Rivals rivals;

        @Override
        public <S> History<S> append(
                History<S> history,
                CommandId command,
                Caller caller,
                Instant at,
                List<? extends Record> events) {
            rivals.strike();
            return store.append(history, command, caller, at, events);
        }
    }
}
