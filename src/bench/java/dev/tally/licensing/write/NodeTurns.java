package dev.tally.licensing.write;

import java.time.Clock;

/** The turns of a node's customers, outside the container. */
public final class NodeTurns {

    private NodeTurns() {}

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    public static CustomerTurns create() {
        var turns = new CustomerTurns();
        turns.clock = Clock.systemUTC();
        turns.metrics = new TurnMetrics();
        return turns;
    }
}
