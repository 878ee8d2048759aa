package dev.tally.bench;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report, which has the same figures as a page and as JSON. */
final class Report {

    private static final List<String> TARGETS = List.of("", "measured", "at least", "at most");

    private final StringBuilder opening = new StringBuilder();
    private final StringBuilder sections = new StringBuilder();
    private final List<List<Object>> targets = new ArrayList<>();
    private final Map<String, Object> figures = new LinkedHashMap<>();
    private StringBuilder page = opening;

    void title(String title) {
        page.append("# ").append(title).append("\n\n");
    }

    /**
     * Begins a section. What comes before the first section opens the page; the targets follow it.
     */
    void section(String title) {
        page = sections;
        page.append("## ").append(title).append("\n\n");
    }

    void say(String sentence) {
        page.append(sentence).append("\n\n");
    }

    /** Adds a figure that should be at least the target. */
    void atLeast(double target, String what, double measured) {
        targets.add(Arrays.asList(what, measured, target, null));
    }

    /** Adds a figure that should be at most the target. */
    void atMost(double target, String what, double measured) {
        targets.add(Arrays.asList(what, measured, null, target));
    }

    /** Adds a table, whose first column is text and whose other columns are figures. */
    void table(String name, List<String> head, List<List<Object>> rows) {
        page.append(text(head, rows));
        figures.put(name, json(head, rows));
    }

    void code(String name, String text) {
        page.append("```\n").append(text.stripTrailing()).append("\n```\n\n");
        figures.put(name, text);
    }

    String page() {
        return opening + "## Targets\n\n" + text(TARGETS, targets) + sections;
    }

    void store(Path folder) throws IOException {
        figures.put("targets", json(TARGETS, targets));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("report.md"), page());
        Files.writeString(
                folder.resolve("report.json"),
                JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(figures));
    }

    private static String text(List<String> head, List<List<Object>> rows) {
        var text = new StringBuilder("| ").append(String.join(" | ", head)).append(" |\n| ---");
        text.append(" | ---:".repeat(head.size() - 1)).append(" |\n");
        for (var row : rows) {
            text.append('|');
            row.forEach(value -> text.append(' ').append(Figures.text(value)).append(" |"));
            text.append('\n');
        }
        return text.append('\n').toString();
    }

    private static List<Map<String, Object>> json(List<String> head, List<List<Object>> rows) {
        return rows.stream()
                .map(
                        row -> {
                            Map<String, Object> object = new LinkedHashMap<>();
                            for (int column = 0; column < head.size(); column++) {
                                object.put(head.get(column), row.get(column));
                            }
                            return object;
                        })
                .toList();
    }
}
