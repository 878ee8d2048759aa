package dev.tally.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.FeedCluster;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedEvent;
import dev.tally.eventstore.FeedPage;
import dev.tally.eventstore.FeedPlace;
import dev.tally.eventstore.Tier;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a filter lets pass, and where a page of it goes on. */
class FeedFilterTest {

    private static final FeedFilter ALL = new FeedFilter(Set.of(), null, null);
    private static final FeedCluster CLUSTER = new FeedCluster(1, 1, 0);

    private static final Described ISSUED =
            event("LicenseIssued/2", Map.of("title", "glow", "studio", "northlight"));
    private static final Described RELEASED = event("LicenseReleased/1", Map.of());
    private static final Described UNREADABLE = event("mapper 99", null);

    @Test
    void without_a_condition_everything_passes() {
        assertThat(ALL.isAll()).isTrue();
        assertThat(List.of(ISSUED, RELEASED, UNREADABLE)).allMatch(ALL::passes);
    }

    @Test
    void an_event_passes_by_its_name_whatever_its_version() {
        var filter = new FeedFilter(Set.of("LicenseIssued"), null, null);

        assertThat(filter.passes(ISSUED)).isTrue();
        assertThat(filter.passes(RELEASED)).isFalse();
    }

    @Test
    void a_studio_and_a_title_are_those_that_the_event_itself_names() {
        assertThat(new FeedFilter(Set.of(), "northlight", null).passes(ISSUED)).isTrue();
        assertThat(new FeedFilter(Set.of(), "other", null).passes(ISSUED)).isFalse();
        assertThat(new FeedFilter(Set.of(), null, "glow").passes(ISSUED)).isTrue();
        assertThat(new FeedFilter(Set.of(), "northlight", "other").passes(ISSUED)).isFalse();
        assertThat(new FeedFilter(Set.of(), "northlight", null).passes(RELEASED)).isFalse();
    }

    @Test
    void what_cannot_be_read_passes_every_filter() {
        assertThat(new FeedFilter(Set.of("LicenseIssued"), "a", "b").passes(UNREADABLE)).isTrue();
    }

    @Test
    void a_page_cut_short_goes_on_behind_its_last_event() {
        var page = page(ISSUED, RELEASED, ISSUED, RELEASED, ISSUED);
        var filter = new FeedFilter(Set.of("LicenseIssued"), null, null);

        var two = Feed.passed(page, filter, 2);

        assertThat(two.events()).extracting(e -> e.place().seq()).containsExactly(1, 3);
        assertThat(two.end().place().seq()).isEqualTo(3);
        assertThat(two.isCaughtUp()).isFalse();
    }

    @Test
    void a_page_on_which_nothing_passes_goes_on_where_it_ended() {
        var page = page(RELEASED, RELEASED);

        var none = Feed.passed(page, new FeedFilter(Set.of("LicenseIssued"), null, null), 2);

        assertThat(none.events()).isEmpty();
        assertThat(none.end()).isEqualTo(page.end());
        assertThat(none.isCaughtUp()).isTrue();
    }

    private static FeedPage page(Described... events) {
        var told = new ArrayList<FeedEvent>();
        for (int i = 0; i < events.length; i++) {
            told.add(new FeedEvent(new FeedPlace(10, "anna", i + 1), events[i]));
        }
        return new FeedPage(told, new FeedCursor(CLUSTER, FeedPlace.behind(20)), true);
    }

    private static Described event(String name, Map<String, Object> payload) {
        return new Described(
                1, 1, Instant.EPOCH, "License", "l", name, payload, "c", null, Tier.HOT, null);
    }
}
