package dev.tally.catalog;

import static dev.tally.catalog.PolicyKey.MAX_DOWNLOAD_DEVICES;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The migration ships the documented policies. */
class ShippedPoliciesTest {

    private static final Path MIGRATION = Path.of("db-migrations", "V005__catalog.sql");

    @Test
    void the_global_policy_leaves_every_key_to_its_default() throws IOException {
        assertThat(shipped("global", "default")).isEmpty();
    }

    @Test
    void the_plans_differ_in_their_devices_alone() throws IOException {
        assertThat(shipped("plan", "basic")).isEqualTo(Map.of(MAX_DOWNLOAD_DEVICES, 1));
        assertThat(shipped("plan", "standard")).isEqualTo(Map.of(MAX_DOWNLOAD_DEVICES, 2));
        assertThat(shipped("plan", "premium")).isEqualTo(Map.of(MAX_DOWNLOAD_DEVICES, 6));
    }

    private static Map<PolicyKey, Object> shipped(String scope, String id) throws IOException {
        var row = Pattern.compile("\\('" + scope + "', '" + id + "', 1, 0, '(\\{[^']*})', ");
        var found = row.matcher(Files.readString(MIGRATION));
        assertThat(found.find()).as("policy %s %s in %s", scope, id, MIGRATION).isTrue();
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        JsonMapper.builder()
                .build()
                .readValue(found.group(1), new TypeReference<Map<String, Object>>() {})
                .forEach(
                        (label, json) -> {
                            var key = PolicyKey.of(label).orElseThrow();
                            settings.put(key, key.parse(json));
                        });
        return settings;
    }
}
