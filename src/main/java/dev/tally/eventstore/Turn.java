package dev.tally.eventstore;

import java.util.function.Supplier;

/**
 * The turn of a command among those of its customer in this node. The store passes it on as soon as
 * it knows what the command appends: the next command is decided from that, while it is still on
 * its way to the database. Only the last part of a turn may pass it on, since whatever follows is
 * done out of turn.
 */
public final class Turn {

    /** The turns that may be passed on now, each by its thread. */
    private static final ThreadLocal<Turn> PASSING = new ThreadLocal<>();

    private final Pass pass;
    private boolean isPassed;

    /** Lets the next command in, where one waits and may be let in. */
    public interface Pass {

        /** Returns true if the turn has been passed on. */
        boolean tryIt();
    }

    public Turn(Pass pass) {
        this.pass = pass;
    }

    /** Runs the last part of this turn. Its first append passes the turn on. */
    public <T> T last(Supplier<T> work) {
        PASSING.set(this);
        try {
            return work.get();
        } finally {
            PASSING.remove();
        }
    }

    /** Passes the current thread's turn on, if it has one that may be passed on now. */
    public static void pass() {
        var turn = PASSING.get();
        if (turn != null && !turn.isPassed) turn.isPassed = turn.pass.tryIt();
    }

    /** True if the current thread's turn has been passed on: another command may be decided. */
    public static boolean hasPassed() {
        var turn = PASSING.get();
        return turn != null && turn.isPassed;
    }

    /** True if this turn has been passed on. */
    public boolean isPassed() {
        return isPassed;
    }
}
