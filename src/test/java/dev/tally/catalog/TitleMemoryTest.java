package dev.tally.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Titles in memory, where the database is slow or fails. */
class TitleMemoryTest {

    private static final TitleId GLOW = new TitleId("glow");
    private static final TitleVersion VERSION =
            new TitleVersion(new Title(GLOW, "Glow", new StudioId("studio"), null, null), 1);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger reads = new AtomicInteger();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final TitleMemory memory = new TitleMemory(10, threads, this::slowRows);

    @AfterEach
    void stop() {
        answered.countDown();
        threads.close();
    }

    /** The first read takes until it may be answered. */
    private Map<TitleId, TitleVersion> slowRows(Set<TitleId> ids) {
        try {
            if (reads.incrementAndGet() == 1) {
                asked.countDown();
                answered.await();
            }
            return ids.contains(GLOW) ? Map.of(GLOW, VERSION) : Map.of();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void nobody_waits_for_anothers_read_longer_than_he_may() throws Exception {
        var first = threads.submit(() -> memory.get(GLOW));
        asked.await();

        assertThatThrownBy(() -> Deadline.run(SHORT, () -> memory.get(GLOW)))
                .isInstanceOf(StoreUnavailable.class);

        answered.countDown();
        assertThat(first.get()).contains(VERSION);
        assertThat(memory.get(GLOW)).contains(VERSION);
        assertThat(reads).hasValue(1);
    }

    @Test
    void a_title_that_was_forgotten_while_it_was_read_is_not_kept() throws Exception {
        var first = threads.submit(() -> memory.get(GLOW));
        asked.await();
        memory.forget(Set.of(GLOW));
        answered.countDown();
        assertThat(first.get()).contains(VERSION);

        assertThat(memory.get(GLOW)).contains(VERSION);
        assertThat(reads).hasValue(2);
    }

    @Test
    void after_a_failed_read_the_next_caller_reads() {
        var failing = new AtomicInteger();
        var broken =
                new TitleMemory(
                        10,
                        threads,
                        ids -> {
                            if (failing.getAndIncrement() == 0) throw new IllegalStateException();
                            return Map.of(GLOW, VERSION);
                        });

        assertThatThrownBy(() -> broken.get(GLOW)).isInstanceOf(IllegalStateException.class);
        assertThat(broken.get(GLOW)).contains(VERSION);
        assertThat(broken.get(GLOW)).contains(VERSION);
        assertThat(failing).hasValue(2);
    }

    @Test
    void a_title_that_does_not_exist_is_asked_for_each_time() {
        answered.countDown();
        assertThat(memory.get(new TitleId("none"))).isEmpty();
        assertThat(memory.get(new TitleId("none"))).isEmpty();
        assertThat(reads).hasValue(2);
    }

    @Test
    void several_titles_are_read_at_once_and_kept() {
        answered.countDown();
        assertThat(memory.getAll(Set.of(GLOW, new TitleId("none")))).containsExactly(VERSION);
        assertThat(memory.getAll(Set.of(GLOW))).containsExactly(VERSION);
        assertThat(reads).hasValue(1);
    }
}
