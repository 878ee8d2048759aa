package dev.tally.availability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.availability.LostWrites.Found;
import dev.tally.availability.LostWrites.Kind;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a replaced database has lost is one line of the log for each kind, and a number. */
class LostWritesTest {

    private static final Logger LOGGER = Logger.getLogger(LostWrites.class.getName());

    private final Map<String, Long> counts = new TreeMap<>();
    private final List<String> lines = new ArrayList<>();
    private final LostWrites said = new LostWrites();

    private final Handler log =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    var text = MessageFormat.format(line.getMessage(), line.getParameters());
                    lines.add(line.getLevel() + " " + text);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    void register() {
        LOGGER.addHandler(log);
        said.metrics =
                stub(
                        MetricRegistry.class,
                        (method, arguments) -> counter(((Tag[]) arguments[1])[0].getTagValue()));
        said.register();
    }

    @AfterEach
    void stop() {
        LOGGER.removeHandler(log);
    }

    @Test
    void each_kind_is_counted_from_the_start() {
        assertThat(counts).isEqualTo(Map.of("erasure", 0L, "hold", 0L, "title", 0L, "policy", 0L));
    }

    @Test
    void what_is_lost_is_named_in_one_line_and_counted_by_kind() {
        said.say(Kind.TITLE, found(2));

        assertThat(lines)
                .containsExactly(
                        "WARNING Lost by the database: titles, which are not written again. 2 in"
                                + " all: write 1, write 2");
        assertThat(counts).containsEntry("title", 2L).containsEntry("policy", 0L);
    }

    @Test
    void a_line_names_no_more_than_it_may_and_counts_the_others() {
        said.say(Kind.POLICY, found(LostWrites.MOST_NAMED));
        said.say(Kind.POLICY, found(LostWrites.MOST_NAMED + 2));

        assertThat(lines.getFirst()).endsWith("write " + LostWrites.MOST_NAMED);
        assertThat(lines.getLast()).endsWith("write " + LostWrites.MOST_NAMED + " and 2 more");
        assertThat(counts).containsEntry("policy", 2L * LostWrites.MOST_NAMED + 2);
    }

    @Test
    void nothing_is_said_where_nothing_is_lost() {
        said.say(Kind.HOLD, found(0));

        assertThat(lines).isEmpty();
    }

    private static Found found(int count) {
        var found = new Found();
        for (int i = 1; i <= count; i++) found.add("write " + i);
        return found;
    }

    private Counter counter(String kind) {
        counts.put(kind, 0L);
        return stub(
                Counter.class,
                (method, arguments) -> {
                    counts.merge(kind, (Long) arguments[0], Long::sum);
                    return null;
                });
    }

    private interface Calls {
        Object answer(String method, Object[] arguments);
    }

    private static <T> T stub(Class<T> type, Calls calls) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> calls.answer(method.getName(), arguments)));
    }
}
