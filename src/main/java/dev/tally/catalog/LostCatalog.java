package dev.tally.catalog;

import dev.tally.availability.LostWrites;
import dev.tally.availability.LostWrites.Found;
import dev.tally.availability.LostWrites.Kind;
import dev.tally.ids.TitleId;

import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Finds the titles and policies that another server of the database has not got, among those that
 * the node's copy has and those that the node itself has told its callers to be stored. They are
 * said, and not written again: an operator may have corrected them since, and decisions may have
 * been made without them.
 */
final class LostCatalog {

    /**
     * Most titles that are remembered of this node's own writes, at about 250 bytes of heap each.
     * The copy has those that were written before.
     */
    static final int MOST_TITLES = 20_000;

    /** Most versions of policies that are remembered of this node's own writes. */
    static final int MOST_POLICIES = 1_000;

    /** Most writes that one query looks for. */
    private static final int PAGE = 1_000;

    private final CatalogRows rows;
    private final LostWrites said;
    private final Newest<TitleId, TitleVersion> titles = new Newest<>(MOST_TITLES);
    private final Newest<PolicyRow.Key, PolicyRow> policies = new Newest<>(MOST_POLICIES);

    LostCatalog(CatalogRows rows, LostWrites said) {
        this.rows = rows;
        this.said = said;
    }

    /** The newest writes of this node, of each title or version one. */
    private static final class Newest<K, W> {

        private final int most;
        private final SequencedMap<K, W> writes = new LinkedHashMap<>();

        private Newest(int most) {
            this.most = most;
        }

        private synchronized void add(K key, W write) {
            writes.putLast(key, write);
            if (writes.size() > most) writes.pollFirstEntry();
        }

        private synchronized List<W> all() {
            return List.copyOf(writes.values());
        }

        /** Forgets writes, except those that a later one has replaced. */
        private synchronized void forget(Map<K, W> lost) {
            lost.forEach(writes::remove);
        }
    }

    /** Remembers titles that this node has stored. */
    void remember(Collection<TitleVersion> stored) {
        for (var title : stored) titles.add(title.title().id(), title);
    }

    /** Remembers a version of a policy that this node has stored. */
    void remember(PolicyRow stored) {
        policies.add(stored.key(), stored);
    }

    /**
     * Compares what is known with what the database has, and says what is lost.
     *
     * @param copy what was copied from the server that answered before
     */
    void say(CopyFile copy) throws SQLException {
        sayTitles(copy);
        sayPolicies(copy);
    }

    private void sayTitles(CopyFile copy) throws SQLException {
        var found = new Found();
        var own = new LinkedHashMap<TitleId, TitleVersion>();
        var known = titles.all();
        for (int i = 0; i < known.size(); i += PAGE) {
            for (var lost : rows.lostTitles(page(known, i))) own.put(lost.title().id(), lost);
        }
        own.values().forEach(lost -> found.add(name(lost)));
        var page = copy.titles("", PAGE);
        while (!page.isEmpty()) {
            for (var lost : rows.lostTitles(page)) {
                var later = own.get(lost.title().id());
                if (later == null || later.version() < lost.version()) found.add(name(lost));
            }
            page = copy.titles(page.getLast().title().id().value(), PAGE);
        }
        said.say(Kind.TITLE, found);
        titles.forget(own);
    }

    private void sayPolicies(CopyFile copy) throws SQLException {
        var found = new Found();
        var own = new LinkedHashMap<PolicyRow.Key, PolicyRow>();
        var known = policies.all();
        for (int i = 0; i < known.size(); i += PAGE) {
            for (var lost : rows.lostPolicies(page(known, i))) own.put(lost.key(), lost);
        }
        own.values().forEach(lost -> found.add(name(lost)));
        var page = copy.policiesAfter(null, PAGE);
        while (!page.isEmpty()) {
            for (var lost : rows.lostPolicies(page)) {
                if (!own.containsKey(lost.key())) found.add(name(lost));
            }
            page = copy.policiesAfter(page.getLast(), PAGE);
        }
        said.say(Kind.POLICY, found);
        policies.forget(own);
    }

    private static <W> List<W> page(List<W> all, int from) {
        return all.subList(from, Math.min(from + PAGE, all.size()));
    }

    private static String name(TitleVersion lost) {
        return lost.title().id().value() + " version " + lost.version();
    }

    private static String name(PolicyRow lost) {
        return "%s/%s version %d%s"
                .formatted(
                        lost.scope,
                        lost.scopeId,
                        lost.version,
                        lost.removed ? " (its removal)" : "");
    }
}
