package dev.tally.catalog.api;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.Title;
import dev.tally.http.Json;
import dev.tally.http.Lines;
import dev.tally.http.Lines.Line;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.Validator;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Loads titles from NDJSON line by line, in memory that does not grow with the number of lines. */
@ApplicationScoped
public class TitleImport {

    /** Most lines of one request. */
    static final int MAX_LINES = 100_000;

    /** Most bytes of one request. */
    static final int MAX_BYTES = 64 * 1024 * 1024;

    /** Most titles of one transaction. */
    static final int BATCH = 500;

    /** Most bad lines that the report names; further ones are only counted. */
    static final int MAX_REPORTED = 1_000;

    @Inject Catalog catalog;
    @Inject Validator validator;

    /**
     * Result of an import.
     *
     * @param rejected number of lines that were not stored
     * @param errors reasons for the first {@value #MAX_REPORTED} of them
     */
    public record Report(int stored, int rejected, List<LineError> errors) {}

    /** Reason why a line was not stored; lines count from 1. */
    public record LineError(int line, String detail) {}

    Report load(InputStream body) {
        try {
            return new Run(body).load();
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemType.MALFORMED_JSON, "The request ended before its last line did.");
        }
    }

    /** The import of one request. */
    private final class Run {

        private final InputStream body;
        private final List<Title> batch = new ArrayList<>(BATCH);
        private final List<LineError> errors = new ArrayList<>();
        private int stored;
        private int rejected;

        Run(InputStream body) {
            this.body = body;
        }

        Report load() throws IOException {
            var lines = new Lines(body);
            for (var line = lines.next(); line != null; line = lines.next()) take(line);
            store();
            return new Report(stored, rejected, errors);
        }

        private void take(Line line) {
            var number = line.number();
            if (number > MAX_LINES) {
                reject(number, "a request has " + MAX_LINES + " lines at most");
                return;
            }
            if (line.isTooLong()) {
                reject(number, "a line has " + Lines.MAX_LINE_BYTES + " bytes at most");
                return;
            }
            try {
                var request = Json.read(line.bytes(), TitleRequest.class);
                var violations = validator.validate(request);
                if (request.titleId() == null) {
                    reject(number, "titleId must not be null");
                } else if (violations.isEmpty()) {
                    add(request.title(request.titleId()));
                } else {
                    reject(
                            number,
                            violations.stream()
                                    .map(v -> v.getPropertyPath() + " " + v.getMessage())
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
                }
            } catch (ProblemException e) {
                // The problem's place counts within the line, and would read as one in the request.
                reject(
                        number,
                        e.type() == ProblemType.MALFORMED_JSON
                                ? "is not valid JSON"
                                : e.getMessage());
            }
        }

        private void add(Title title) {
            batch.add(title);
            if (batch.size() == BATCH) {
                store();
            }
        }

        private void store() {
            if (!batch.isEmpty()) {
                catalog.put(batch);
                stored += batch.size();
                batch.clear();
            }
        }

        private void reject(int line, String detail) {
            rejected++;
            if (errors.size() < MAX_REPORTED) {
                errors.add(new LineError(line, detail));
            }
        }
    }
}
