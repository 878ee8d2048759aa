package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Operators find each series in the document, and no other. */
class MetricsIT {

    private static final Path DOCUMENT = Path.of("src/docs/metrics.md");
    private static final Pattern NAME = Pattern.compile("`([a-z]+_[A-Za-z_]+)`");

    private final TallyServer server = TallyServer.get();
    private final Customer anna = new Customer();

    @Test
    void the_document_lists_all_series() throws IOException {
        anna.acquire(Customer.newTitle(), "phone", "basic");
        anna.acquire(Customer.newTitle(), "tablet", "basic");

        Awaitility.await()
                .untilAsserted(() -> assertThat(served()).containsExactlyElementsOf(documented()));
    }

    @Test
    void an_operation_counts_by_its_result() {
        var title = Customer.newTitle();
        var granted = server.metric("tally_requests_total", "LicensesResource.acquire", "ok");
        var denied = server.metric("tally_requests_total", "LicensesResource.acquire", "denied");
        var refused = server.metric("tally_requests_total", "LicensesResource.acquire", "refused");
        var byRule = server.metric("tally_denials_total", "maxDownloadDevices");

        anna.acquire(title, "phone", "basic");
        anna.acquire(title, "tablet", "basic");
        anna.acquire("no-such-title", "phone", "basic");

        assertThat(server.metric("tally_requests_total", "LicensesResource.acquire", "ok"))
                .isGreaterThan(granted);
        assertThat(server.metric("tally_requests_total", "LicensesResource.acquire", "denied"))
                .isGreaterThan(denied);
        assertThat(server.metric("tally_requests_total", "LicensesResource.acquire", "refused"))
                .isGreaterThan(refused);
        assertThat(server.metric("tally_denials_total", "maxDownloadDevices"))
                .isGreaterThan(byRule);
    }

    private List<String> metrics() {
        return server.client().get("/metrics").body().lines().toList();
    }

    private Set<String> served() {
        var names = new TreeSet<String>();
        for (var line : metrics()) {
            if (line.startsWith("# TYPE ")) names.add(line.split(" ", -1)[2]);
        }
        return names;
    }

    private static Set<String> documented() throws IOException {
        var names = new TreeSet<String>();
        for (var line : Files.readAllLines(DOCUMENT)) {
            if (!line.startsWith("| `")) continue;
            var series = NAME.matcher(line.substring(0, line.indexOf('|', 1)));
            while (series.find()) names.add(series.group(1));
        }
        return names;
    }
}
