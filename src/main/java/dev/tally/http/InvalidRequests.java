package dev.tally.http;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Answers 400 to a request whose values break their constraints, and names every broken one. */
@Provider
public class InvalidRequests implements ExceptionMapper<ConstraintViolationException> {

    /** One invalid field, and what is wrong with it. */
    record FieldError(String field, String message) {}

    @Override
    public Response toResponse(ConstraintViolationException exception) {
        return Problem.response(problem(exception)).build();
    }

    /** The problem that names every broken constraint. */
    public static ProblemException problem(ConstraintViolationException exception) {
        var errors =
                exception.getConstraintViolations().stream()
                        .map(violation -> new FieldError(field(violation), violation.getMessage()))
                        .sorted(
                                Comparator.comparing(FieldError::field)
                                        .thenComparing(FieldError::message))
                        .toList();
        return invalid(errors);
    }

    static ProblemException invalid(List<FieldError> errors) {
        var fields =
                errors.stream().map(FieldError::field).distinct().collect(Collectors.joining(", "));
        return new ProblemException(
                ProblemType.INVALID_REQUEST,
                "Not valid: " + fields + ".",
                Map.of("errors", errors));
    }

    /**
     * Path of an invalid field as the caller knows it: without the method and, for fields of the
     * body, without the parameter.
     */
    private static String field(ConstraintViolation<?> violation) {
        var nodes = StreamSupport.stream(violation.getPropertyPath().spliterator(), false).toList();
        var properties =
                nodes.stream().filter(node -> node.getKind() == ElementKind.PROPERTY).toList();
        if (properties.isEmpty()) return nodes.getLast().toString();
        return header(violation)
                .orElseGet(
                        () ->
                                properties.stream()
                                        .map(Object::toString)
                                        .collect(Collectors.joining(".")));
    }

    /**
     * Name of the header that a field of a bean of headers holds: callers know the header, not the
     * field.
     */
    private static Optional<String> header(ConstraintViolation<?> violation) {
        var name = violation.getPropertyPath().toString().replaceAll(".*\\.", "");
        return Arrays.stream(violation.getLeafBean().getClass().getDeclaredFields())
                .filter(field -> field.getName().equals(name))
                .filter(field -> field.isAnnotationPresent(HeaderParam.class))
                .map(field -> field.getAnnotation(HeaderParam.class).value())
                .findFirst();
    }
}
