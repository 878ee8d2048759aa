package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedCut;
import dev.tally.eventstore.FeedPlace;

import org.junit.jupiter.api.Test;

import java.time.Period;
import java.util.ArrayList;
import java.util.List;

/** The feed while months move to the archive, are retired, restored and written anew. */
class FeedTiersTest extends ArchiveFixture {

    private static final Period RETENTION = Period.ofMonths(4);

    private FeedCursor start;

    @Test
    void months_that_move_between_pages_lose_nothing_and_repeat_nothing() throws Exception {
        start = stores.feed().newest();
        notesIn(oldest);
        notesIn(month(-2));
        var before = readAll(start);
        var page = stores.feed().read(start, 7);
        var paged = new ArrayList<FeedPlace>();
        page.events().forEach(event -> paged.add(event.place()));

        while (aNodeThatDiesAfterOneStep()) {
            page = stores.feed().read(page.end(), 1);
            page.events().forEach(event -> paged.add(event.place()));
        }
        paged.addAll(readAll(page.end()));

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(before).hasSize(2 * CUSTOMERS);
        assertThat(paged).isEqualTo(before);
        assertThat(readAll(start)).isEqualTo(before);
        assertThat(
                        texts(
                                "select to_regclass('tally.%s_by_position') is not null"
                                        .formatted(partition("event", oldest))))
                .as("the copy can be read by position")
                .containsExactly("t");
        assertThat(
                        texts(
                                "select closed_below <= (select next_position from tally.feed_edge)"
                                        + " from tally.partition where name = '%s'"
                                                .formatted(partition("event", oldest))))
                .containsExactly("t");
    }

    @Test
    void who_has_not_got_past_retired_events_is_told_so() throws Exception {
        start = stores.feed().newest();
        write("anna", "played", oldest);
        strike("anna", "played", oldest.plusSeconds(1));
        var behindRetired = stores.feed().newest();
        write("anna", "kept", now);
        assertThat(readAll(start)).hasSize(3);

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThatThrownBy(() -> stores.feed().read(start, 10))
                .isInstanceOfSatisfying(
                        FeedCut.class, e -> assertThat(e.why()).isEqualTo(FeedCut.Why.RETIRED));
        assertThat(readAll(behindRetired)).hasSize(1);
        assertThat(readAll(null)).as("from what is whole").isEqualTo(readAll(behindRetired));

        for (var month : List.of(old, oldest)) {
            asOwner(
                    "select tally.restore_partition('%s', 'a dispute')"
                            .formatted(partition("event", month)));
        }
        assertThat(readAll(start)).hasSize(3);
    }

    @Test
    void a_month_from_which_nothing_was_dropped_cuts_nobody_off() throws Exception {
        start = stores.feed().newest();
        write("anna", "kept", oldest);

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(readAll(start)).hasSize(1);
    }

    @Test
    void an_erasure_takes_events_from_every_tier_and_leaves_the_order() throws Exception {
        start = stores.feed().newest();
        notesIn(oldest);
        notesIn(month(0));
        archiver().run();
        var others =
                readAll(start).stream()
                        .filter(place -> !place.customerId().equals("customer-3"))
                        .toList();
        erase("customer-3");

        archiver().run();

        assertThat(others).hasSize(2 * (CUSTOMERS - 1));
        assertThat(readAll(start)).isEqualTo(others);
    }

    private static List<FeedPlace> readAll(FeedCursor after) {
        var places = new ArrayList<FeedPlace>();
        var page = stores.feed().read(after, EventFeed.MAX_EVENTS_PER_READ);
        page.events().forEach(event -> places.add(event.place()));
        while (!page.isCaughtUp()) {
            page = stores.feed().read(page.end(), EventFeed.MAX_EVENTS_PER_READ);
            page.events().forEach(event -> places.add(event.place()));
        }
        return places;
    }
}
