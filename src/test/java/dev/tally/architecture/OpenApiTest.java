package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Map.entry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import dev.tally.architecture.OpenApi.Operation;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.RenewalBasis;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.http.Lines;
import dev.tally.http.Page;
import dev.tally.http.ProblemType;
import dev.tally.ids.DeviceId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Rule;
import dev.tally.licensing.events.LicenseType;

import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The OpenAPI document is written by hand. This test compares it with the resources, so that
 * neither changes without the other.
 */
class OpenApiTest {

    /**
     * The published operation ids. Generated clients name their methods by them, so an id never
     * changes.
     */
    private static final Map<String, String> OPERATION_IDS =
            Map.ofEntries(
                    entry("acquireLicense", "POST /v1/customers/{customerId}/licenses"),
                    entry("listLicenses", "GET /v1/customers/{customerId}/licenses"),
                    entry("getLicense", "GET /v1/customers/{customerId}/licenses/{licenseId}"),
                    entry(
                            "confirmLicense",
                            "POST /v1/customers/{customerId}/licenses/{licenseId}/confirmation"),
                    entry(
                            "renewLicense",
                            "POST /v1/customers/{customerId}/licenses/{licenseId}/renewals"),
                    entry(
                            "releaseLicense",
                            "POST /v1/customers/{customerId}/licenses/{licenseId}/release"),
                    entry(
                            "revokeLicense",
                            "POST /v1/customers/{customerId}/licenses/{licenseId}/revocation"),
                    entry("listDownloads", "GET /v1/customers/{customerId}/downloads"),
                    entry(
                            "waiveDownload",
                            "POST /v1/customers/{customerId}/downloads/{eventId}/waiver"),
                    entry("listDevices", "GET /v1/customers/{customerId}/devices"),
                    entry(
                            "getDeviceDownloads",
                            "GET /v1/customers/{customerId}/devices/{deviceId}/downloads"),
                    entry(
                            "deactivateDevice",
                            "DELETE /v1/customers/{customerId}/devices/{deviceId}"),
                    entry("getQuotas", "GET /v1/customers/{customerId}/quotas"),
                    entry("decide", "POST /v1/customers/{customerId}/decisions"),
                    entry("startSession", "POST /v1/customers/{customerId}/sessions"),
                    entry("listSessions", "GET /v1/customers/{customerId}/sessions"),
                    entry("getSession", "GET /v1/customers/{customerId}/sessions/{sessionId}"),
                    entry(
                            "reportSessionEvents",
                            "POST /v1/customers/{customerId}/sessions/{sessionId}/events"),
                    entry(
                            "watchSession",
                            "GET /v1/customers/{customerId}/sessions/{sessionId}/stream"),
                    entry("reportEvents", "POST /v1/sessions/events"),
                    entry("findCustomers", "GET /v1/customers"),
                    entry("listEvents", "GET /v1/customers/{customerId}/events"),
                    entry("readFeed", "GET /v1/events"),
                    entry("followFeed", "GET /v1/events/stream"),
                    entry("getStudioUsage", "GET /v1/studios/{studioId}/usage"),
                    entry("eraseCustomer", "DELETE /v1/customers/{customerId}"),
                    entry("getErasure", "GET /v1/erasures/{erasureId}"),
                    entry("holdPartition", "PUT /v1/partitions/{name}/legal-hold"),
                    entry("releasePartition", "DELETE /v1/partitions/{name}/legal-hold"),
                    entry("listPartitions", "GET /v1/partitions"),
                    entry("getPartition", "GET /v1/partitions/{name}"),
                    entry("archivePartition", "POST /v1/partitions/{name}/archive"),
                    entry("pausePartitionJob", "PUT /v1/partition-job"),
                    entry("exportCustomer", "GET /v1/customers/{customerId}/export"),
                    entry("listTimeline", "GET /v1/customers/{customerId}/timeline"),
                    entry("listDenials", "GET /v1/customers/{customerId}/denials"),
                    entry("listProvisionalLicenses", "GET /v1/provisional-licenses"),
                    entry("listTitles", "GET /v1/titles"),
                    entry("loadTitles", "POST /v1/titles"),
                    entry("getTitle", "GET /v1/titles/{titleId}"),
                    entry("putTitle", "PUT /v1/titles/{titleId}"),
                    entry("listPolicies", "GET /v1/policies"),
                    entry("getPolicy", "GET /v1/policies/{scope}/{id}"),
                    entry("putPolicy", "PUT /v1/policies/{scope}/{id}"),
                    entry("removePolicy", "DELETE /v1/policies/{scope}/{id}"),
                    entry("simulatePolicy", "POST /v1/policies/{scope}/{id}/simulation"),
                    entry("listSimulations", "GET /v1/simulations"),
                    entry("getSimulation", "GET /v1/simulations/{simulationId}"),
                    entry("cancelSimulation", "DELETE /v1/simulations/{simulationId}"),
                    entry("getTokenKeys", "GET /.well-known/jwks.json"));

    /** The record that is read or written for each schema of the document. */
    private static final Map<String, String> RECORDS =
            Map.ofEntries(
                    entry("AcquireRequest", "licensing.api.AcquireRequest"),
                    entry("OccurredRequest", "licensing.api.OccurredRequest"),
                    entry("RevokeRequest", "licensing.api.RevokeRequest"),
                    entry("License", "licensing.api.LicenseView"),
                    entry("LicensePage", "licensing.api.LicensePage"),
                    entry("Promise", "licensing.api.ProvisionalLicensesResource$PromiseView"),
                    entry("PromisePage", "licensing.api.ProvisionalLicensesResource$PromisePage"),
                    entry("Quota", "licensing.api.QuotaView"),
                    entry("QuotaList", "licensing.api.QuotasResource$QuotaList"),
                    entry("RuleResult", "licensing.api.RuleView"),
                    entry("Ending", "licensing.domain.License$Ending"),
                    entry("DecisionRequest", "licensing.api.DecisionRequest"),
                    entry("WhatIfRequest", "licensing.api.WhatIfRequest"),
                    entry("ProposedPolicyRequest", "licensing.api.ProposedPolicyRequest"),
                    entry("SupposedRequest", "licensing.api.SupposedRequest"),
                    entry("Decision", "licensing.api.DecisionsResource$DecisionView"),
                    entry("OfferLine", "licensing.api.OfferLine"),
                    entry("Offer", "licensing.api.OfferView"),
                    entry("OfferedLicense", "licensing.api.OfferView$OfferedLicense"),
                    entry("Way", "licensing.api.OfferView$WayView"),
                    entry("ForbiddingRule", "licensing.api.OfferView$ForbiddingRule"),
                    entry("RemedyStep", "licensing.api.OfferView$StepView"),
                    entry("Potential", "licensing.api.PotentialView"),
                    entry("PotentialDecision", "licensing.api.PotentialView$ThenView"),
                    entry("SupposedResult", "licensing.api.PotentialView$DoneView"),
                    entry("RuleChange", "licensing.api.PotentialView$RuleChangeView"),
                    entry("ExportEntry", "timeline.export.ExportLines$Line"),
                    entry("StartRequest", "playback.api.StartRequest"),
                    entry("SessionEventRequest", "playback.api.ReportRequest"),
                    entry("Session", "playback.api.SessionView"),
                    entry("SessionList", "playback.api.SessionsResource$SessionList"),
                    entry("SessionEventResults", "playback.api.SessionsResource$EventResults"),
                    entry("SessionEventResult", "playback.api.ResultView"),
                    entry("BulkLine", "playback.api.BulkLine"),
                    entry("BulkResult", "playback.api.BulkReports$LineResult"),
                    entry("Download", "licensing.api.DownloadsResource$DownloadView"),
                    entry("Waiver", "licensing.api.DownloadsResource$WaiverView"),
                    entry("WaiveRequest", "licensing.api.WaiveRequest"),
                    entry("DownloadPage", "licensing.api.DownloadsResource$DownloadPage"),
                    entry("Device", "licensing.api.DevicesResource$DeviceView"),
                    entry("DeviceList", "licensing.api.DevicesResource$DeviceList"),
                    entry("DeviceDownloads", "licensing.api.DevicesResource$DeviceDownloads"),
                    entry("DeactivatedDevice", "licensing.api.DevicesResource$Deactivated"),
                    entry("Event", "timeline.api.EventsResource$EventView"),
                    entry("EventPage", "timeline.api.EventsResource$EventPage"),
                    entry("FeedEvent", "projection.api.FeedView"),
                    entry("FeedPage", "projection.api.FeedResource$FeedPageView"),
                    entry("FeedEnd", "projection.api.FeedStream$LastLine"),
                    entry("FoundCustomer", "timeline.api.SearchResource$FoundCustomer"),
                    entry("FoundCustomers", "timeline.api.SearchResource$FoundCustomers"),
                    entry("StudioUsage", "accounting.Usage"),
                    entry("UsageRow", "accounting.UsageRow"),
                    entry("Difference", "timeline.Difference"),
                    entry("Budget", "timeline.Budget"),
                    entry("TimelineEvent", "timeline.api.TimelineResource$TimelineEvent"),
                    entry("TimelineCommand", "timeline.api.TimelineResource$TimelineCommand"),
                    entry("TimelinePage", "timeline.api.TimelineResource$TimelinePage"),
                    entry("Denial", "timeline.api.DenialsResource$DenialView"),
                    entry("DeniedRule", "timeline.api.DenialsResource$DeniedRule"),
                    entry("DenialPage", "timeline.api.DenialsResource$DenialPage"),
                    entry(
                            "SimulationRequest",
                            "timeline.api.SimulatePolicyResource$SimulationRequest"),
                    entry("Simulation", "timeline.api.SimulationsResource$SimulationView"),
                    entry("SimulationList", "timeline.api.SimulationsResource$SimulationList"),
                    entry("SimulationCounts", "timeline.api.SimulationsResource$SimulationCounts"),
                    entry("SimulatedRule", "timeline.api.SimulationsResource$SimulatedRule"),
                    entry(
                            "SimulationExample",
                            "timeline.api.SimulationsResource$SimulationExample"),
                    entry("Partition", "eventstore.partitions.Partitions$Description"),
                    entry("PartitionList", "operations.PartitionsResource$PartitionList"),
                    entry("PartitionJob", "eventstore.partitions.Partitions$Job"),
                    entry("Erasure", "eventstore.partitions.Erasures$Erasure"),
                    entry("HoldRequest", "operations.HoldRequest"),
                    entry("PauseRequest", "operations.PauseRequest"),
                    entry("TitleRequest", "catalog.api.TitleRequest"),
                    entry("Title", "catalog.api.TitlesResource$TitleView"),
                    entry("TitlePage", "catalog.api.TitlesResource$TitlePage"),
                    entry("LoadReport", "catalog.api.TitleImport$Report"),
                    entry("LineError", "catalog.api.TitleImport$LineError"),
                    entry("PolicyRequest", "catalog.api.PoliciesResource$PolicyRequest"),
                    entry("Policy", "catalog.api.PolicyView"),
                    entry("PolicyList", "catalog.api.PoliciesResource$PolicyList"),
                    entry("FieldError", "http.InvalidRequests$FieldError"));

    /**
     * Schemas without a record: those of standards, and those whose fields depend on the policy key
     * or the type of problem.
     */
    private static final Set<String> OTHER_SCHEMAS =
            Set.of("PolicySettings", "Problem", "KeySet", "Key");

    /** Methods that take lines where another method of the same operation takes one value. */
    private static final Map<String, Method> LINE_METHODS = new TreeMap<>();

    private static final Map<String, Method> RESOURCE_METHODS = resourceMethods();

    private static final String CACHE_CONTROL = "header Cache-Control";

    /** The schemas of answers that a node may give from its memory. */
    private static final Set<String> MAY_BE_STALE =
            OpenApi.operations().stream()
                    .filter(OpenApiTest::takesStaleAnswers)
                    .map(operation -> operation.responses().get("200"))
                    .flatMap(answer -> schemas(answer.at("/content/application~1json/schema")))
                    .collect(Collectors.toSet());

    private static final String IF_NONE_MATCH = "header If-None-Match";
    private static final JsonNode MISSING = JsonNodeFactory.instance.missingNode();
    private static final String LIST_LICENSES =
            "/paths/~1v1~1customers~1{customerId}~1licenses/get";

    @Test
    void every_resource_method_is_one_operation_and_every_operation_is_a_resource_method() {
        assertThat(RESOURCE_METHODS).isNotEmpty();
        assertThat(OpenApi.operations().stream().map(Operation::toString))
                .containsExactlyInAnyOrderElementsOf(RESOURCE_METHODS.keySet());
    }

    @Test
    void operation_ids_are_unique_and_never_change() {
        assertThat(OpenApi.operations().stream().map(o -> entry(o.id(), o.toString())))
                .containsExactlyInAnyOrderElementsOf(OPERATION_IDS.entrySet());
    }

    @TestFactory
    Stream<DynamicTest> parameters_are_those_that_the_method_reads() {
        return eachOperation(
                (operation, method) ->
                        assertThat(
                                        operation.parameters().stream()
                                                .map(OpenApiTest::parameter)
                                                .filter(name -> !isCompared(operation, name)))
                                .containsExactlyInAnyOrderElementsOf(parametersOf(method)));
    }

    /** True for the condition that a filter compares, and no method reads. */
    private static boolean isCompared(OpenApi.Operation operation, String parameter) {
        return operation.method().equals("GET") && parameter.equals(IF_NONE_MATCH);
    }

    /** A filter compares the condition, whatever resource gave the tag. */
    @TestFactory
    Stream<DynamicTest> a_query_whose_answer_has_a_tag_takes_a_condition() {
        return eachOperation(
                (operation, method) -> {
                    if (!operation.method().equals("GET")) return;
                    var answers = operation.responses();
                    var hasTag = answers.get("200").at("/headers/ETag").isObject();
                    assertThat(answers.containsKey("304")).isEqualTo(hasTag);
                    assertThat(
                                    operation.parameters().stream()
                                            .map(OpenApiTest::parameter)
                                            .anyMatch(IF_NONE_MATCH::equals))
                            .isEqualTo(hasTag);
                });
    }

    private static boolean takesStaleAnswers(Operation operation) {
        return operation.parameters().stream()
                .anyMatch(parameter -> parameter(parameter).equals(CACHE_CONTROL));
    }

    @TestFactory
    Stream<DynamicTest> an_answer_that_may_be_stale_tells_its_age() {
        assertThat(MAY_BE_STALE).isNotEmpty();
        return eachOperation(
                (operation, method) ->
                        assertThat(
                                        operation
                                                .responses()
                                                .getOrDefault("200", MISSING)
                                                .at("/headers/Age")
                                                .isObject())
                                .isEqualTo(takesStaleAnswers(operation)));
    }

    @TestFactory
    Stream<DynamicTest> a_page_is_linked_to_the_next() {
        return eachOperation(
                (operation, method) -> {
                    var isPaged =
                            operation.parameters().stream()
                                    .anyMatch(p -> parameter(p).equals("query cursor"));
                    var answer = operation.responses().getOrDefault("200", MISSING);
                    assertThat(answer.at("/headers/Link").isObject()).isEqualTo(isPaged);
                });
    }

    @Test
    void what_has_a_next_page_is_a_page() throws ClassNotFoundException {
        for (var record : RECORDS.entrySet()) {
            // The next version of a policy is no page.
            var cursor =
                    OpenApi.at("#/components/schemas/" + record.getKey() + "/properties/next/type");
            assertThat(Page.class.isAssignableFrom(Class.forName("dev.tally." + record.getValue())))
                    .as(record.getKey())
                    .isEqualTo(cursor.toString().contains("string"));
        }
    }

    /** A client that was generated before a value existed must not fail on it. */
    @Test
    void choices_in_answers_are_open_and_those_in_requests_are_closed() {
        var schemas = OpenApi.at("#/components/schemas");
        var closed = new TreeSet<String>();
        schemas.forEachEntry(
                (name, schema) -> {
                    if (!schema.findValues("enum").isEmpty()) closed.add(name);
                });
        assertThat(closed)
                .containsExactly(
                        "AcquireRequest", "DecisionRequest", "SessionEventType", "SupposedRequest");
        for (var operation : OpenApi.operations()) {
            assertThat(operation.node().get("responses").findValues("enum")).isEmpty();
            for (var parameter : operation.parameters()) {
                assertThat(parameter.findValues("x-extensible-enum")).isEmpty();
            }
        }
        assertThat(names(LicenseType.values(), Enum::name))
                .isEqualTo(closed("AcquireRequest/properties/type"));
        assertThat(names(State.values(), Enum::name))
                .isEqualTo(enumOf(OpenApi.at("#" + LIST_LICENSES + "/parameters/0/schema/items")));
        assertThat(names(Scope.values(), Scope::label))
                .isEqualTo(enumOf(OpenApi.at("#/components/parameters/Scope/schema")));
    }

    @Test
    void times_in_examples_are_written_as_in_answers() {
        assertThat(OpenApi.timesOfOtherForm(OpenApi.at("#/components/examples").toString()))
                .isEmpty();
    }

    @Test
    void the_example_of_quotas_has_every_rule() {
        var policy = new PolicySet(List.of()).inForce(null, null, Instant.EPOCH);
        var title = new Title(new TitleId("t"), "T", new StudioId("s"), null, null);
        var all = Licensing.quotas(Account.EMPTY, title, policy, new DeviceId("d"), Instant.EPOCH);
        assertThat(
                        OpenApi.at("#/components/examples/Quotas/value/quotas")
                                .valueStream()
                                .map(quota -> quota.get("rule").asString()))
                .containsExactlyElementsOf(all.stream().map(q -> q.rule().label()).toList());
    }

    @Test
    void lines_and_events_in_answers_fit_their_schemas() {
        var results = OpenApi.at("#/components/examples/BulkResults/value").asString();
        assertThat(results.lines().map(line -> errors("BulkResult", line)))
                .isNotEmpty()
                .allMatch(List::isEmpty);
        var offered = OpenApi.at("#/components/examples/OfferedLines/value").asString();
        assertThat(offered.lines().map(line -> errors("Offer", line)))
                .hasSize(2)
                .allMatch(List::isEmpty);
        var ended = OpenApi.at("#/components/examples/SessionEnded/value").asString();
        assertThat(ended.lines().filter(line -> line.startsWith("data: ")))
                .hasSize(1)
                .allSatisfy(line -> assertThat(errors("Session", line.substring(6))).isEmpty());
    }

    @Test
    void lines_and_events_of_the_feed_fit_their_schemas() {
        var lines = OpenApi.at("#/components/examples/FeedLines/value").asString().lines().toList();
        assertThat(errors("FeedEvent", lines.getFirst())).isEmpty();
        assertThat(errors("FeedEnd", lines.getLast())).isEmpty();
        var told = OpenApi.at("#/components/examples/FeedStream/value").asString();
        assertThat(told.lines().filter(line -> line.startsWith("data: ")))
                .hasSize(1)
                .allSatisfy(line -> assertThat(errors("FeedEvent", line.substring(6))).isEmpty());
    }

    private static List<String> errors(String schema, String json) {
        return OpenApi.errors(schema, JsonMapper.shared().readTree(json));
    }

    @TestFactory
    Stream<DynamicTest> a_body_is_what_the_method_consumes() {
        return eachOperation(
                (operation, method) -> {
                    var types =
                            new TreeSet<>(operation.requestBody().path("content").propertyNames());
                    var consumed = new TreeSet<>(consumedBy(method));
                    var lines = LINE_METHODS.get(operation.toString());
                    if (lines != null) consumed.addAll(consumedBy(lines));
                    assertThat(types).isEqualTo(consumed);
                });
    }

    @TestFactory
    Stream<DynamicTest> roles_are_those_that_the_method_allows() {
        return eachOperation(
                (operation, method) -> {
                    assertThat(operation.roles()).isEqualTo(rolesAllowedBy(method));
                    var lines = LINE_METHODS.get(operation.toString());
                    if (lines != null) {
                        assertThat(operation.roles()).isEqualTo(rolesAllowedBy(lines));
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> an_operation_tells_what_can_happen_to_any_of_its_kind() {
        return eachOperation(
                (operation, method) -> {
                    var answers = operation.responses().keySet();
                    assertThat(answers).contains("400", "406", "500", "503", "default");
                    if (!operation.roles().isEmpty()) assertThat(answers).contains("401", "403");
                    if (!operation.requestBody().isMissingNode()) {
                        assertThat(answers).contains("413", "415");
                    }
                    if (operation.parameters().stream()
                            .anyMatch(p -> parameter(p).equals("header Idempotency-Key"))) {
                        assertThat(answers).contains("409", "422");
                    }
                    if (operation.parameters().stream()
                            .anyMatch(p -> parameter(p).equals("header If-Match"))) {
                        assertThat(answers).contains("412");
                    }
                });
    }

    @Test
    void every_problem_type_is_told_by_an_example_and_no_other_is() {
        var told = new HashSet<String>();
        for (var example : OpenApi.at("#/components/examples").values()) {
            var type = example.at("/value/type").asString("");
            if (!type.startsWith("urn:tally:problem:")) continue;
            told.add(
                    type
                            + " "
                            + example.at("/value/status").asInt()
                            + " "
                            + example.at("/value/title").asString());
        }
        assertThat(told)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ProblemType.values())
                                .map(t -> t.uri() + " " + t.status() + " " + t.title())
                                .toList());
    }

    @TestFactory
    Stream<DynamicTest> a_problem_stands_under_its_own_status() {
        return OpenApi.operations().stream()
                .map(
                        operation ->
                                DynamicTest.dynamicTest(
                                        operation.toString(),
                                        () -> operation.responses().forEach(this::checkStatus)));
    }

    private void checkStatus(String status, JsonNode response) {
        var problems = response.at("/content/application~1problem+json/examples");
        if (status.charAt(0) >= '4') assertThat(problems.isEmpty()).as(status).isFalse();
        if (status.equals("default")) return;
        for (var example : problems.values()) {
            assertThat(OpenApi.resolved(example).at("/value/status").asString()).isEqualTo(status);
        }
    }

    @TestFactory
    Stream<DynamicTest> an_example_fits_its_schema() {
        var tests = new ArrayList<DynamicTest>();
        for (var media : mediaTypes(OpenApi.DOCUMENT)) {
            var names = schemas(media.path("schema")).toList();
            for (var example : media.path("examples").values()) {
                if (names.isEmpty()) continue;
                tests.add(
                        DynamicTest.dynamicTest(
                                example.at("/$ref").asString() + " as " + names,
                                () -> {
                                    var value = OpenApi.resolved(example).get("value");
                                    assertThat(names.stream().map(n -> OpenApi.errors(n, value)))
                                            .anyMatch(List::isEmpty);
                                }));
            }
        }
        return tests.stream();
    }

    /** Names of the schema that is referred to, or of those of which a value has one. */
    private static Stream<String> schemas(JsonNode schema) {
        return Stream.concat(Stream.of(schema), schema.path("oneOf").valueStream())
                .map(node -> node.path("$ref").asString(""))
                .filter(reference -> !reference.isEmpty())
                .map(reference -> reference.substring(reference.lastIndexOf('/') + 1));
    }

    @TestFactory
    Stream<DynamicTest> a_schema_is_the_record_that_is_read_or_written() {
        assertThat(RECORDS).isNotEmpty();
        return RECORDS.entrySet().stream()
                .map(
                        record ->
                                DynamicTest.dynamicTest(
                                        record.getKey(),
                                        () ->
                                                checkRecord(
                                                        record.getKey(),
                                                        Class.forName(
                                                                "dev.tally."
                                                                        + record.getValue()))));
    }

    private static void checkRecord(String name, Class<?> type) {
        var schema = OpenApi.at("#/components/schemas/" + name);
        var properties = new TreeMap<String, String>();
        schema.get("properties").forEachEntry((p, node) -> properties.put(p, typeOf(node)));
        var components = new TreeMap<String, String>();
        if (MAY_BE_STALE.contains(name)) components.put("stale", "boolean");
        var required = new TreeSet<String>();
        var isRequest = name.endsWith("Request") || name.endsWith("Line");
        for (var component : type.getRecordComponents()) {
            components.put(component.getName(), typeOf(component.getType()));
            if (isRequired(component, isRequest)) required.add(component.getName());
            var property = schema.at("/properties/" + component.getName());
            if (component.getType().isEnum()) checkChoices(property, component.getType());
        }
        assertThat(properties).isEqualTo(components);
        assertThat(schema.path("required").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrderElementsOf(required);
        assertThat(schema.has("additionalProperties")).isEqualTo(isRequest);
    }

    /**
     * Whether a field is required: in a request if it must not be null, in an answer unless it is
     * left out when null.
     */
    private static boolean isRequired(RecordComponent component, boolean isRequest) {
        return isRequest
                ? component.getAccessor().isAnnotationPresent(NotNull.class)
                : !component.getAccessor().isAnnotationPresent(JsonInclude.class);
    }

    @Test
    void every_schema_of_an_object_is_compared() {
        assertThat(
                        OpenApi.at("#/components/schemas")
                                .propertyStream()
                                .filter(schema -> schema.getValue().has("properties"))
                                .map(Map.Entry::getKey))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(RECORDS.keySet().stream(), OTHER_SCHEMAS.stream()).toList());
    }

    @Test
    void choices_are_complete() throws ClassNotFoundException {
        assertThat(choices("Scope")).isEqualTo(names(Scope.values(), Scope::label));
        assertThat(choices("LicenseState")).isEqualTo(names(State.values(), State::name));
        assertThat(choices("LicenseType")).isEqualTo(names(LicenseType.values(), Enum::name));
        assertThat(choices("Rule")).isEqualTo(names(Rule.values(), Rule::label));
        assertThat(choices("Remedy")).isEqualTo(names(Remedy.values(), Remedy::name));
        assertThat(choices("PolicySettings/properties/yearWindow"))
                .isEqualTo(names(YearWindow.values(), Enum::name));
        assertThat(choices("PolicySettings/properties/renewalBasis"))
                .isEqualTo(names(RenewalBasis.values(), Enum::name));
        var result = Class.forName("dev.tally.licensing.api.DecisionsResource$Result");
        assertThat(choices("Decision/properties/result"))
                .isEqualTo(names(result.getEnumConstants(), Object::toString));
    }

    @Test
    void the_settings_of_a_policy_are_the_policy_keys_and_null_where_a_key_takes_it() {
        var told = new TreeMap<String, Boolean>();
        OpenApi.at("#/components/schemas/PolicySettings/properties")
                .forEachEntry((key, schema) -> told.put(key, schema.get("type").isArray()));
        var keys = new TreeMap<String, Boolean>();
        for (var key : PolicyKey.values()) keys.put(key.label(), takesNull(key));
        assertThat(told).isEqualTo(keys);
    }

    @Test
    void the_example_of_all_policies_shows_the_defaults() {
        assertThat(OpenApi.at("#/components/examples/Policies/value/defaults"))
                .isEqualTo(JsonMapper.shared().valueToTree(PolicySettings.defaultsAsJson()));
    }

    private static boolean takesNull(PolicyKey key) {
        try {
            key.parse(null);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void every_reference_leads_somewhere_and_no_component_is_unused() {
        var references =
                OpenApi.DOCUMENT.findValues("$ref").stream()
                        .map(JsonNode::asString)
                        .collect(Collectors.toCollection(TreeSet::new));
        var components = new TreeSet<String>();
        OpenApi.DOCUMENT
                .get("components")
                .forEachEntry(
                        (kind, named) -> {
                            if (kind.equals("securitySchemes")) return;
                            for (var name : named.propertyNames()) {
                                components.add("#/components/" + kind + "/" + name);
                            }
                        });
        assertThat(components).isNotEmpty().isEqualTo(references);
    }

    private static Map<String, Method> resourceMethods() {
        var methods = new TreeMap<String, Method>();
        var classes =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.tally");
        for (JavaClass resource : classes) {
            if (!resource.isAnnotatedWith(Path.class)) continue;
            for (var method : resource.reflect().getDeclaredMethods()) {
                var verb = verb(method);
                if (verb == null) continue;
                var operation = verb + " " + path(method);
                var isOfLines = consumedBy(method).equals(Set.of(Lines.NDJSON));
                var lines = isOfLines && hasTwin(method) ? LINE_METHODS : methods;
                assertThat(lines.put(operation, method)).as("the same method and path").isNull();
            }
        }
        return methods;
    }

    private static boolean hasTwin(Method method) {
        return Arrays.stream(method.getDeclaringClass().getDeclaredMethods())
                .filter(other -> !other.equals(method) && verb(other) != null)
                .anyMatch(o -> verb(o).equals(verb(method)) && path(o).equals(path(method)));
    }

    private static String verb(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(a -> a.annotationType().getAnnotation(HttpMethod.class))
                .filter(a -> a != null)
                .map(HttpMethod::value)
                .findFirst()
                .orElse(null);
    }

    private static String path(Method method) {
        var path = method.getDeclaringClass().getAnnotation(Path.class).value();
        var sub = method.getAnnotation(Path.class);
        return sub == null ? path : path + "/" + sub.value();
    }

    private static Stream<DynamicTest> eachOperation(BiConsumer<Operation, Method> check) {
        return OpenApi.operations().stream()
                .map(
                        operation ->
                                DynamicTest.dynamicTest(
                                        operation.toString(),
                                        () ->
                                                check.accept(
                                                        operation,
                                                        RESOURCE_METHODS.get(
                                                                operation.toString()))));
    }

    private static String parameter(JsonNode parameter) {
        return parameter.get("in").asString() + " " + parameter.get("name").asString();
    }

    private static List<String> parametersOf(Method method) {
        var sources = new ArrayList<AnnotatedElement>();
        sources.addAll(List.of(method.getParameters()));
        sources.addAll(List.of(method.getDeclaringClass().getDeclaredFields()));
        for (var parameter : method.getParameters()) {
            if (parameter.isAnnotationPresent(BeanParam.class)) {
                sources.addAll(List.of(parameter.getType().getDeclaredFields()));
            }
        }
        return sources.stream().flatMap(OpenApiTest::parameterOf).toList();
    }

    private static Stream<String> parameterOf(AnnotatedElement element) {
        return Stream.of(
                        element.isAnnotationPresent(PathParam.class)
                                ? "path " + element.getAnnotation(PathParam.class).value()
                                : "",
                        element.isAnnotationPresent(QueryParam.class)
                                ? "query " + element.getAnnotation(QueryParam.class).value()
                                : "",
                        element.isAnnotationPresent(HeaderParam.class)
                                ? "header " + element.getAnnotation(HeaderParam.class).value()
                                : "")
                .filter(name -> !name.isEmpty());
    }

    private static Set<String> consumedBy(Method method) {
        var hasBody =
                Arrays.stream(method.getParameters())
                        .filter(p -> !p.isAnnotationPresent(Context.class))
                        .filter(p -> !p.isAnnotationPresent(BeanParam.class))
                        .filter(p -> parameterOf(p).findAny().isEmpty())
                        // An empty object means the same as no body, so the document need not
                        // mention it.
                        .anyMatch(p -> !p.getType().getSimpleName().equals("EmptyRequest"));
        if (!hasBody) return Set.of();
        var own = method.getAnnotation(Consumes.class);
        var consumes = own == null ? method.getDeclaringClass().getAnnotation(Consumes.class) : own;
        return Set.of(consumes.value());
    }

    private static Set<String> rolesAllowedBy(Method method) {
        if (method.isAnnotationPresent(PermitAll.class)) return Set.of();
        return Set.of(method.getAnnotation(RolesAllowed.class).value());
    }

    /** Every node of the document that has a schema and may have examples. */
    private static List<JsonNode> mediaTypes(JsonNode node) {
        return node.findValues("content").stream()
                .flatMap(JsonNode::valueStream)
                .filter(media -> media.has("schema"))
                .toList();
    }

    private static String typeOf(JsonNode schema) {
        var nullable = schema.path("oneOf").path(0);
        var node = OpenApi.resolved(nullable.isMissingNode() ? schema : nullable);
        var type = node.get("type");
        var name = type.isArray() ? type.get(0).asString() : type.asString();
        var format = node.path("format").asString("");
        return format.isEmpty() ? name : name + " " + format;
    }

    private static String typeOf(Class<?> type) {
        if (type == Instant.class) return "string date-time";
        if (type == LocalDate.class) return "string date";
        if (type == Duration.class) return "string duration";
        if (type == String.class || type.isEnum()) return "string";
        if (type == int.class || type == Integer.class) return "integer int32";
        if (type == long.class || type == Long.class) return "integer int64";
        if (type == Double.class) return "number double";
        if (type == boolean.class || type == Boolean.class) return "boolean";
        return List.class.isAssignableFrom(type) ? "array" : "object";
    }

    private static List<String> choices(String schema) {
        return OpenApi.at("#/components/schemas/" + schema + "/x-extensible-enum")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    private static List<String> closed(String schema) {
        return enumOf(OpenApi.at("#/components/schemas/" + schema));
    }

    private static List<String> enumOf(JsonNode schema) {
        return schema.path("enum").valueStream().map(JsonNode::asString).toList();
    }

    /**
     * Checks the choices of an enum. A property that may be null, or may get more choices, lists
     * them in its description instead.
     */
    private static void checkChoices(JsonNode property, Class<?> type) {
        var choices = names(type.getEnumConstants(), Object::toString);
        if (choicesOf(property).isEmpty()) {
            var quoted = choices.stream().map(choice -> "`" + choice + "`").toList();
            assertThat(property.path("description").asString()).contains(quoted);
        } else {
            assertThat(choicesOf(property)).isEqualTo(choices);
        }
    }

    /** The choices of a property, wherever its schema lists them, without null. */
    private static List<String> choicesOf(JsonNode property) {
        if (property.has("$ref")) return choicesOf(OpenApi.at(property.get("$ref").asString()));
        for (var union : List.of("anyOf", "oneOf", "allOf")) {
            for (var option : property.path(union)) {
                var choices = choicesOf(option);
                if (!choices.isEmpty()) return choices;
            }
        }
        return property.path(property.has("enum") ? "enum" : "x-extensible-enum")
                .valueStream()
                .filter(choice -> !choice.isNull())
                .map(JsonNode::asString)
                .toList();
    }

    private static <T> List<String> names(T[] constants, Function<? super T, String> name) {
        return Arrays.stream(constants).<String>map(name).toList();
    }
}
