package dev.tally.eventstore.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.History;
import dev.tally.eventstore.History.Source;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Notes;
import dev.tally.eventstore.Notes.Drawn;
import dev.tally.eventstore.Notes.ReadOnce;
import dev.tally.eventstore.Notes.Written;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * An older and a newer version of a feature run side by side on one database, as during an upgrade
 * and a rollback. Neither keeps accounts in memory, so each reads what the other has stored.
 */
class TwoVersionsTest {

    private static final int EVENTS_PER_GENERATION = 10;

    private static Database database;
    private static Stores older;
    private static Stores newer;

    private final String customer = "customer-" + Ids.next();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated().hurried();
        older = new Stores(database, Notes.FIRST, Settings.cold(EVENTS_PER_GENERATION));
        newer = new Stores(database, Notes.SECOND, Settings.cold(EVENTS_PER_GENERATION));
    }

    @AfterAll
    static void stop() {
        older.close();
        newer.close();
        database.close();
    }

    @Test
    void an_upgrade_is_harmless_until_a_new_field_is_used() {
        append(newer, Notes.SECOND, new Written("a", "plain", null));

        assertThat(read(older, Notes.FIRST).state().texts()).containsExactly("plain");
        assertThat(history()).extracting(Described::name).containsExactly("Written/1");
    }

    @Test
    void an_event_of_a_newer_version_stops_an_older_one_for_that_customer_only() {
        append(newer, Notes.SECOND, new Written("a", "red one", "red"));

        assertThatThrownBy(() -> read(older, Notes.FIRST)).isInstanceOf(UnreadableHistory.class);
        assertThat(older.store().read(customer + "-2", Notes.FIRST.fold()).head().isNew()).isTrue();
        assertThat(read(newer, Notes.SECOND).state().byId().get("a").colour()).isEqualTo("red");
    }

    @Test
    void an_older_version_shows_in_a_history_what_it_cannot_read() {
        append(newer, Notes.SECOND, new Written("a", "plain", null), new Drawn("d"));

        assertThat(history()).extracting(Described::name).containsExactly("Written/1", "mapper 5");
        assertThat(history())
                .extracting(Described::aggregateType)
                .containsExactly("Note", "type 3");
        assertThat(history().getLast().payload()).isNull();
    }

    @Test
    void neither_version_throws_the_others_snapshots_away() {
        for (int i = 0; i < 3 * EVENTS_PER_GENERATION; i++) {
            append(older, Notes.FIRST, new ReadOnce("a"));
        }
        var generation = read(older, Notes.FIRST).head().generation();

        append(newer, Notes.SECOND, new ReadOnce("a"));

        var history = read(older, Notes.FIRST);
        assertThat(history.source()).isEqualTo(Source.CURRENT);
        assertThat(history.head().generation()).isEqualTo(generation);
        assertThat(read(newer, Notes.SECOND).source()).isEqualTo(Source.CURRENT);
    }

    @Test
    void two_versions_that_take_turns_replay_once_a_generation_at_most() {
        var replays = 0;
        var reads = 1_000;
        for (int i = 0; i < reads; i++) {
            var isOlder = i % 2 == 0;
            var node = isOlder ? older : newer;
            var model = isOlder ? Notes.FIRST : Notes.SECOND;
            var history = read(node, model);
            if (history.source() != Source.CURRENT) replays++;
            append(node, history, new ReadOnce("a"));
        }

        var last = read(newer, Notes.SECOND);
        assertThat(last.state().reads()).containsEntry("a", reads);
        assertThat(replays).isLessThanOrEqualTo(last.head().generation());
    }

    private History<Notes> read(Stores node, EventModel<Notes> model) {
        return node.store().read(customer, model.fold());
    }

    private void append(Stores node, EventModel<Notes> model, Record... events) {
        append(node, read(node, model), events);
    }

    private void append(Stores node, History<Notes> history, Record... events) {
        node.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(now),
                        List.of(events));
    }

    private List<Described> history() {
        return older.store()
                .history(new HistoryQuery(customer, Tier.ALL, null, null, null, null, 0, 10));
    }
}
