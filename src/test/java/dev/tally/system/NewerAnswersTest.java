package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.architecture.OpenApi;
import dev.tally.client.ApiClient;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.util.HashSet;
import java.util.stream.Stream;

/**
 * A client that was generated from this document reads the answers of a newer server: unknown
 * values where values may grow, and unknown members everywhere.
 */
class NewerAnswersTest {

    private static final String SCHEMA = "#/components/schemas/";
    private static final String NEW_VALUE = "SOMETHING_NEW";

    @TestFactory
    Stream<DynamicTest> an_answer_of_a_newer_server_is_read() {
        var seen = new HashSet<String>();
        return OpenApi.document().findValues("content").stream()
                .flatMap(JsonNode::valueStream)
                .flatMap(
                        media ->
                                media.path("examples")
                                        .valueStream()
                                        .map(e -> example(media.at("/schema/$ref"), e)))
                .filter(Example::isOfAnAnswer)
                .filter(example -> seen.add(example.name))
                .map(example -> DynamicTest.dynamicTest(example.name, () -> check(example)));
    }

    @Test
    void a_license_has_two_values_that_may_grow() {
        var license = at("#/components/examples/License/value").deepCopy();

        assertThat(count(newer(at(SCHEMA + "License"), license).toString())).isEqualTo(2);
    }

    private record Example(String name, String schema, JsonNode value) {

        private boolean isOfAnAnswer() {
            return !schema.isEmpty()
                    && !schema.endsWith("Request")
                    && !schema.equals("SessionEvents");
        }
    }

    private static Example example(JsonNode schema, JsonNode reference) {
        var name = reference.get("$ref").asString();
        var of = schema.asString("");
        return new Example(
                name.substring(name.lastIndexOf('/') + 1),
                of.substring(of.lastIndexOf('/') + 1),
                at(name).get("value"));
    }

    private static void check(Example example) throws ClassNotFoundException {
        var newer = newer(at(SCHEMA + example.schema), example.value.deepCopy());
        var type = Class.forName("dev.tally.client.model." + example.schema);
        var client = new ApiClient().getObjectMapper();

        var read = client.readValue(newer.toString(), type);

        assertThat(count(client.writeValueAsString(read))).isEqualTo(count(newer.toString()));
    }

    /** The value with what a newer server may say. */
    private static JsonNode newer(JsonNode schema, JsonNode value) {
        var told = resolved(schema);
        if (value instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                list.set(i, newer(told.get("items"), list.get(i)));
            }
        }
        if (value instanceof ObjectNode object && told.has("properties")) {
            for (var name : object.propertyNames().stream().toList()) {
                object.set(name, newer(told.at("/properties/" + name), object.get(name)));
            }
            object.put("memberOfALaterVersion", "x");
        }
        return told.has("x-extensible-enum")
                ? JsonNodeFactory.instance.stringNode(NEW_VALUE)
                : value;
    }

    private static JsonNode resolved(JsonNode schema) {
        if (schema.has("oneOf")) return resolved(schema.at("/oneOf/0"));
        return schema.has("$ref") ? resolved(at(schema.get("$ref").asString())) : schema;
    }

    private static JsonNode at(String reference) {
        return OpenApi.document().at(reference.substring(1));
    }

    private static int count(String json) {
        return json.split(NEW_VALUE, -1).length - 1;
    }
}
