package dev.tally.timeline;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One field that a command changed.
 *
 * @param field name of the field, as in the answers about the aggregate
 * @param before its value, as text as JSON would have it without quotes; null: there was none
 */
public record Difference(String field, String before, String after) {

    /** The fields that differ, in their order. */
    static List<Difference> between(Map<String, String> before, Map<String, String> after) {
        var fields = new LinkedHashSet<>(before.keySet());
        fields.addAll(after.keySet());
        var differences = new ArrayList<Difference>();
        for (var field : fields) {
            var was = before.get(field);
            var is = after.get(field);
            if (!Objects.equals(was, is)) differences.add(new Difference(field, was, is));
        }
        return differences;
    }
}
