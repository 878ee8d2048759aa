package dev.tally.http;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Validator;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;

/** Reads one of several values, so that a wrong one costs none of the others. */
@ApplicationScoped
public class ValueReader {

    @Inject Validator validator;

    /**
     * Reads the value of a node.
     *
     * @throws ProblemException if the node does not fit the type
     */
    public <T> T read(JsonNode node, Class<T> type) {
        return read(node.toString().getBytes(StandardCharsets.UTF_8), type);
    }

    /**
     * Reads the value of a line.
     *
     * @param mostLines number of lines that a request may have
     * @throws ProblemException if the line is too long, has too high a number, or does not fit the
     *     type
     */
    public <T> T read(Lines.Line line, int mostLines, Class<T> type) {
        if (line.number() > mostLines) {
            throw new ProblemException(
                    ProblemType.BODY_TOO_LARGE, "A request has " + mostLines + " lines at most.");
        }
        if (line.isTooLong()) {
            throw new ProblemException(
                    ProblemType.BODY_TOO_LARGE,
                    "A line has " + Lines.MAX_LINE_BYTES + " bytes at most.");
        }
        return read(line.bytes(), type);
    }

    private <T> T read(byte[] json, Class<T> type) {
        var value = Json.read(json, type);
        var violations = validator.validate(value);
        if (!violations.isEmpty()) {
            throw InvalidRequests.problem(new ConstraintViolationException(violations));
        }
        return value;
    }
}
