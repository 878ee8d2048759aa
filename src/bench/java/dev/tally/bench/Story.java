package dev.tally.bench;

import java.util.SplittableRandom;

/** A story says what one customer does, and when. */
@FunctionalInterface
public interface Story {

    /**
     * Lets the member do everything in the story.
     *
     * @param chance the only source of random values, so that a story can be repeated
     */
    void live(Member member, SplittableRandom chance);
}
