package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tally.client.ApiClient;
import dev.tally.client.ApiException;
import dev.tally.client.api.DecisionsApi;
import dev.tally.client.api.DevicesApi;
import dev.tally.client.api.DownloadsApi;
import dev.tally.client.api.ErasuresApi;
import dev.tally.client.api.FeedApi;
import dev.tally.client.api.HistoryApi;
import dev.tally.client.api.KeysApi;
import dev.tally.client.api.LicensesApi;
import dev.tally.client.api.PartitionsApi;
import dev.tally.client.api.PoliciesApi;
import dev.tally.client.api.QuotasApi;
import dev.tally.client.api.SessionsApi;
import dev.tally.client.api.SimulationsApi;
import dev.tally.client.api.TitlesApi;
import dev.tally.client.api.UsageApi;
import dev.tally.client.model.AcquireRequest;
import dev.tally.client.model.DecisionRequest;
import dev.tally.client.model.Download;
import dev.tally.client.model.Event;
import dev.tally.client.model.FeedEvent;
import dev.tally.client.model.FoundCustomer;
import dev.tally.client.model.HoldRequest;
import dev.tally.client.model.Key;
import dev.tally.client.model.License;
import dev.tally.client.model.OccurredRequest;
import dev.tally.client.model.Offer;
import dev.tally.client.model.PauseRequest;
import dev.tally.client.model.PolicyRequest;
import dev.tally.client.model.PolicySettings;
import dev.tally.client.model.Problem;
import dev.tally.client.model.ProposedPolicyRequest;
import dev.tally.client.model.Quota;
import dev.tally.client.model.RevokeRequest;
import dev.tally.client.model.Session;
import dev.tally.client.model.SessionEventRequest;
import dev.tally.client.model.SessionEventResult;
import dev.tally.client.model.SessionEventType;
import dev.tally.client.model.Simulation;
import dev.tally.client.model.SimulationRequest;
import dev.tally.client.model.StartRequest;
import dev.tally.client.model.Title;
import dev.tally.client.model.TitleRequest;
import dev.tally.client.model.WaiveRequest;
import dev.tally.client.model.WhatIfRequest;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** A client generated from the OpenAPI document works with the packaged server. */
class GeneratedClientIT {

    private static final TallyServer SERVER = TallyServer.get();
    private static final String TITLE = "generated-client-1";
    private static final String RARE_TITLE = "generated-client-2";
    private static final String STUDIO = "generated-client-studio";

    private final String customer = "generated-client-" + UUID.randomUUID();
    private final ApiClient edge = as("edge");
    private final ApiClient reader = as("reader");
    private final ApiClient operator = as("operator");
    private final LicensesApi licenses = new LicensesApi(edge);

    @BeforeAll
    static void aTitleThatMayBeDownloadedOnceAYear() throws ApiException {
        var operator = as("operator");
        var report =
                new TitlesApi(operator)
                        .loadTitles(
                                """
                                {"titleId":"%s","name":"One","studioId":"%s"}
                                {"titleId":"%s","name":"Two","studioId":"%s"}
                                {"titleId":"generated-client-3"}
                                """
                                        .formatted(TITLE, STUDIO, RARE_TITLE, STUDIO));
        assertThat(report.getStored()).isEqualTo(2);
        assertThat(report.getRejected()).isEqualTo(1);
        assertThat(report.getErrors().getFirst().getLine()).isEqualTo(3);
        new PoliciesApi(operator)
                .putPolicy(
                        "title",
                        RARE_TITLE,
                        new PolicyRequest()
                                .settings(new PolicySettings().maxDownloadsPerTitlePerYear(1)),
                        null,
                        null);
    }

    @Test
    void a_license_is_acquired_read_confirmed_renewed_and_released() throws ApiException {
        var key = UUID.randomUUID().toString();
        var created =
                licenses.acquireLicenseWithHttpInfo(customer, acquire(TITLE), key, null, null);
        var license = created.getData();
        assertThat(created.getStatusCode()).isEqualTo(201);
        assertThat(created.getHeaders().get("Location").getFirst())
                .endsWith("/licenses/" + license.getLicenseId());
        assertThat(license.getState()).isEqualTo("ISSUED");
        assertThat(license.getToken()).isNotEmpty();
        assertThat(license.getQuotas())
                .extracting(Quota::getRule)
                .contains("maxDownloadsPerTitlePerYear");

        var again = licenses.acquireLicenseWithHttpInfo(customer, acquire(TITLE), key, null, null);
        assertThat(again.getStatusCode()).isEqualTo(201);
        assertThat(again.getData().getLicenseId()).isEqualTo(license.getLicenseId());
        var existing =
                licenses.acquireLicenseWithHttpInfo(customer, acquire(TITLE), null, null, null);
        assertThat(existing.getStatusCode()).isEqualTo(200);
        assertThat(existing.getData().getLicenseId()).isEqualTo(license.getLicenseId());

        var id = license.getLicenseId();
        var occurred =
                new OccurredRequest()
                        .occurredAt(OffsetDateTime.now(ZoneOffset.UTC).minusMinutes(1));
        assertThat(licenses.confirmLicense(customer, id, null, null, null, occurred).getState())
                .isEqualTo("CONFIRMED");
        assertThat(licenses.renewLicense(customer, id, null, null, null).getRenewals())
                .isEqualTo(1);
        var read = new LicensesApi(reader).getLicenseWithHttpInfo(customer, id, null, null, null);
        assertThat(read.getData().getState()).isEqualTo("CONFIRMED");
        assertThat(read.getData().getToken()).isNull();
        var tag = read.getHeaders().get("ETag").getFirst();
        var notModified = problemOf(() -> licenses.getLicense(customer, id, null, tag, null));
        assertThat(notModified.getCode()).isEqualTo(304);
        assertThat(
                        licenses.releaseLicense(
                                        customer, id, null, tag, null, new OccurredRequest())
                                .getState())
                .isEqualTo("RELEASED");
        var states = List.of("RELEASED", "REVOKED");
        assertThat(licenses.listLicenses(customer, states, null, 1, null, null, null).getLicenses())
                .extracting(License::getLicenseId)
                .containsExactly(id);
    }

    @Test
    void history_is_listed_and_partitions_are_looked_after() throws ApiException {
        var license = licenses.acquireLicense(customer, acquire(TITLE), null, null, null);

        var history = new HistoryApi(reader);
        var page =
                history.listEvents(
                        customer, null, null, null, "License", license.getLicenseId(), null, null);
        assertThat(page.getEvents()).extracting(Event::getEvent).containsExactly("LicenseIssued");
        assertThat(page.getEvents().getFirst().getPayload()).containsEntry("title", TITLE);
        assertThat(page.getNext()).isNull();
        assertThat(history.findCustomers(license.getLicenseId()).getCustomers())
                .extracting(FoundCustomer::getCustomerId)
                .containsExactly(customer);
        var denied = history.listDenials(customer, null, null, null, TITLE, null, null, null);
        assertThat(denied.getDenials()).isEmpty();

        var feed = new FeedApi(reader);
        var newest = feed.readFeed(null, null, null, true, null, null).getNext();
        licenses.acquireLicense(customer, acquire(TITLE).deviceId("other"), null, null, null);
        var types = List.of("dev.tally.LicenseIssued");
        var told = feed.readFeed(types, null, TITLE, null, 1, newest);
        assertThat(told.getEvents()).extracting(FeedEvent::getType).isEqualTo(types);

        var today = LocalDate.now(ZoneOffset.UTC);
        var usage = new UsageApi(reader).getStudioUsage("no-studio", today, today, null);
        assertThat(usage.getDays()).isEmpty();

        var partitions = new PartitionsApi(operator);
        var listed = partitions.listPartitions();
        assertThat(listed.getPartitions()).isNotEmpty();
        var youngest = listed.getPartitions().getFirst().getName();
        assertThat(partitions.getPartition(youngest).getTier()).isEqualTo("HOT");
        assertThat(problemOf(() -> partitions.archivePartition(youngest)).getCode()).isEqualTo(409);
        var held = partitions.holdPartition(youngest, new HoldRequest().reason("Case 1"));
        assertThat(held.getLegalHold()).isEqualTo("Case 1");
        assertThat(partitions.releasePartition(youngest).getLegalHold()).isNull();
        var erasures = new ErasuresApi(operator);
        var erasure = erasures.eraseCustomer(customer);
        assertThat(erasures.getErasure(erasure.getErasureId()).getRequestedAt()).isNotNull();
        assertThat(partitions.pausePartitionJob(new PauseRequest().paused(false)).getPaused())
                .isFalse();
    }

    @Test
    void a_denial_is_a_problem_that_names_what_is_violated() throws ApiException {
        var first = licenses.acquireLicense(customer, acquire(RARE_TITLE), null, null, null);
        var revoke = new RevokeRequest().reason("a test");
        assertThat(
                        new LicensesApi(operator)
                                .revokeLicense(
                                        customer, first.getLicenseId(), null, null, null, revoke)
                                .getState())
                .isEqualTo("REVOKED");

        var dryRun = new DecisionsApi(reader).decide(customer, supposing(RARE_TITLE), null, null);
        var denial =
                problemOf(
                        () ->
                                licenses.acquireLicense(
                                        customer, acquire(RARE_TITLE), null, null, null));

        assertThat(dryRun.getResult()).isEqualTo("DENIED");
        assertThat(dryRun.getWhatIf().getThen().getResult()).isEqualTo("ALLOWED");
        assertThat(dryRun.getWhatIf().getDifferences()).hasSize(1);
        assertThat(denial.getCode()).isEqualTo(409);
        var problem = edge.getObjectMapper().readValue(denial.getResponseBody(), Problem.class);
        assertThat(problem.getType()).hasToString("urn:tally:problem:denied");
        assertThat(problem.getViolations()).hasSize(1);
        var violation = problem.getViolations().getFirst();
        assertThat(violation.getRule()).isEqualTo("maxDownloadsPerTitlePerYear");
        assertThat(violation.getScope()).isEqualTo("title");
        assertThat(violation.getLimit()).isEqualTo(1);
        assertThat(violation.getCurrent()).isEqualTo(1);
        assertThat(violation.getCountedEvents()).hasSize(1);
        assertThat(violation.getRemedies()).containsExactly("WAIT");
        assertThat(violation.getNextAllowedAt())
                .isBetween(
                        first.getIssuedAt().plusDays(365),
                        first.getIssuedAt().plus(Duration.ofDays(366)));
    }

    @Test
    void a_home_screen_asks_about_titles_and_a_device_about_itself() throws ApiException {
        licenses.acquireLicense(customer, acquire(RARE_TITLE), null, null, null);
        var asked =
                new DecisionRequest()
                        .titles(List.of("none", RARE_TITLE))
                        .deviceId("tablet")
                        .plan("premium");
        var offers = new DecisionsApi(reader).decide(customer, asked, null, null).getTitles();
        assertThat(offers).extracting(Offer::getBest).containsExactly(null, "PLAY");
        assertThat(offers.getFirst().getProblem().getStatus()).isEqualTo(422);
        assertThat(offers.getLast().getStream().getAllowed()).isTrue();

        var home =
                new DevicesApi(edge).getDeviceDownloads(customer, "tablet", null, null, null, null);
        assertThat(home.getDownloads()).hasSize(1);
        assertThat(home.getRenewNow()).isEmpty();
    }

    @Test
    void devices_and_quotas_are_shown_and_a_device_is_deactivated() throws ApiException {
        var license = licenses.acquireLicense(customer, acquire(TITLE), null, null, null);
        var devices = new DevicesApi(edge);
        var device = devices.listDevices(customer, null, null, null).getDevices().getFirst();
        assertThat(device.getName()).isEqualTo("Kim's tablet");
        assertThat(device.getDeactivatedAt()).isNull();
        assertThat(device.getLastDownloadAt()).isEqualTo(license.getIssuedAt());
        assertThat(
                        new DownloadsApi(reader)
                                .listDownloads(
                                        customer, TITLE, license.getIssuedAt(), null, 10, null)
                                .getDownloads())
                .extracting(Download::getDeviceId)
                .containsExactly("tablet");
        var counted =
                new DownloadsApi(reader)
                        .listDownloads(customer, TITLE, null, null, 10, null)
                        .getDownloads()
                        .getFirst();
        var waive = new WaiveRequest().reason("a test");
        assertThat(
                        new DownloadsApi(operator)
                                .waiveDownload(
                                        customer, counted.getEventId(), waive, null, null, null)
                                .getWaiver()
                                .getReason())
                .isEqualTo("a test");
        assertThat(
                        new QuotasApi(reader)
                                .getQuotas(customer, TITLE, "tablet", null, null, null, null)
                                .getQuotas())
                .extracting(Quota::getRule)
                .containsExactly(
                        "maxDownloadDevices",
                        "maxActiveDownloadsPerDevice",
                        "maxActiveDownloadsPerCustomer",
                        "maxActiveDownloadsPerStudio",
                        "maxDownloadsPerTitlePerYear",
                        "maxPlaybacksPerTitlePerYear",
                        "maxDeactivationsPerYear",
                        "maxConcurrentStreams");

        assertThat(
                        devices.deactivateDevice(customer, "tablet", null, null, null, null)
                                .getReleasedLicenses())
                .extracting(License::getLicenseId)
                .containsExactly(license.getLicenseId());
    }

    @Test
    void a_session_is_started_reported_and_listed() throws ApiException {
        var license = licenses.acquireLicense(customer, acquire(TITLE), null, null, null);
        var sessions = new SessionsApi(edge);
        var session =
                sessions.startSession(
                        customer,
                        new StartRequest().licenseId(license.getLicenseId()),
                        null,
                        null,
                        null);
        assertThat(session.getState()).isEqualTo("RUNNING");

        var results =
                sessions.reportSessionEvents(
                        customer,
                        session.getSessionId(),
                        List.of(
                                new SessionEventRequest().type(SessionEventType.PAUSE),
                                new SessionEventRequest().type(SessionEventType.STOP)),
                        null,
                        null,
                        null);

        assertThat(results.getResults())
                .extracting(SessionEventResult::getResult)
                .containsOnly("RECORDED");
        assertThat(results.getSession().getState()).isEqualTo("STOPPED");
        var id = session.getSessionId();
        assertThat(
                        new SessionsApi(reader)
                                .getSession(customer, id, null, null, null)
                                .getLicenseType())
                .isEqualTo("DOWNLOAD");
        assertThat(new SessionsApi(reader).listSessions(customer, null, null, null).getSessions())
                .extracting(Session::getStopCause)
                .containsExactly("PLAYER");
    }

    @Test
    void titles_and_policies_are_written_and_read() throws ApiException {
        var titles = new TitlesApi(operator);
        var end = OffsetDateTime.parse("2040-01-01T00:00:00Z");
        titles.putTitle(
                "generated-client-4",
                new TitleRequest().name("Four").studioId(STUDIO).availabilityEnd(end),
                null,
                null);
        assertThat(titles.getTitle("generated-client-4", null).getAvailabilityEnd()).isEqualTo(end);
        var page = titles.listTitles(1, null);
        assertThat(titles.listTitles(200, page.getNext()).getTitles())
                .extracting(Title::getTitleId)
                .doesNotContain(page.getTitles().getFirst().getTitleId());

        var policies = new PoliciesApi(operator);
        var plan = "generated-client-" + UUID.randomUUID();
        var settings = new PolicySettings().maxRenewals(null).rentalDuration("P7D");
        var first =
                policies.putPolicyWithHttpInfo(
                        "plan", plan, new PolicyRequest().settings(settings), null, null);
        assertThat(first.getData().getSettings().getMaxRenewals_JsonNullable().isPresent())
                .isTrue();
        assertThat(first.getData().getSettings().getMaxDownloadDevices_JsonNullable().isPresent())
                .isFalse();
        var tag = first.getHeaders().get("ETag").getFirst();
        var second =
                policies.putPolicyWithHttpInfo(
                        "plan",
                        plan,
                        new PolicyRequest().settings(new PolicySettings()),
                        tag,
                        null);
        var policy = second.getData();
        assertThat(policies.getPolicy("plan", plan, null, null).getVersion())
                .isEqualTo(policy.getVersion());
        assertThat(policies.listPolicies(null, null).getPolicies()).contains(policy);
        var secondTag = second.getHeaders().get("ETag").getFirst();
        assertThat(policies.removePolicy("plan", plan, secondTag).getState()).isEqualTo("REMOVED");
        assertThat(policies.listPolicies(policy.getVersion(), null).getPolicies()).contains(policy);
    }

    @Test
    void a_policy_is_simulated() throws ApiException {
        var simulations = new SimulationsApi(operator);
        var request =
                new SimulationRequest()
                        .settings(new PolicySettings().maxDownloadsPerTitlePerYear(1))
                        .days(1);
        var asked = simulations.simulatePolicy("global", "default", request, null);

        var id = asked.getSimulationId();
        assertThat(simulations.getSimulation(id).getAskedAt()).isEqualTo(asked.getAskedAt());
        assertThat(simulations.listSimulations().getSimulations())
                .extracting(Simulation::getSimulationId)
                .contains(id);
        assertThat(simulations.cancelSimulation(id).getState()).isIn("CANCELLED", "DONE");
    }

    @Test
    void the_keys_that_verify_tokens_need_no_token() throws ApiException {
        assertThat(new KeysApi(anyone()).getTokenKeys().getKeys())
                .extracting(Key::getKty)
                .containsOnly("EC");
    }

    /** A dry run that also asks what a limit of two would change. */
    private static DecisionRequest supposing(String title) {
        var policy =
                new ProposedPolicyRequest()
                        .scope("title")
                        .id(title)
                        .settings(new PolicySettings().maxDownloadsPerTitlePerYear(2));
        return new DecisionRequest()
                .titleId(title)
                .deviceId("tablet")
                .plan("standard")
                .type(DecisionRequest.TypeEnum.DOWNLOAD)
                .whatIf(new WhatIfRequest().policies(List.of(policy)));
    }

    private static AcquireRequest acquire(String title) {
        return new AcquireRequest()
                .titleId(title)
                .deviceId("tablet")
                .deviceName("Kim's tablet")
                .plan("standard")
                .type(AcquireRequest.TypeEnum.DOWNLOAD);
    }

    private static ApiException problemOf(ThrowingCallable call) {
        return catchThrowableOfType(ApiException.class, call);
    }

    private static ApiClient anyone() {
        var client = new ApiClient();
        client.updateBaseUri(SERVER.url().toString().replaceFirst("/$", ""));
        return client;
    }

    private static ApiClient as(String role) {
        var authorization = "Bearer " + SERVER.tokens().of(role);
        return anyone().setRequestInterceptor(
                        request -> request.header("Authorization", authorization));
    }
}
