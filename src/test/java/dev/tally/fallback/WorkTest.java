package dev.tally.fallback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class WorkTest {

    private final Work work = Work.append(Journals.entry("e1", "anna", Journals.NOON));

    @Test
    void what_nobody_waits_for_any_longer_is_not_begun() {
        assertThatThrownBy(() -> work.await(Duration.ZERO)).isInstanceOf(JournalUnavailable.class);

        assertThat(work.take()).isFalse();
    }

    @Test
    void the_writer_learns_that_the_caller_gave_up_meanwhile() {
        assertThat(work.take()).isTrue();
        assertThatThrownBy(() -> work.await(Duration.ZERO)).isInstanceOf(JournalUnavailable.class);

        assertThat(work.succeed()).isFalse();
    }

    @Test
    void what_was_done_is_done_however_late_the_caller_looks() {
        assertThat(work.take()).isTrue();
        assertThat(work.succeed()).isTrue();

        work.await(Duration.ZERO);
    }

    @Test
    void the_caller_learns_why_it_was_not_done() {
        assertThat(work.take()).isTrue();
        work.fail(new JournalUnavailable("no space"));

        assertThatThrownBy(() -> work.await(Duration.ZERO)).hasMessage("no space");
    }
}
