package dev.tally.playback.api;

import dev.tally.http.InvalidRequests;
import dev.tally.http.Json;
import dev.tally.http.ProblemException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Validator;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;

/** Reads one of several values, so that a wrong one costs none of the others. */
@ApplicationScoped
class ReportReader {

    @Inject Validator validator;

    /**
     * Reads the value of a node.
     *
     * @throws ProblemException if the node does not fit the type
     */
    <T> T read(JsonNode node, Class<T> type) {
        return read(node.toString().getBytes(StandardCharsets.UTF_8), type);
    }

    <T> T read(byte[] json, Class<T> type) {
        var value = Json.read(json, type);
        var violations = validator.validate(value);
        if (!violations.isEmpty()) {
            throw InvalidRequests.problem(new ConstraintViolationException(violations));
        }
        return value;
    }
}
