package dev.tally.bench;

import java.util.SplittableRandom;

/** What one customer does, and when. */
@FunctionalInterface
public interface Story {

    /**
     * Lives it to the end.
     *
     * @param chance the only source of chance, so that a story can be told again
     */
    void live(Member member, SplittableRandom chance);
}
