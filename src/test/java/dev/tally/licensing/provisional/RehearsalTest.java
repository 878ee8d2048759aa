package dev.tally.licensing.provisional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreAnswers;
import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.Title;
import dev.tally.eventstore.EventStore;
import dev.tally.ids.CustomerId;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/** A node has begun while its database is away, and then the database answers. */
@SuppressWarnings("UnnecessaryAssignment") // here nothing injects
class RehearsalTest {

    private final Rehearsal rehearsal = new Rehearsal();

    /** Number of appends that were rehearsed. */
    private int rehearsed;

    /** How the store fails a command; null: it does not. */
    private StoreUnavailable failure;

    RehearsalTest() {
        rehearsal.clock = () -> Instant.parse("2026-03-01T12:00:00Z");
        rehearsal.catalog =
                new Catalog() {
                    @Override
                    public List<Title> titles(String after, int limit) {
                        return List.of();
                    }
                };
        rehearsal.commands =
                new Commands() {
                    @Override
                    public <T> T take(
                            CustomerId customer, Shown shown, Function<Instant, T> attempt) {
                        if (failure != null) throw failure;
                        return attempt.apply(rehearsal.clock.instant());
                    }
                };
        rehearsal.events =
                (EventStore)
                        Proxy.newProxyInstance(
                                EventStore.class.getClassLoader(),
                                new Class<?>[] {EventStore.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("rehearse")) rehearsed++;
                                    return null;
                                });
    }

    @Test
    void commands_are_rehearsed_once_before_members_get_to_the_store() {
        rehearsal.beforeMembers(new StoreAnswers());
        assertThat(rehearsal.commandsAreOver()).isTrue();
        assertThat(rehearsed).isGreaterThan(1);

        var before = rehearsed;
        rehearsal.beforeMembers(new StoreAnswers());
        assertThat(rehearsed).as("the node is not cold any more").isEqualTo(before);
    }

    @Test
    void a_store_that_fails_the_rehearsal_is_not_back_yet() {
        failure = StoreUnavailable.of(Outage.NOT_IN_TIME, null);
        assertThatThrownBy(() -> rehearsal.beforeMembers(new StoreAnswers())).isSameAs(failure);
        assertThat(rehearsal.commandsAreOver()).isFalse();

        failure = null;
        rehearsal.beforeMembers(new StoreAnswers());
        assertThat(rehearsal.commandsAreOver()).isTrue();
        assertThat(rehearsed).isPositive();
    }

    @Test
    void a_store_that_fails_the_rehearsal_again_and_again_is_left_to_members() {
        failure = StoreUnavailable.of(Outage.NOT_IN_TIME, null);
        int refused = 0;
        while (!rehearsal.commandsAreOver()) {
            try {
                rehearsal.beforeMembers(new StoreAnswers());
            } catch (StoreUnavailable e) {
                refused++;
            }
            assertThat(refused).isLessThan(100);
        }
        assertThat(refused).isGreaterThan(1);
    }

    @Test
    void a_fault_of_the_rehearsal_keeps_no_member_from_the_store() {
        rehearsal.events = null;
        rehearsal.beforeMembers(new StoreAnswers());
        assertThat(rehearsal.commandsAreOver()).isTrue();
    }
}
