package dev.tally.availability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.http.Deployments;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.provisional.Commands;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.container.annotation.ArquillianTest;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.spec.JavaArchive;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Each limit of MicroProfile Fault Tolerance trips, at the number that the configuration sets. */
@ArquillianTest
class FaultToleranceIT {

    private static final String BREAKER = "dev.tally.availability.Breaker/call/";
    private static final String AT_ONCE = BREAKER + "Bulkhead/value";
    private static final String VOLUME = BREAKER + "CircuitBreaker/requestVolumeThreshold";
    private static final String TIMEOUT =
            "dev.tally.licensing.provisional.Commands/take/Timeout/value";

    /** Far longer than any limit that is tested. */
    private static final Duration FOR_EVER = Duration.ofSeconds(30);

    @Inject Breaker breaker;
    @Inject Circuit circuit;
    @Inject StoreState store;
    @Inject Commands commands;
    @Inject Config config;
    @Inject Threads threads;

    @Deployment
    static WebArchive application() {
        var settings =
                """
                config_ordinal=200
                %s=3
                %s=4
                %s=150
                """
                        .formatted(AT_ONCE, VOLUME, TIMEOUT);
        var configured =
                ShrinkWrap.create(JavaArchive.class, "settings.jar")
                        .addAsManifestResource(
                                new StringAsset(settings), "microprofile-config.properties");
        return Deployments.tallyWith(FaultToleranceIT.class, Threads.class, Deployments.class)
                .addAsLibrary(configured);
    }

    /** Gives threads of the container to the test, which is no bean. */
    @ApplicationScoped
    public static class Threads {

        @Resource ManagedExecutorService executor;

        public ManagedExecutorService executor() {
            return executor;
        }
    }

    private int setting(String name) {
        return config.getValue(name, Integer.class);
    }

    @Test
    void so_many_uses_of_the_database_are_under_way_at_a_time_and_no_more() throws Exception {
        var go = new CountDownLatch(1);
        var begun = new CountDownLatch(setting(AT_ONCE));
        var under = new ArrayList<Future<?>>();
        for (int i = 0; i < setting(AT_ONCE); i++) {
            under.add(
                    threads.executor()
                            .submit(
                                    () ->
                                            breaker.call(
                                                    () -> {
                                                        begun.countDown();
                                                        return go.await(
                                                                FOR_EVER.toSeconds(),
                                                                TimeUnit.SECONDS);
                                                    })));
        }
        assertThat(begun.await(FOR_EVER.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> breaker.call(() -> "one more"))
                .isInstanceOf(BulkheadException.class);

        go.countDown();
        for (var use : under) assertThat(use.get()).isEqualTo(true);
        assertThat(breaker.call(() -> "now")).isEqualTo("now");
    }

    @Test
    void so_many_failures_open_the_circuit_and_one_success_closes_it() throws Exception {
        openAndClose();
        assertThat(breaker.call(() -> "now")).isEqualTo("now");
    }

    /** Fails until the circuit opens, and waits until it is closed and has forgotten all. */
    private void openAndClose() throws Exception {
        var failures = 0;
        while (!refusesToFail()) assertThat(++failures).isLessThanOrEqualTo(setting(VOLUME));
        awaitClosed();
    }

    /** Otherwise successes would open it that come long after the failures. */
    @Test
    void a_circuit_that_was_filled_is_opened_by_a_failure_alone() throws Exception {
        openAndClose();
        circuit.fill();
        var failures = 0;
        while (!refusesToFail()) failures++;
        assertThat(failures).isLessThan(setting(VOLUME));
        awaitClosed();
    }

    /** Otherwise the database would be away again as soon as it is back. */
    @Test
    void what_failed_before_the_database_came_back_counts_no_more_afterwards() throws Exception {
        openAndClose();
        circuit.fill();
        failOnce();
        leaveAndComeBack();

        // Together with the failure before, this one would open it.
        failOnce();
        for (int i = 0; i < 2 * setting(VOLUME); i++) {
            assertThat(breaker.call(() -> "now")).isEqualTo("now");
        }
    }

    /** Otherwise the first request after the delay could close it, and nobody would fill it. */
    @Test
    void a_circuit_that_opens_is_noticed_before_anybody_asks_again() throws Exception {
        openAndClose();
        awaitBack();
        circuit.fill();
        boolean isNoticed;
        do {
            assertThatThrownBy(() -> circuit.pass(FaultToleranceIT::fail))
                    .isInstanceOf(StoreAway.class);
            isNoticed = store.isAway();
        } while (!isOpen());
        assertThat(isNoticed).isTrue();
        awaitBack();
    }

    private void failOnce() {
        assertThatThrownBy(() -> breaker.call(FaultToleranceIT::fail))
                .isInstanceOf(StoreAway.class);
    }

    private void awaitClosed() throws Exception {
        var until = Instant.now().plus(FOR_EVER);
        while (isOpen()) assertThat(Instant.now()).isBefore(until);
    }

    private void leaveAndComeBack() throws Exception {
        store.leave(Outage.NOT_IN_TIME, "the test says so");
        awaitBack();
    }

    private void awaitBack() {
        var until = Instant.now().plus(FOR_EVER);
        while (store.isAway()) assertThat(Instant.now()).isBefore(until);
    }

    /** True if the circuit is open; otherwise it has counted one more failure. */
    private boolean refusesToFail() throws Exception {
        try {
            return breaker.call(FaultToleranceIT::fail) == null;
        } catch (CircuitBreakerOpenException e) {
            return true;
        } catch (StoreAway e) {
            return false;
        }
    }

    private boolean isOpen() throws Exception {
        try {
            // A lock that is held counts as no failure of the database.
            breaker.call(
                    () -> {
                        throw StoreUnavailable.of(Outage.LOCKED, null);
                    });
            return false;
        } catch (CircuitBreakerOpenException e) {
            return true;
        } catch (StoreUnavailable e) {
            return false;
        }
    }

    private static Object fail() {
        throw StoreUnavailable.of(Outage.UNREACHABLE, null);
    }

    @Test
    void a_command_that_takes_too_long_is_ended() {
        var begun = Instant.now();
        assertThatThrownBy(
                        () ->
                                commands.take(
                                        new CustomerId("slow"),
                                        null,
                                        now -> waitForEver(new CountDownLatch(1))))
                .isInstanceOf(TimeoutException.class);
        assertThat(Duration.between(begun, Instant.now()))
                .isBetween(Duration.ofMillis(setting(TIMEOUT)), FOR_EVER.dividedBy(3));
    }

    private static boolean waitForEver(CountDownLatch nothing) {
        try {
            return nothing.await(FOR_EVER.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
