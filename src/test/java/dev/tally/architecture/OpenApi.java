package dev.tally.architecture;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.net.http.HttpHeaders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The OpenAPI document as callers get it. */
public final class OpenApi {

    static final JsonNode DOCUMENT =
            new YAMLMapper().readTree(Path.of("src/main/resources/META-INF/openapi.yaml"));

    /** A time as answers write it. */
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z";

    private static final Pattern ANY_TIME =
            Pattern.compile(
                    "(?<!such as )\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d[0-9:.]*(Z|[+-]\\d\\d:\\d\\d)");

    /** A member of a JSON object whose text a caller chose; any text may look like a time. */
    private static final Pattern CHOSEN_BY_CALLER =
            Pattern.compile("\"(name|deviceName|reason)\":\"(\\\\.|[^\"\\\\])*\"");

    private static final String SCHEMA = "#/components/schemas/";
    private static final List<String> TOLD_HEADERS =
            List.of(
                    "ETag",
                    "Location",
                    "Link",
                    "Retry-After",
                    "WWW-Authenticate",
                    "Cache-Control",
                    "X-Accel-Buffering");

    /** The Cache-Control of every answer that has no other. */
    private static final String USUAL_CACHING = "no-store";

    private static final String CLOSED = "urn:tally:openapi:closed";
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDialect(
                    Dialects.getOpenApi31(),
                    registry -> registry.schemas(Map.of(CLOSED, closed())));

    private OpenApi() {}

    /** The document as it was written. */
    public static JsonNode document() {
        return DOCUMENT;
    }

    /** One operation, with its parameters and those of its path. */
    public record Operation(String method, String path, JsonNode node, List<JsonNode> parameters) {

        String id() {
            return node.path("operationId").asString("");
        }

        boolean matches(String actual) {
            return actual.matches(path.replace(".", "[.]").replaceAll("\\{[^}]*}", "[^/]+"));
        }

        /**
         * The roles that may call it: those that it names, otherwise all; none if it needs no
         * token.
         */
        public Set<String> roles() {
            if (node.has("security") && node.get("security").isEmpty()) return Set.of();
            if (!node.has("x-roles")) return Set.of("edge", "reader", "operator");
            return node.get("x-roles")
                    .valueStream()
                    .map(JsonNode::asString)
                    .collect(Collectors.toSet());
        }

        /** The answers by status, including {@code default}. */
        Map<String, JsonNode> responses() {
            var responses = new TreeMap<String, JsonNode>();
            node.get("responses")
                    .forEachEntry((status, response) -> responses.put(status, resolved(response)));
            return responses;
        }

        public JsonNode requestBody() {
            return resolved(node.path("requestBody"));
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    public static List<Operation> operations() {
        var operations = new ArrayList<Operation>();
        DOCUMENT.get("paths")
                .forEachEntry(
                        (path, item) ->
                                item.forEachEntry(
                                        (method, node) -> {
                                            if (METHODS.contains(method)) {
                                                operations.add(operation(method, path, item, node));
                                            }
                                        }));
        return operations;
    }

    private static Operation operation(String method, String path, JsonNode item, JsonNode node) {
        var parameters =
                Stream.concat(
                                item.path("parameters").valueStream(),
                                node.path("parameters").valueStream())
                        .map(OpenApi::resolved)
                        .toList();
        return new Operation(method.toUpperCase(Locale.ROOT), path, node, parameters);
    }

    /** The node that a reference points to; a node without a reference is returned itself. */
    public static JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? at(node.get("$ref").stringValue()) : node;
    }

    /** The node at a reference into the document; a missing node if there is none. */
    static JsonNode at(String reference) {
        return DOCUMENT.at(reference.substring(1));
    }

    /**
     * The differences between an answer and the document.
     *
     * @param path without its query
     */
    public static List<String> errors(
            String method, String path, int status, HttpHeaders headers, String body) {
        var operation =
                operations().stream()
                        .filter(o -> o.method().equals(method) && o.matches(path))
                        .findFirst();
        if (operation.isEmpty()) return List.of("no such operation");
        var response = operation.get().responses().get(String.valueOf(status));
        if (response == null) return List.of(status + " is not told");
        var errors = new ArrayList<String>();
        for (var header : TOLD_HEADERS) {
            var told = resolved(response.at("/headers/" + header));
            var isThere =
                    headers.firstValue(header)
                            .filter(value -> told.isObject() || !value.equals(USUAL_CACHING))
                            .isPresent();
            if (isThere != told.isObject() && (isThere || told.path("required").asBoolean(false))) {
                errors.add("header " + header);
            }
        }
        if (body.isEmpty() && !response.has("content")) return errors;
        errors.addAll(timesOfOtherForm(body));
        var type = headers.firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        var content = response.at("/content/" + type.replace("/", "~1"));
        var ofEachLine = content.has("x-line");
        var schema = content.at(ofEachLine ? "/x-line/$ref" : "/schema/$ref");
        if (schema.isMissingNode()) {
            errors.add("content type " + type);
            return errors;
        }
        var name = schema.asString().substring(SCHEMA.length());
        var values = ofEachLine ? body.lines() : Stream.of(body);
        values.forEach(json -> errors.addAll(errors(name, JsonMapper.shared().readTree(json))));
        return errors;
    }

    /**
     * The times in a text that are not written as answers write them. What a caller may send,
     * {@code such as} a shorter form, is no time of an answer, and neither is a name that a caller
     * chose.
     */
    public static List<String> timesOfOtherForm(String text) {
        return ANY_TIME.matcher(CHOSEN_BY_CALLER.matcher(text).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .filter(time -> !time.matches(TIME))
                .map(time -> "the time " + time)
                .toList();
    }

    /**
     * The differences between a value and its schema, including members that the schema does not
     * name.
     */
    public static List<String> errors(String schema, JsonNode value) {
        return SCHEMAS
                .getSchema(SchemaLocation.of(CLOSED + "#/$defs/" + schema))
                .validate(
                        value,
                        execution ->
                                execution.executionConfig(
                                        config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .toList();
    }

    /**
     * The schemas as one schema that refuses unknown members and values. Clients must accept new
     * ones, but a test must notice those that the document does not name.
     */
    private static String closed() {
        var schemas = at("#/components/schemas").deepCopy();
        for (var schema : schemas) {
            if (schema.has("properties")) ((ObjectNode) schema).put("additionalProperties", false);
        }
        var definitions = JsonNodeFactory.instance.objectNode().set("$defs", schemas);
        return definitions
                .toString()
                .replace(SCHEMA, "#/$defs/")
                .replace("\"x-extensible-enum\"", "\"enum\"");
    }
}
