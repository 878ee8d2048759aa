package dev.tally.projection.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedPlace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors of the feed as callers hold them. */
class CursorsTest {

    private static final FeedCluster CLUSTER =
            new FeedCluster(7_312_345_678_901_234_567L, 3, 1_234_567);

    @ParameterizedTest
    @ValueSource(strings = {"anna", "a.b.c", "...", "a:b", "Åsa 😀", "a b"})
    void a_cursor_behind_an_event_is_read_as_it_was_given(String customer) {
        var cursor = new FeedCursor(CLUSTER, new FeedPlace(123_456_789_012L, customer, 42));

        assertThat(Cursors.read(Cursors.text(cursor))).isEqualTo(cursor);
    }

    @Test
    void a_cursor_behind_a_position_is_read_as_it_was_given() {
        var cursor = new FeedCursor(CLUSTER, FeedPlace.behind(17));

        assertThat(Cursors.read(Cursors.text(cursor))).isEqualTo(cursor);
    }

    @Test
    void the_longest_cursor_is_read_as_it_was_given() {
        var cluster = new FeedCluster(-1, -1, Long.MAX_VALUE);
        var place = new FeedPlace(Long.MAX_VALUE, "x".repeat(128), Integer.MAX_VALUE);
        var cursor = new FeedCursor(cluster, place);

        assertThat(Cursors.read(Cursors.text(cursor))).isEqualTo(cursor);
    }

    @Test
    void no_cursor_is_no_place() {
        assertThat(Cursors.read(null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "42",
                "a.b.c.d.e",
                "1.1.0.-5.0.",
                "1.1.0.5.0.anna",
                "1.1.0.5.3.",
                "1.1.0.5.-3.anna",
                "1.1.0.zzzzzzzzzzzzzzzz.3.anna",
                "!.1.0.5.3.anna"
            })
    void a_text_that_no_answer_ever_had_is_refused(String content) {
        assertThat(Cursors.parsed(content)).isEmpty();
    }
}
