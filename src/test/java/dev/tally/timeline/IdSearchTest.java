package dev.tally.timeline;

import static dev.tally.timeline.IdSearch.AROUND;
import static dev.tally.timeline.IdSearch.MOST;
import static dev.tally.timeline.IdSearch.RECENT;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.eventstore.EventSearch.Hit;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The time that is searched for an id is short, whoever made the id. */
@SuppressWarnings("UnnecessaryAssignment") // here nothing injects
class IdSearchTest {

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    private record Searched(Instant from, Instant to) {}

    private final List<Searched> searched = new ArrayList<>();
    private final List<Hit> stored = new ArrayList<>();
    private final IdSearch search = new IdSearch();

    IdSearchTest() {
        search.clock = () -> now;
        search.events =
                (id, from, to, limit) -> {
                    searched.add(new Searched(from, to));
                    return stored.stream()
                            .filter(hit -> !hit.at().isBefore(from) && hit.at().isBefore(to))
                            .limit(limit)
                            .toList();
                };
    }

    private static Hit hit(String customer, Instant at) {
        return new Hit(customer, 1, at, "License", false);
    }

    private Searched recent() {
        return new Searched(now.minus(RECENT), now.plus(AROUND));
    }

    @Test
    void an_id_that_was_made_here_is_found_around_its_time_however_long_ago() {
        var id = "01kajr6t4cq8v0w5n2m7x9z3ye";
        var made = Ids.timeOf(id).orElseThrow();
        search.clock = () -> made.plus(3_000, ChronoUnit.DAYS);
        stored.add(hit("anna", made.plusSeconds(2)));

        assertThat(search.find(id).hits()).isEqualTo(stored);
        assertThat(searched).containsExactly(new Searched(made.minus(AROUND), made.plus(AROUND)));
    }

    /** A license that was promised in an outage is stored when the database is back. */
    @Test
    void a_license_that_waited_in_a_journal_is_found_among_recent_events() {
        var id = Ids.next();
        search.clock = () -> now.plus(2, ChronoUnit.DAYS);
        stored.add(hit("anna", now.plus(1, ChronoUnit.DAYS)));

        var found = search.find(id);

        assertThat(found.hits()).isEqualTo(stored);
        assertThat(found.from()).isEqualTo(now.plus(2, ChronoUnit.DAYS).minus(RECENT));
        assertThat(searched).hasSize(2);
    }

    /** The last two look like ids of the year 10889 and of 1970. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "phone",
                "01KAJR6T4CQ8V0W5N2M7X9Z3YE",
                "zzzzzzzzzzzzzzzzzzzzzzzzzz",
                "7zzzzzzzzzzzzzzzzzzzzzzzzz",
                "00000000000000000000000000"
            })
    void an_id_that_tells_no_time_is_searched_for_among_recent_events(String id) {
        search.find(id);

        assertThat(searched).containsExactly(recent());
    }

    @Test
    void of_an_id_that_many_have_some_are_found() {
        IntStream.rangeClosed(0, MOST).forEach(n -> stored.add(hit("customer-" + n, now)));

        var found = search.find("phone");

        assertThat(found.hits()).hasSize(MOST);
        assertThat(found.hasMore()).isTrue();
        stored.removeLast();
        assertThat(search.find("phone").hasMore()).isFalse();
    }
}
