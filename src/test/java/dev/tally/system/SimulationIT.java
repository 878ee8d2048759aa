package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tally.runtime.Ids;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Duration;

/** Whom a policy would touch is told from what customers really asked for. */
class SimulationIT {

    /** All customers of all tests are passed, at a tenth of a thread. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Customer anna = new Customer();
    private final Customer bert = new Customer();
    private final Client operator = TallyServer.get().as("operator");
    private final String title = Customer.newTitle();

    private String simulation(String settings, String key) {
        var answer =
                operator.with("Idempotency-Key", key)
                        .post(
                                "/v1/policies/title/" + title + "/simulation",
                                "{\"settings\":%s,\"days\":1}".formatted(settings));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        var id = answer.json().get("simulationId").stringValue();
        assertThat(answer.header("Location")).endsWith("/v1/simulations/" + id);
        return id;
    }

    private JsonNode get(String id) {
        var answer = operator.get("/v1/simulations/" + id);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void one_customer_would_newly_be_denied_and_one_allowed() {
        for (var device : new String[] {"phone", "tablet", "tv"}) {
            assertThat(anna.acquire(title, device, "premium").status()).isEqualTo(201);
        }
        assertThat(bert.acquire(title, "phone", "basic").status()).isEqualTo(201);
        assertThat(bert.acquire(title, "tablet", "basic").status()).isEqualTo(409);
        await().untilAsserted(
                        () ->
                                assertThat(bert.reader().get(bert.path("/denials")).body())
                                        .contains("maxDownloadDevices"));

        var id = simulation("{\"maxDownloadDevices\":2}", Ids.next());
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(get(id).get("state").stringValue()).isEqualTo("DONE"));

        var found = get(id);
        assertThat(found.at("/counts/newlyDenied").intValue()).isEqualTo(1);
        assertThat(found.at("/counts/newlyAllowed").intValue()).isEqualTo(1);
        assertThat(found.at("/counts/rules/0/rule").stringValue()).isEqualTo("maxDownloadDevices");
        for (var example : found.get("examples")) {
            var isDenied = example.get("outcome").stringValue().equals("NEWLY_DENIED");
            assertThat(example.get("customerId").stringValue())
                    .isEqualTo(isDenied ? anna.id : bert.id);
            assertThat(example.get("deviceId").stringValue()).isEqualTo(isDenied ? "tv" : "tablet");
            assertThat(example.get("eventId").isNull()).isEqualTo(!isDenied);
            assertThat(example.get("denialId").isNull()).isEqualTo(isDenied);
        }
        assertThat(found.get("examples").size()).isEqualTo(2);
    }

    @Test
    void a_simulation_is_cancelled_once_and_for_all() {
        var key = Ids.next();
        var id = simulation("{\"maxRenewals\":1}", key);
        assertThat(simulation("{\"maxRenewals\":1}", key)).isEqualTo(id);
        var other =
                operator.with("Idempotency-Key", key)
                        .post(
                                "/v1/policies/title/" + title + "/simulation",
                                "{\"settings\":{\"maxRenewals\":2},\"days\":1}");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.body()).contains("idempotency-key-reused");

        var cancelled = operator.delete("/v1/simulations/" + id);

        assertThat(cancelled.status()).isEqualTo(200);
        assertThat(cancelled.json().get("state").stringValue()).isIn("CANCELLED", "DONE");
        assertThat(operator.delete("/v1/simulations/" + id).json()).isEqualTo(cancelled.json());
        assertThat(operator.get("/v1/simulations").body()).contains(id);
        assertThat(operator.delete("/v1/simulations/none").status()).isEqualTo(404);
    }

    @Test
    void what_cannot_be_simulated_is_refused() {
        var path = "/v1/policies/title/" + title + "/simulation";
        assertThat(anna.reader().post(path, "{\"settings\":{}}").status()).isEqualTo(403);
        assertThat(operator.post(path, "{\"settings\":{\"maxDowloads\":1}}").status())
                .isEqualTo(422);
        assertThat(operator.post(path, "{\"settings\":{},\"days\":91}").status()).isEqualTo(400);
        assertThat(operator.post(path, "{\"settings\":{},\"oneIn\":0}").status()).isEqualTo(400);
        assertThat(
                        operator.post("/v1/policies/title/none/simulation", "{\"settings\":{}}")
                                .status())
                .isEqualTo(422);
    }
}
