package dev.tally.licensing.denials;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Denials of this node that wait to be stored, in the order in which they came. Nobody waits here:
 * what has no room is refused.
 */
final class DenialQueue {

    /**
     * Most rows that wait: about 10 MB, and the denials of some minutes while the store is away.
     */
    static final int MAX_ROWS = 10_000;

    private final Map<Waiting.Key, Waiting> rows = new LinkedHashMap<>();

    /** Adds denials that are newer than all others; false if there is no room for them. */
    synchronized boolean add(Waiting denials) {
        if (rows.size() >= MAX_ROWS && !rows.containsKey(denials.key())) return false;
        rows.merge(denials.key(), denials, Waiting::with);
        return true;
    }

    /** Takes the oldest rows out. */
    synchronized List<Waiting> take(int most) {
        var taken = new ArrayList<Waiting>();
        var oldest = rows.values().iterator();
        while (taken.size() < most && oldest.hasNext()) {
            taken.add(oldest.next());
            oldest.remove();
        }
        return taken;
    }

    /**
     * Puts rows back to the front that were taken and could not be stored.
     *
     * @return number of denials that have no room any more
     */
    synchronized long putBack(List<Waiting> taken) {
        var newer = new ArrayList<>(rows.values());
        rows.clear();
        for (var row : taken) rows.put(row.key(), row);
        return newer.stream().filter(row -> !add(row)).mapToLong(Waiting::count).sum();
    }

    synchronized int size() {
        return rows.size();
    }
}
