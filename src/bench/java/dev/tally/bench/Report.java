package dev.tally.bench;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is printed and stored: the same figures as a page and as JSON. */
final class Report {

    private final StringBuilder page = new StringBuilder();
    private final Map<String, Object> figures = new LinkedHashMap<>();

    void title(String title) {
        page.append("# ").append(title).append("\n\n");
    }

    void section(String title) {
        page.append("## ").append(title).append("\n\n");
    }

    void say(String sentence) {
        page.append(sentence).append("\n\n");
    }

    /** Columns as in the head, the first of text and the others of figures. */
    void table(String name, List<String> head, List<List<Object>> rows) {
        page.append("| ").append(String.join(" | ", head)).append(" |\n|");
        for (int column = 0; column < head.size(); column++) {
            page.append(column == 0 ? " --- |" : " ---: |");
        }
        page.append('\n');
        var json = new ArrayList<Map<String, Object>>();
        for (var row : rows) {
            var object = new LinkedHashMap<String, Object>();
            page.append('|');
            for (int column = 0; column < head.size(); column++) {
                page.append(' ').append(Figures.text(row.get(column))).append(" |");
                object.put(head.get(column), row.get(column));
            }
            page.append('\n');
            json.add(object);
        }
        page.append('\n');
        figures.put(name, json);
    }

    void code(String name, String text) {
        page.append("```\n").append(text.stripTrailing()).append("\n```\n\n");
        figures.put(name, text);
    }

    String page() {
        return page.toString();
    }

    void store(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("report.md"), page);
        Files.writeString(
                folder.resolve("report.json"),
                JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(figures));
    }
}
