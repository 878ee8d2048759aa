package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Tests that apply to every command: retries, conditions and round trips. */
class CommandsIT {

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();

    @AfterEach
    void restore() {
        server.relay().restore();
    }

    @Test
    void an_acquire_costs_four_round_trips_and_three_from_memory() {
        var first = Customer.newTitle();
        var second = Customer.newTitle();
        // The first command loads the catalogue into memory and opens connections, so it is not
        // counted.
        new Customer().acquire(first, "phone", "standard");
        new Customer().acquire(second, "phone", "standard");

        await().untilAsserted(
                        () -> {
                            var members =
                                    new Customer[] {new Customer(), new Customer(), new Customer()};
                            assertThat(least(i -> members[i].acquire(first, "phone", "standard")))
                                    .isEqualTo(4);
                            assertThat(least(i -> members[i].acquire(second, "phone", "standard")))
                                    .isEqualTo(3);
                            assertThat(members[0].events()).hasSize(5);
                        });
    }

    @Test
    void an_existing_license_and_a_query_write_nothing_and_cost_less() {
        var title = Customer.newTitle();
        var license = anna.acquire(title, "phone", "standard").json().get("licenseId");

        await().untilAsserted(
                        () -> {
                            assertThat(least(i -> anna.acquire(title, "phone", "standard")))
                                    .isLessThanOrEqualTo(2);
                            assertThat(least(i -> anna.get(license.stringValue()))).isEqualTo(1);
                        });
        assertThat(anna.events()).hasSize(3);
    }

    @Test
    void a_retry_has_the_same_answer_whatever_happened_since() {
        var title = Customer.newTitle();
        var first = anna.acquire("key", title, "phone", "standard");
        var license = first.json().get("licenseId").stringValue();
        anna.edge()
                .with("Idempotency-Key", "key-2")
                .post(anna.path("/licenses/" + license + "/release"));
        anna.acquire(title, "tablet", "standard");
        var before = anna.events();

        var retry = anna.acquire("key", title, "phone", "standard");

        assertThat(retry.status()).isEqualTo(201);
        assertThat(withoutToken(retry.body())).isEqualTo(withoutToken(first.body()));
        assertThat(retry.json().has("token")).as("the license has ended since").isFalse();
        assertThat(retry.header("Location")).isEqualTo(first.header("Location"));
        assertThat(anna.events()).isEqualTo(before);
    }

    @Test
    void a_retry_is_known_again_after_a_snapshot_has_closed_the_generation() {
        var title = Customer.newTitle();
        var first = anna.acquire("key", title, "phone", "standard");
        var license = first.json().get("licenseId").stringValue();
        for (int i = 0; i < 110; i++) {
            assertThat(anna.post(license, "/renewals").status()).isEqualTo(200);
        }

        var retry = anna.acquire("key", title, "phone", "standard");

        assertThat(retry.status()).isEqualTo(201);
        assertThat(withoutSignature(retry.body())).isEqualTo(withoutSignature(first.body()));
        assertThat(anna.get(license).json().get("renewals").intValue()).isEqualTo(110);
    }

    @Test
    void a_key_belongs_to_one_command() {
        var title = Customer.newTitle();
        var license =
                anna.acquire("key", title, "phone", "standard")
                        .json()
                        .get("licenseId")
                        .stringValue();

        var other = anna.acquire("key", title, "tablet", "standard");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.problem()).isEqualTo("idempotency-key-reused");
        var release =
                anna.edge()
                        .with("Idempotency-Key", "key")
                        .post(anna.path("/licenses/" + license + "/release"));
        assertThat(release.problem()).isEqualTo("idempotency-key-reused");
        assertThat(anna.events()).hasSize(3);
    }

    @Test
    void every_command_is_retried_without_a_second_effect() {
        var license = anna.acquire(Customer.newTitle(), "phone", "standard").json();
        var path = anna.path("/licenses/" + license.get("licenseId").stringValue());
        for (var act : new String[] {"/confirmation", "/renewals", "/renewals", "/release"}) {
            var keyed = anna.edge().with("Idempotency-Key", act + anna.events().size());
            var first = keyed.post(path + act);
            var events = anna.events();
            var retry = keyed.post(path + act);
            assertThat(retry.status()).isEqualTo(200);
            assertThat(withoutSignature(retry.body())).isEqualTo(withoutSignature(first.body()));
            assertThat(anna.events()).isEqualTo(events);
        }
        var keyed = anna.edge().with("Idempotency-Key", "off");
        var off = keyed.delete(anna.path("/devices/phone"));
        assertThat(off.status()).isEqualTo(200);
        assertThat(keyed.delete(anna.path("/devices/phone")).body()).isEqualTo(off.body());
    }

    @Test
    void a_condition_that_fails_stops_the_command() {
        var acquired = anna.acquire(Customer.newTitle(), "phone", "standard");
        var license = acquired.json().get("licenseId").stringValue();
        var tag = anna.get(license).header("ETag");
        assertThat(tag).isEqualTo(acquired.header("ETag"));
        anna.post(license, "/confirmation");

        var release = anna.path("/licenses/" + license + "/release");
        var stale = anna.edge().with("If-Match", tag).post(release);
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.problem()).isEqualTo("precondition-failed");

        var fresh = anna.get(license).header("ETag");
        assertThat(anna.edge().with("If-Match", fresh).post(release).status()).isEqualTo(200);
    }

    @Test
    void an_answer_that_has_not_changed_is_not_sent_again() {
        var license = anna.acquire(Customer.newTitle(), "phone", "standard").json();
        var path = anna.path("/licenses/" + license.get("licenseId").stringValue());
        var tag = anna.reader().get(path).header("ETag");

        assertThat(anna.reader().with("If-None-Match", tag).get(path).status()).isEqualTo(304);
        anna.edge().post(path + "/confirmation");
        assertThat(anna.reader().with("If-None-Match", tag).get(path).status()).isEqualTo(200);
    }

    @Test
    void a_body_that_may_be_left_out_may_be_null() {
        var license = anna.acquire(Customer.newTitle(), "phone", "standard").json();
        var path = anna.path("/licenses/" + license.get("licenseId").stringValue());

        assertThat(anna.edge().post(path + "/confirmation", "null").status()).isEqualTo(200);
        assertThat(anna.edge().post(path + "/release", "{}").status()).isEqualTo(200);
    }

    @Test
    void a_denial_names_every_violated_rule() {
        var title = Customer.newTitle();
        for (int i = 0; i < 5; i++) {
            var license = anna.acquire(title, "phone", "basic").json().get("licenseId");
            if (i < 4) {
                anna.post(license.stringValue(), "/release");
            }
        }

        var denied = anna.acquire(title, "tablet", "basic");

        assertThat(denied.status()).isEqualTo(409);
        var violations = denied.json().get("violations");
        assertThat(violations.size()).isEqualTo(2);
        assertThat(violations.get(0).get("rule").stringValue()).isEqualTo("maxDownloadDevices");
        assertThat(violations.get(0).get("scope").stringValue()).isEqualTo("plan");
        assertThat(violations.get(1).get("rule").stringValue())
                .isEqualTo("maxDownloadsPerTitlePerYear");
        var dryRun =
                anna.reader()
                        .post(anna.path("/decisions"), Customer.request(title, "tablet", "basic"))
                        .json();
        assertThat(dryRun.get("result").stringValue()).isEqualTo("DENIED");
        assertThat(dryRun.get("rules").size()).isEqualTo(7);
    }

    @Test
    void without_its_database_the_service_says_when_to_try_again() {
        var title = Customer.newTitle();
        var license = anna.acquire(title, "phone", "standard").json().get("licenseId");

        server.relay().cut();
        var answer = anna.post(license.stringValue(), "/release");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("unavailable");
        assertThat(answer.header("Retry-After")).isNotNull();
        assertThat(anna.reader().get(anna.path("/licenses")).status()).isEqualTo(503);

        server.restoreDatabase();
        assertThat(anna.post(license.stringValue(), "/release").status()).isEqualTo(200);
    }

    /**
     * The round trips of a call: the smallest number of three tries, because now and then the
     * catalogue is read again, and the database probed, in the background.
     */
    private long least(IntConsumer call) {
        return IntStream.range(0, 3).mapToLong(i -> roundTrips(call, i)).min().orElseThrow();
    }

    private long roundTrips(IntConsumer call, int number) {
        var before = server.relay().roundTrips();
        call.accept(number);
        return server.relay().roundTrips() - before;
    }

    private static String withoutToken(String body) {
        return body.replaceAll("\"token\":\"[^\"]+\",", "");
    }

    /** The body without the token's signature, because two signatures of the same claims differ. */
    private static String withoutSignature(String body) {
        return body.replaceAll("(\"token\":\"[^.]+\\.[^.]+)\\.[^\"]+", "$1");
    }
}
