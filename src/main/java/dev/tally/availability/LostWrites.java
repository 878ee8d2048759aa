package dev.tally.availability;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;

import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Says in the log which writes another server of the database has not got, although this node knows
 * that callers were told them to be stored, and counts them. Customers' commands are not among
 * them: the event store says those itself.
 */
@ApplicationScoped
public class LostWrites {

    private static final Logger LOG = Logger.getLogger(LostWrites.class.getName());

    /** Most writes that one line of the log names; further ones are only counted. */
    public static final int MOST_NAMED = 100;

    @Inject MetricRegistry metrics;

    private final Map<Kind, Counter> counters = new EnumMap<>(Kind.class);

    /** The kinds of writes, each with what its line in the log begins with. */
    public enum Kind {
        ERASURE("erasures, which are requested again"),
        HOLD("changes of legal holds"),
        TITLE("titles, which are not written again"),
        POLICY("versions of policies, which are not written again");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        private Tag tag() {
            return new Tag("kind", name().toLowerCase(Locale.ROOT));
        }
    }

    /** Lost writes of one kind: how many there are, and the names of the first. */
    public static final class Found {

        private final List<String> named = new ArrayList<>();
        private long count;

        public void add(String name) {
            count++;
            if (named.size() < MOST_NAMED) named.add(name);
        }

        public long count() {
            return count;
        }

        public List<String> named() {
            return List.copyOf(named);
        }
    }

    void showAtStart(@Observes Startup started) {
        // The call alone registers the metrics: operators see them before the first loss.
    }

    @PostConstruct
    void register() {
        var metadata =
                Metadata.builder()
                        .withName("tally.writes.lost")
                        .withDescription(
                                "Erasures, legal holds, titles and policies that this node knows"
                                        + " and that the database lost.")
                        .build();
        for (var kind : Kind.values()) counters.put(kind, metrics.counter(metadata, kind.tag()));
    }

    /** Says and counts what was found; nothing if nothing was. */
    public void say(Kind kind, Found found) {
        if (found.count() == 0) return;
        counters.get(kind).inc(found.count());
        var unnamed = found.count() - found.named().size();
        LOG.log(
                Level.WARNING,
                "Lost by the database: {0}. {1} in all: {2}{3}",
                new Object[] {
                    kind.words,
                    Long.toString(found.count()),
                    String.join(", ", found.named()),
                    unnamed == 0 ? "" : " and " + unnamed + " more"
                });
    }
}
