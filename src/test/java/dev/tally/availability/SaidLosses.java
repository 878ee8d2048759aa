package dev.tally.availability;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Keeps what a node says to be lost, in the place of its log and metric. */
public final class SaidLosses extends LostWrites {

    private final Map<Kind, List<String>> said = new EnumMap<>(Kind.class);

    @Override
    public void say(Kind kind, Found found) {
        if (found.count() == 0) return;
        said.computeIfAbsent(kind, first -> new ArrayList<>()).addAll(found.named());
    }

    /** All that was said of a kind. */
    public List<String> of(Kind kind) {
        return List.copyOf(said.getOrDefault(kind, List.of()));
    }
}
