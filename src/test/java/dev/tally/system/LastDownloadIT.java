package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Many concurrent requests of one customer. */
class LastDownloadIT {

    private static final int THREADS = 32;

    private final Customer anna = new Customer();

    @Test
    void of_32_who_want_the_last_download_one_gets_it() throws Exception {
        var title = Customer.newTitle();
        for (int i = 0; i < 4; i++) {
            var license = anna.acquire(title, "phone", "premium").json().get("licenseId");
            assertThat(anna.post(license.stringValue(), "/release").status()).isEqualTo(200);
        }

        // Each request has a device of its own, so that no request gets the active license of its
        // own device.
        var answers = atOnce(i -> anna.acquire(title, "device-" + i, "premium"));

        assertThat(answers).extracting(Client.Answer::status).containsOnly(201, 409);
        assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 409)
                .hasSize(THREADS - 1)
                .allSatisfy(
                        answer -> {
                            assertThat(answer.problem()).isEqualTo("denied");
                            var violation = answer.json().get("violations").get(0);
                            assertThat(violation.get("rule").stringValue())
                                    .isEqualTo("maxDownloadsPerTitlePerYear");
                            assertThat(violation.get("limit").intValue()).isEqualTo(5);
                            assertThat(violation.get("current").intValue()).isEqualTo(5);
                            assertThat(violation.get("countedEvents").size()).isEqualTo(5);
                            assertThat(violation.get("nextAllowedAt").isNull()).isFalse();
                            assertThat(violation.get("remedies").get(0).stringValue())
                                    .isEqualTo("WAIT");
                        });
        assertThat(sequence("License:")).hasSize(9);
        assertThat(sequence("Download:")).hasSize(5);
        assertThat(sequence("Device:")).hasSize(2);
        assertThat(sequence("")).isEqualTo(upTo(9 + 5 + 2));
    }

    @Test
    void of_32_equal_commands_one_takes_effect_and_all_have_its_answer() throws Exception {
        var title = Customer.newTitle();

        var answers = atOnce(i -> anna.acquire("same-key", title, "phone", "premium"));

        assertThat(answers).extracting(Client.Answer::status).containsOnly(201);
        assertThat(answers)
                .extracting(answer -> answer.json().get("licenseId").stringValue())
                .containsOnly(answers.getFirst().json().get("licenseId").stringValue());
        assertThat(anna.events()).hasSize(3);
    }

    private List<Client.Answer> atOnce(IntFunction<Client.Answer> call) throws Exception {
        var start = new CyclicBarrier(THREADS);
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            var calls =
                    IntStream.range(0, THREADS)
                            .mapToObj(
                                    i ->
                                            (Callable<Client.Answer>)
                                                    () -> {
                                                        start.await();
                                                        return answered(() -> call.apply(i));
                                                    })
                            .toList();
            var answers = new ArrayList<Client.Answer>();
            for (var answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }

    /** A busy machine may be too late for one of many; its caller repeats the request. */
    private static Client.Answer answered(Callable<Client.Answer> call) {
        return await().until(call, answer -> answer.status() != 503);
    }

    private List<Integer> sequence(String type) {
        return anna.events().stream()
                .filter(event -> event.startsWith(type))
                .map(event -> Integer.valueOf(event.replaceAll("[^:]*:(\\d+) .*", "$1")))
                .toList();
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }
}
