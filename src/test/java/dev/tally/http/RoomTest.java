package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.http.Room.Waiting;
import dev.tally.runtime.Ticks;

import jakarta.servlet.AsyncContext;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class RoomTest {

    private final List<String> done = new ArrayList<>();
    private final Room room = new Room(2, 3, Duration.ofSeconds(1));

    @Test
    void as_many_requests_are_at_work_as_there_are_places() {
        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isFalse();
        assertThat(room.atWork()).isEqualTo(2);

        room.leave();
        assertThat(room.enter()).isTrue();
    }

    @Test
    void the_first_that_waits_is_the_first_to_be_let_in_and_nobody_overtakes() {
        fill();
        room.await(waiting("first", Ticks.nanos()));
        room.await(waiting("second", Ticks.nanos()));
        assertThat(done).isEmpty();

        room.leave();
        assertThat(done).containsExactly("first dispatch");
        assertThat(room.enter()).isFalse();
        room.leave();
        assertThat(done).containsExactly("first dispatch", "second dispatch");
        room.leave();
        room.leave();
        assertThat(room.atWork()).isZero();
    }

    @Test
    void a_place_that_became_free_in_between_is_taken() {
        room.await(waiting("late", Ticks.nanos()));

        assertThat(done).containsExactly("late dispatch");
    }

    @Test
    void who_has_waited_too_long_is_refused_once() {
        fill();
        room.await(waiting("old", Ticks.nanos() - Duration.ofSeconds(2).toNanos()));
        room.await(waiting("new", Ticks.nanos()));

        room.refuseLate();
        room.refuseLate();
        assertThat(done).containsExactly("old refused", "old complete");
        room.leave();
        assertThat(done).last().isEqualTo("new dispatch");
    }

    @Test
    void a_caller_who_has_gone_takes_no_place() {
        fill();
        room.await(waiting("gone", Ticks.nanos()));
        room.await(waiting("here", Ticks.nanos()));

        room.leave();
        assertThat(done).containsExactly("gone dispatch", "here dispatch");
        room.leave();
        room.leave();
        assertThat(room.atWork()).isZero();
    }

    @Test
    void the_line_has_an_end() {
        fill();
        for (int i = 0; i < 3; i++) {
            assertThat(room.isLineFull()).isFalse();
            room.await(waiting("one", Ticks.nanos()));
        }
        assertThat(room.isLineFull()).isTrue();

        room.leave();
        assertThat(room.isLineFull()).isFalse();
    }

    private void fill() {
        while (room.enter()) assertThat(room.atWork()).isPositive();
    }

    private Waiting waiting(String name, long since) {
        var request =
                Proxy.newProxyInstance(
                        RoomTest.class.getClassLoader(),
                        new Class<?>[] {AsyncContext.class},
                        (proxy, method, arguments) -> {
                            done.add(name + " " + method.getName());
                            if (name.equals("gone")) throw new IllegalStateException("gone");
                            return null;
                        });
        return new Waiting((AsyncContext) request, since, () -> done.add(name + " refused"));
    }
}
