package dev.tally.timeline.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.http.Json;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.denials.DenialFilter;
import dev.tally.licensing.denials.DenialQueries;
import dev.tally.licensing.denials.KeptDenial;
import dev.tally.licensing.denials.KeptDenial.About;
import dev.tally.licensing.denials.KeptDenial.Place;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.provisional.Promises;
import dev.tally.licensing.provisional.Promises.Waiting;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.SharedDatabase;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** The promises of an export are numbered in its package. */
class ExportTest {

    /** More events than two pages have. */
    private static final int EVENTS = 2 * EventSource.PAGE + 7;

    private static Stores stores;

    private final String customer = "customer-" + Ids.next();
    private final DeviceId phone = new DeviceId("phone");
    private final Export export =
            new Export() {
                @Override
                Object problem(RuntimeException e) {
                    return e.getMessage();
                }
            };
    private final List<Waiting> waiting = new ArrayList<>();
    private int denied;

    @BeforeAll
    static void start() {
        stores = new Stores(SharedDatabase.get(), AccountModel.MODEL, Settings.cold(50));
    }

    @AfterAll
    static void stop() {
        stores.close();
    }

    @BeforeEach
    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    void parts() {
        export.store = stores.store();
        export.state = new StateSource();
        export.events = new EventSource();
        export.events.store = stores.store();
        export.denials = new DenialSource();
        export.denials.denials = denials();
        export.promises = new PromiseSource();
        export.promises.promises =
                new Promises() {
                    @Override
                    public List<Waiting> waiting(CustomerId of) {
                        return waiting;
                    }
                };
    }

    /** Denials in a list, page by page as the table has them. */
    private DenialQueries denials() {
        return new DenialQueries() {
            @Override
            public Part older(CustomerId of, DenialFilter filter, Place place, int limit) {
                var from = place == null ? 0 : Integer.parseInt(place.id()) + 1;
                var to = Math.min(from + limit, denied);
                return new Part(
                        IntStream.range(from, to).mapToObj(ExportTest::denial).toList(),
                        to < denied);
            }
        };
    }

    private static KeptDenial denial(int number) {
        var at = Instant.parse("2026-11-01T00:00:00Z");
        return new KeptDenial(
                new Place(at, Integer.toString(number)),
                at,
                at,
                1,
                "ACQUIRE",
                new About("phone", "title", "studio", "basic", 1),
                List.of());
    }

    private void append(Record... events) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        stores.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(Instant.now()),
                        List.of(events));
    }

    private void events(int count) {
        append(new DeviceActivated(phone, "0", Instant.now()));
        var left = new ArrayList<Record>();
        for (int i = 1; i < count; i++) {
            left.add(new DeviceRenamed(phone, Integer.toString(i), Instant.now()));
            if (left.size() < 400 && i < count - 1) continue;
            append(left.toArray(Record[]::new));
            left.clear();
        }
    }

    private Exported begun() {
        var history = stores.store().readConfirmed(customer, AccountModel.FOLD);
        return new Exported(
                new CustomerId(customer), history.state(), Instant.now(), history.head());
    }

    private List<JsonNode> lines(Exported of) throws IOException {
        var out = new ByteArrayOutputStream();
        export.write(of, out);
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> Json.MAPPER.readTree(line))
                .toList();
    }

    private static List<String> kinds(List<JsonNode> lines) {
        return lines.stream().map(line -> line.get("kind").stringValue()).distinct().toList();
    }

    @Test
    void all_that_is_stored_is_told_and_counted() throws IOException {
        events(EVENTS);
        waiting.add(new Waiting("p1", new CustomerId(customer), Instant.now(), Optional.empty()));
        var lines = lines(begun());

        assertThat(kinds(lines)).containsExactly("export", "device", "event", "promise", "end");
        var first = lines.getFirst().get("value");
        assertThat(first.get("customerId").stringValue()).isEqualTo(customer);
        assertThat(first.get("lastSeq").intValue()).isEqualTo(EVENTS);
        var events = lines.stream().filter(line -> line.get("kind").stringValue().equals("event"));
        var seqs = events.map(line -> line.at("/value/seq").intValue()).toList();
        assertThat(seqs).hasSize(EVENTS).isSorted().doesNotHaveDuplicates();
        var device = lines.get(1).get("value");
        assertThat(device.get("name").stringValue()).isEqualTo(Integer.toString(EVENTS - 1));
        var counts = lines.getLast().at("/value/lines");
        assertThat(counts.get("event").intValue()).isEqualTo(EVENTS);
        assertThat(counts.get("device").intValue()).isEqualTo(1);
        assertThat(counts.get("license").intValue()).isZero();
        assertThat(counts.get("promise").intValue()).isEqualTo(1);
    }

    @Test
    void what_is_appended_meanwhile_is_left_out() throws IOException {
        events(3);
        var begun = begun();
        append(new DeviceRenamed(phone, "later", Instant.now()));
        assertThat(lines(begun).getLast().at("/value/lines/event").intValue()).isEqualTo(3);
    }

    @Test
    void an_erasure_meanwhile_is_a_failure_and_no_end() throws IOException {
        events(3);
        var begun = begun();
        stores.store().erase(customer, Instant.now(), first -> {});
        assertThat(kinds(lines(begun))).endsWith("failure").doesNotContain("end");
    }

    @Test
    void nothing_known_is_a_whole_export() throws IOException {
        var lines = lines(begun());
        assertThat(kinds(lines)).containsExactly("export", "end");
        assertThat(lines.getLast().at("/value/lines/event").intValue()).isZero();
    }

    @Test
    void every_denial_is_among_them_page_by_page() throws IOException {
        denied = 2 * DenialSource.PAGE + 3;
        assertThat(lines(begun()).getLast().at("/value/lines/denial").intValue()).isEqualTo(denied);
    }

    @Test
    void more_promises_than_are_found_at_once_are_a_failure() throws IOException {
        for (int i = 0; i < Promises.MAX_WAITING; i++) {
            waiting.add(
                    new Waiting(
                            "p" + i, new CustomerId(customer), Instant.now(), Optional.empty()));
        }
        assertThat(kinds(lines(begun()))).endsWith("failure");
    }

    @Test
    void a_caller_who_reads_too_slowly_is_cut_off() throws IOException {
        events(5);
        var time = new AtomicLong();
        var slow =
                new OutputStream() {
                    @Override
                    public void write(int octet) {
                        time.addAndGet(1);
                    }

                    @Override
                    public void write(byte[] octets, int from, int count) {
                        time.addAndGet(ExportLines.PATIENCE.plusSeconds(1).toNanos());
                    }
                };
        var lines = new ExportLines(slow, time::get);
        assertThatThrownBy(() -> export.write(begun(), lines))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too slowly");
    }

    @Test
    void memory_holds_one_part_whatever_the_length() throws IOException {
        events(EVENTS);
        var largest = new AtomicLong();
        var parts =
                new OutputStream() {
                    @Override
                    public void write(int octet) {}

                    @Override
                    public void write(byte[] octets, int from, int count) {
                        largest.accumulateAndGet(count, Math::max);
                    }
                };
        export.write(begun(), parts);
        assertThat(largest.get()).isBetween(1L, 2L * ExportLines.PART_BYTES);
    }

    @Test
    void as_many_exports_as_may_are_at_work_and_one_more_is_refused() throws IOException {
        events(2);
        var begun = begun();
        var nested =
                new OutputStream() {
                    private int depth;

                    @Override
                    public void write(int octet) {}

                    @Override
                    public void write(byte[] octets, int from, int count) throws IOException {
                        if (depth++ < Export.MAX_AT_ONCE) export.write(begun, this);
                    }
                };
        assertThatThrownBy(() -> export.write(begun, nested))
                .hasMessageContaining("exports are at work");
        export.write(begun, new ByteArrayOutputStream());
    }
}
