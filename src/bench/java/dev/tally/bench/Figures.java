package dev.tally.bench;

import java.util.List;
import java.util.Locale;

/** Formats figures for people. */
final class Figures {

    private Figures() {}

    static String text(Object figure) {
        return switch (figure) {
            case null -> "";
            case Double d when d >= 1_000 -> String.format(Locale.ROOT, "%,.0f", d);
            case Double d when d >= 100 -> String.format(Locale.ROOT, "%.0f", d);
            case Double d -> String.format(Locale.ROOT, "%.2f", d);
            case Long l -> String.format(Locale.ROOT, "%,d", l);
            case Integer i -> String.format(Locale.ROOT, "%,d", i);
            default -> figure.toString();
        };
    }

    static double median(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        var middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
