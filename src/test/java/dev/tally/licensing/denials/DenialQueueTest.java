package dev.tally.licensing.denials;

import static dev.tally.licensing.denials.Wishes.DEVICES;
import static dev.tally.licensing.denials.Wishes.NOON;
import static dev.tally.licensing.denials.Wishes.YEAR;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.licensing.denials.Denial.Kind;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

/** The numbers are those in the documentation of package {@code licensing.denials}. */
class DenialQueueTest {

    private final DenialQueue queue = new DenialQueue();
    private final Wishes anna = Wishes.of("anna");

    private int ids;

    private boolean add(Denial denial) {
        ids++;
        return queue.add(Waiting.of(denial, "id-" + ids, ids));
    }

    private List<Waiting> all() {
        return queue.take(Integer.MAX_VALUE);
    }

    /** Requirement 2. */
    @Test
    void denials_of_one_hour_are_one_row_with_the_numbers_of_the_last() {
        var first = anna.denied(NOON.plusSeconds(60), DEVICES);
        var last = anna.denied(NOON.plusSeconds(3_599), DEVICES);
        add(anna.denied(NOON.plusSeconds(90), DEVICES));
        add(last);
        add(first);

        var row = all().getFirst();
        assertThat(row.count()).isEqualTo(3);
        assertThat(row.firstAt()).isEqualTo(first.at());
        assertThat(row.last()).isEqualTo(last);
        assertThat(row.key().hour()).isEqualTo(NOON);
    }

    /** The id and the age are those of the denial that has waited longest. */
    @Test
    void a_row_is_as_old_as_its_first_denial() {
        add(anna.denied(NOON, DEVICES));
        add(anna.denied(NOON, DEVICES));

        var row = all().getFirst();
        assertThat(row.id()).isEqualTo("id-1");
        assertThat(row.since()).isEqualTo(1);
    }

    @Test
    void whatever_differs_makes_a_row_of_its_own() {
        add(anna.denied(NOON, DEVICES));
        add(anna.denied(NOON.plusSeconds(3_600), DEVICES));
        add(anna.denied(NOON, YEAR));
        add(anna.denied(NOON, DEVICES, YEAR));
        add(anna.denied(Kind.RENEW, "phone", "glow", 1, NOON, DEVICES));
        add(anna.denied(Kind.ACQUIRE, "tablet", "glow", 1, NOON, DEVICES));
        add(anna.denied(Kind.ACQUIRE, "phone", "dusk", 1, NOON, DEVICES));
        add(anna.denied(Kind.DEACTIVATE, "phone", null, 1, NOON, DEVICES));
        add(Wishes.of("bert").denied(NOON, DEVICES));

        assertThat(all()).hasSize(9).allSatisfy(row -> assertThat(row.count()).isEqualTo(1));
    }

    @Test
    void another_policy_version_makes_no_other_row() {
        add(anna.denied(Kind.ACQUIRE, "phone", "glow", 1, NOON, DEVICES));
        add(anna.denied(Kind.ACQUIRE, "phone", "glow", 2, NOON, DEVICES));

        var row = all().getFirst();
        assertThat(row.count()).isEqualTo(2);
        assertThat(row.last().subject().policyVersion()).isEqualTo(2);
    }

    /** Requirement 1. */
    @Test
    void one_row_more_than_there_is_room_for_is_refused() {
        for (int i = 0; i < DenialQueue.MAX_ROWS; i++) {
            assertThat(add(Wishes.of("customer-" + i).denied(NOON, DEVICES))).isTrue();
        }

        assertThat(add(anna.denied(NOON, DEVICES))).isFalse();
        assertThat(add(Wishes.of("customer-0").denied(NOON, DEVICES))).isTrue();
        assertThat(queue.size()).isEqualTo(DenialQueue.MAX_ROWS);
    }

    @Test
    void the_oldest_rows_are_taken_first() {
        IntStream.range(0, 5).forEach(i -> add(Wishes.of("c" + i).denied(NOON, DEVICES)));

        assertThat(customers(queue.take(2))).containsExactly("c0", "c1");
        assertThat(customers(queue.take(9))).containsExactly("c2", "c3", "c4");
        assertThat(queue.take(1)).isEmpty();
    }

    @Test
    void what_is_put_back_is_added_to_what_came_since_and_is_first_again() {
        add(anna.denied(NOON, DEVICES));
        var taken = queue.take(1);
        add(Wishes.of("bert").denied(NOON, DEVICES));
        add(anna.denied(NOON.plusSeconds(1), DEVICES));

        assertThat(queue.putBack(taken)).isZero();

        var rows = all();
        assertThat(customers(rows)).containsExactly("anna", "bert");
        assertThat(rows.getFirst().count()).isEqualTo(2);
        assertThat(rows.getFirst().id()).isEqualTo("id-1");
        assertThat(rows.getFirst().last().at()).isEqualTo(NOON.plusSeconds(1));
    }

    @Test
    void what_has_no_room_after_others_were_put_back_is_counted() {
        add(anna.denied(NOON, DEVICES));
        var taken = queue.take(1);
        for (int i = 0; i < DenialQueue.MAX_ROWS; i++) {
            add(Wishes.of("customer-" + i).denied(NOON, DEVICES));
        }

        assertThat(queue.putBack(taken)).isEqualTo(1);
        assertThat(queue.size()).isEqualTo(DenialQueue.MAX_ROWS);
    }

    private static List<String> customers(List<Waiting> rows) {
        return rows.stream().map(row -> row.key().customer().value()).toList();
    }
}
