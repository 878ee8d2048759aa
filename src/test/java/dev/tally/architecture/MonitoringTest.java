package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;

import org.junit.jupiter.api.Test;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Alerts and dashboard ask for series that a server has, which is what {@code MetricsIT} compares
 * the list of metrics with, and lead to sections of the operations guide.
 */
class MonitoringTest {

    private static final Path ALERTS = Path.of("src/deploy/monitoring/alerts.yaml");
    private static final Path DASHBOARD = Path.of("src/deploy/monitoring/dashboard.json");
    private static final Path METRICS = Path.of("src/docs/metrics.md");
    private static final Path OPERATIONS = Path.of("src/docs/operations.md");

    /** What Prometheus itself adds to every target. */
    private static final Set<String> SERIES_OF_PROMETHEUS = Set.of("up");

    private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("instance", "job", "le");

    private static final Pattern CODE = Pattern.compile("`([a-z][A-Za-z_]+)`");
    private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]|offset \\w+");
    private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|on|without)\\s*\\(([^)]*)\\)");
    private static final Pattern LABEL = Pattern.compile("([A-Za-z_]\\w*)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_:][\\w:]*\\b(?!\\s*\\()");
    private static final Pattern SHOWN_LABEL = Pattern.compile("\\{\\{ *\\$?(?:labels\\.)?(\\w+)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Set<String> OPERATORS = Set.of("and", "or", "unless");

    private static final ObjectReader YAML =
            strict(
                    YAMLMapper.builder()
                            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .build()
                            .reader());
    private static final ObjectReader JSON =
            strict(
                    JsonMapper.builder()
                            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .build()
                            .reader());

    /** File of rules, with every member that it may have. */
    record Rules(List<Group> groups) {

        record Group(String name, List<Alert> rules) {}
    }

    /**
     * Rule that alerts.
     *
     * @param lasting time for which the expression has to be true
     */
    record Alert(
            String alert,
            String expr,
            @JsonProperty("for") String lasting,
            Map<String, String> labels,
            Map<String, String> annotations) {}

    private static ObjectReader strict(ObjectReader reader) {
        return reader.with(
                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    @Test
    void an_alert_says_how_urgent_it_is_and_what_to_do() throws IOException {
        var sections = sections(OPERATIONS);
        var names = new HashSet<String>();
        for (var alert : alerts()) {
            assertThat(alert.alert()).startsWith("Tally").matches(names::add, "its only one");
            if (alert.lasting() != null) assertThat(alert.lasting()).matches("\\d+[smhd]");
            assertThat(alert.labels()).as(alert.alert()).containsOnlyKeys("severity");
            assertThat(alert.labels().get("severity")).isIn("critical", "warning");
            assertThat(alert.annotations())
                    .as(alert.alert())
                    .containsOnlyKeys("summary", "action", "runbook");
            assertThat(alert.annotations().get("action")).as(alert.alert()).endsWith(".");
            var runbook = alert.annotations().get("runbook").split("#", -1);
            assertThat(runbook[0]).isEqualTo(OPERATIONS.toString());
            assertThat(runbook[1]).as(alert.alert()).isIn(sections);
        }
    }

    @Test
    void an_alert_asks_for_series_and_labels_that_a_server_has() throws IOException {
        var alerts = alerts();
        assertThat(alerts).hasSizeGreaterThan(20);
        for (var alert : alerts) {
            assertKnown(alert.alert(), alert.expr());
            var summary = alert.annotations().get("summary");
            assertThat(shownLabels(summary)).as(alert.alert()).isSubsetOf(labels());
        }
    }

    @Test
    void the_dashboard_asks_for_series_and_labels_that_a_server_has() throws IOException {
        var targets = targets();
        assertThat(targets).hasSizeGreaterThan(40);
        for (var target : targets) {
            assertKnown(DASHBOARD.toString(), target.get("expr").stringValue());
            assertThat(shownLabels(target.get("legendFormat").stringValue())).isSubsetOf(labels());
        }
    }

    @Test
    void the_dashboard_shows_every_series_of_the_application() throws IOException {
        var shown = new TreeSet<String>();
        for (var target : targets()) {
            for (var name : series(target.get("expr").stringValue())) {
                shown.add(documentedName(name));
            }
        }
        var own = new TreeSet<>(documented());
        own.removeIf(name -> !name.startsWith("tally_"));
        assertThat(shown).containsAll(own);
    }

    @Test
    void panels_of_the_dashboard_have_their_own_ids_and_do_not_overlap() throws IOException {
        var ids = new HashSet<Integer>();
        var taken = new HashSet<List<Integer>>();
        for (var panel : dashboard().get("panels")) {
            assertThat(ids.add(panel.get("id").intValue())).as(panel.toString()).isTrue();
            var place = panel.get("gridPos");
            var x = place.get("x").intValue();
            var y = place.get("y").intValue();
            assertThat(x + place.get("w").intValue()).isLessThanOrEqualTo(24);
            for (int i = 0; i < place.get("w").intValue(); i++) {
                for (int j = 0; j < place.get("h").intValue(); j++) {
                    assertThat(taken.add(List.of(x + i, y + j))).as(panel.toString()).isTrue();
                }
            }
        }
    }

    @Test
    void a_key_that_is_there_twice_or_unknown_is_noticed() {
        assertThatThrownBy(() -> YAML.forType(Rules.class).readValue("groups: []\ngroups: []"))
                .isInstanceOf(JacksonException.class);
        assertThatThrownBy(() -> YAML.forType(Rules.class).readValue("group: []"))
                .isInstanceOf(JacksonException.class);
        assertThatThrownBy(() -> JSON.readTree("{\"a\":1,\"a\":2}"))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void series_are_found_in_expressions() {
        assertThat(
                        series(
                                "sum by (le) (rate(a_bucket{le=\"x_y\", job=~\"$job\"}[5m])) /"
                                        + " b_total > 3 * 86400 unless on (job) c offset 10m"))
                .containsExactly("a_bucket", "b_total", "c");
    }

    private static void assertKnown(String where, String expression) throws IOException {
        var known = documented();
        known.addAll(SERIES_OF_PROMETHEUS);
        var asked = series(expression);
        assertThat(asked).as(where).isNotEmpty();
        for (var name : asked) assertThat(known).as(where).contains(documentedName(name));
        assertThat(askedLabels(expression)).as(where).isSubsetOf(labels());
    }

    private static List<Alert> alerts() throws IOException {
        Rules rules = YAML.forType(Rules.class).readValue(Files.readString(ALERTS));
        return rules.groups().stream().flatMap(group -> group.rules().stream()).toList();
    }

    private static JsonNode dashboard() throws IOException {
        return JSON.readTree(Files.readString(DASHBOARD));
    }

    private static List<JsonNode> targets() throws IOException {
        var targets = new ArrayList<JsonNode>();
        for (var panel : dashboard().get("panels")) {
            if (panel.has("targets")) panel.get("targets").forEach(targets::add);
        }
        return targets;
    }

    /** The series that an expression of PromQL names. */
    private static Set<String> series(String expression) {
        var plain = TEXT.matcher(expression).replaceAll("");
        plain = RANGE.matcher(plain).replaceAll("");
        plain = MATCHERS.matcher(plain).replaceAll("");
        plain = GROUPING.matcher(plain).replaceAll("");
        return NAME.matcher(plain)
                .results()
                .map(MatchResult::group)
                .filter(name -> !OPERATORS.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> askedLabels(String expression) {
        var plain = TEXT.matcher(expression).replaceAll("");
        var labels = new TreeSet<String>();
        for (var place : List.of(MATCHERS, GROUPING)) {
            place.matcher(plain)
                    .results()
                    .flatMap(match -> LABEL.matcher(match.group(1)).results())
                    .forEach(label -> labels.add(label.group(1)));
        }
        return labels;
    }

    /** The labels that a text shows, as {@code {{ $labels.instance }}} or {@code {{instance}}}. */
    private static Set<String> shownLabels(String text) {
        return SHOWN_LABEL
                .matcher(text)
                .results()
                .map(label -> label.group(1))
                .filter(label -> !label.equals("value"))
                .collect(Collectors.toSet());
    }

    /** The name under which the list has a part of a histogram or summary; else the name itself. */
    private static String documentedName(String series) throws IOException {
        var whole = series.replaceFirst("_(bucket|count|sum)$", "");
        var isPart =
                Files.readAllLines(METRICS).stream()
                        .filter(line -> line.startsWith("| `" + whole + "`"))
                        .anyMatch(line -> line.contains("histogram") || line.contains("summary"));
        return isPart ? whole : series;
    }

    private static Set<String> documented() throws IOException {
        var names = column(1);
        assertThat(names).hasSizeGreaterThan(60);
        return names;
    }

    private static Set<String> labels() throws IOException {
        var labels = column(2);
        labels.addAll(LABELS_OF_PROMETHEUS);
        return labels;
    }

    /** The names in a column of the list of metrics. */
    private static Set<String> column(int number) throws IOException {
        return Files.readAllLines(METRICS).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1)[number])
                .flatMap(cell -> CODE.matcher(cell).results())
                .map(code -> code.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The sections of a document, as links name them. */
    private static Set<String> sections(Path document) throws IOException {
        return HEADING.matcher(Files.readString(document))
                .results()
                .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
                .map(heading -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }
}
