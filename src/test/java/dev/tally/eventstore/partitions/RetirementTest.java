package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.StreamHistory;
import dev.tally.licensing.write.LicensingFolds;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;

/** Months past retention lose what no state needs any more, and nobody who reads notices. */
class RetirementTest extends ArchiveFixture {

    /** The oldest month and the one after it are past it. */
    private static final Period RETENTION = Period.ofMonths(4);

    /** When the grace of what was retired now is over. */
    private final Instant afterGrace = now.plus(31, ChronoUnit.DAYS);

    @Test
    void only_what_a_state_is_made_of_stays() throws Exception {
        activate("anna", "phone", oldest);
        issue("anna", "played", oldest.plusSeconds(1));
        issue("anna", "kept", oldest.plusSeconds(2));
        release("anna", "played", oldest.plusSeconds(3));
        download("anna", oldest);
        var before = states("anna");

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest)))
                .containsExactlyInAnyOrder("phone", "kept", "download-" + oldest);
        assertThat(aggregatesIn(partition("event", oldest) + "_retired")).contains("played");
        assertThat(states("anna")).isEqualTo(before);
        assertThat(
                        texts(
                                "select row_count || ' ' || tablespace from tally.partition_tier where name = '%s'"
                                        .formatted(partition("event", oldest))))
                .containsExactly("3 archive");
        assertThatThrownBy(() -> activate("late", "phone", oldest.plusSeconds(9)))
                .rootCause()
                .hasMessageContaining("archived_takes_no_more_rows");
    }

    @Test
    void a_stream_whose_beginning_is_retired_is_replayed_from_what_stays() throws Exception {
        issue("anna", "played", oldest);
        issue("anna", "kept", oldest.plusSeconds(1));
        release("anna", "played", month(-3));
        issue("anna", "later", now.minusSeconds(1));
        var before = states("anna");

        archiver(RETENTION, now).run();
        asOwner("update tally.snapshot set fingerprint = 42");

        assertThat(licenses("anna").replayed()).isTrue();
        assertThat(states("anna")).isEqualTo(before);
        issue("anna", "last", now);
        assertThat(licenses("anna").replayed()).isFalse();
        assertThat(licenses("anna").head().seq()).isEqualTo(5);
    }

    @Test
    void snapshots_that_nothing_reads_any_more_go_as_a_whole() throws Exception {
        for (int i = 0; i <= EVENTS_PER_GENERATION; i++) {
            activate("silent", "device-" + i, oldest.plusSeconds(i));
        }
        var before = states("silent");

        archiver(RETENTION, now).run();

        assertThat(texts("select count(*) from tally." + partition("snapshot", oldest)))
                .containsExactly("0");
        assertThat(states("silent")).isEqualTo(before);
    }

    @Test
    void the_end_of_a_license_stays_as_long_as_its_beginning() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", old);
        hold(oldest);

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(state("event", old)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", old))).containsExactly("played");
        assertThat(find("anna", "played")).hasSize(2);
    }

    @Test
    void what_stayed_is_looked_through_again_after_a_year() throws Exception {
        issue("anna", "endless", oldest);
        archiver(RETENTION, now).run();
        assertThat(find("anna", "endless")).hasSize(1);
        release("anna", "endless", now);
        issue("anna", "latest", now.plusSeconds(1));

        archiver(RETENTION, afterGrace).run();
        assertThat(find("anna", "endless")).hasSize(2);
        asOwner("update tally.partition set since = since - interval '1 year'");
        archiver(RETENTION, afterGrace).run();

        assertThat(aggregatesIn(partition("event", oldest))).isEmpty();
        assertThat(find("anna", "endless")).isEmpty();
        assertThat(read("anna", LICENSES).state(LicensingFolds.LICENSES).all()).hasSize(2);
    }

    @Test
    void the_original_is_detached_for_a_grace_and_then_dropped() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", oldest.plusSeconds(1));
        issue("anna", "latest", oldest.plusSeconds(2));

        archiver(RETENTION, now).run();
        archiver(RETENTION, now.plus(29, ChronoUnit.DAYS)).run();
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly("3");

        archiver(RETENTION, afterGrace).run();
        assertThat(
                        texts(
                                "select relname from pg_class where relname like '%retired%' and"
                                        + " relkind in ('r', 'i')"))
                .isEmpty();
        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(texts("select detached_at from tally.partition where detached_at is not null"))
                .isEmpty();
    }

    @Test
    void under_legal_hold_nothing_is_retired_and_nothing_dropped() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", oldest.plusSeconds(1));
        hold(oldest);
        archiver(RETENTION, now).run();
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");

        asOwner("update tally.partition set legal_hold = null");
        archiver(RETENTION, now).run();
        hold(oldest);
        archiver(RETENTION, afterGrace).run();
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly("2");
        assertThatThrownBy(
                        () ->
                                asOwner(
                                        "select tally.drop_retired('%s')"
                                                .formatted(partition("event", oldest))))
                .hasMessageContaining("under legal hold: Case 1");
    }

    @Test
    void what_was_retired_can_be_restored_the_youngest_first() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", old);
        issue("anna", "latest", now);
        var before = rows();
        archiver(RETENTION, now).run();
        assertThat(rows()).isNotEqualTo(before);

        assertThatThrownBy(() -> restore(oldest))
                .hasMessageContaining("restore %s first".formatted(partition("event", old)));
        restore(old);
        restore(oldest);
        archiver(RETENTION, now).run();

        assertThat(rows()).isEqualTo(before);
        assertThat(state("event", oldest)).isEqualTo("ARCHIVED");
        assertThat(
                        texts(
                                "select distinct legal_hold from tally.partition where legal_hold"
                                        + " is not null"))
                .containsExactly("Restored: by mistake");
        assertThat(find("anna", "played")).hasSize(2);
        assertThat(
                        texts(
                                """
                                select p.row_count = c.n and p.checksum = c.s
                                from tally.partition p,
                                    (select count(*) n, sum(hash_record_extended(e, 0)) s from tally.%1$s e) c
                                where p.name = '%1$s'
                                """
                                        .formatted(partition("event", oldest))))
                .containsExactly("t");
    }

    @Test
    void a_month_that_was_being_sifted_begins_anew_when_an_older_one_comes_back() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", old);
        issue("anna", "latest", now);
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            while (!state("event", old).equals("SIFTED")) {
                archiver(RETENTION, now)
                        .takesOneStep(new PartitionTable(connection), new HashSet<>());
            }
        }

        restore(oldest);
        assertThat(state("event", old)).isEqualTo("ARCHIVED");
        archiver(RETENTION, now).run();

        assertThat(state("event", old)).isEqualTo("RETIRED");
        assertThat(find("anna", "played")).hasSize(2);
    }

    @Test
    void whoever_comes_next_goes_on_after_each_step() throws Exception {
        downloadsIn(oldest);
        for (int customer = 1; customer <= CUSTOMERS; customer++) {
            issue("customer-" + customer, "played", oldest.plusSeconds(1));
            release("customer-" + customer, "played", oldest.plusSeconds(2));
            issue("customer-" + customer, "latest", month(-1));
        }

        var steps = 0;
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            while (archiver(RETENTION, now)
                    .takesOneStep(new PartitionTable(connection), new HashSet<>())) {
                steps++;
            }
        }

        assertThat(steps).isGreaterThan(20);
        assertThat(aggregatesIn(partition("event", oldest)))
                .hasSize(CUSTOMERS)
                .containsOnly("download-" + oldest);
        assertThat(
                        texts(
                                "select count(*) from tally.%s_retired"
                                        .formatted(partition("event", oldest))))
                .containsExactly(Integer.toString(3 * CUSTOMERS));
    }

    @Test
    void without_a_tablespace_marked_months_are_retired_where_they_are() throws Exception {
        issue("anna", "played", oldest);
        release("anna", "played", oldest.plusSeconds(1));
        issue("anna", "latest", now);

        new Archiver(
                        database.dataSource(Role.TALLY_OWNER),
                        store(),
                        all(),
                        clock(),
                        settings(null, RETENTION))
                .run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest))).isEmpty();
    }

    @Test
    void a_customer_whose_history_cannot_be_read_keeps_everything() throws Exception {
        issue("damaged", "played", oldest);
        release("damaged", "played", oldest.plusSeconds(1));
        issue("damaged", "latest", oldest.plusSeconds(2));
        asOwner("delete from tally.event where customer_id = 'damaged' and seq = 2");

        archiver(RETENTION, now).run();

        assertThat(state("event", oldest)).isEqualTo("RETIRED");
        assertThat(aggregatesIn(partition("event", oldest)))
                .containsExactlyInAnyOrder("played", "latest");
    }

    @Test
    void events_that_are_missing_without_having_been_retired_are_an_error() throws Exception {
        issue("damaged", "first", month(-1));
        issue("damaged", "second", now);
        asOwner("delete from tally.event where customer_id = 'damaged' and seq = 1");
        assertThatThrownBy(() -> states("damaged"))
                .hasMessageContaining("events 1 to 1 are missing, and were not retired");

        issue("anna", "first", oldest);
        issue("anna", "second", month(-1));
        issue("anna", "third", now);
        archiver(RETENTION, now).run();
        asOwner(
                "update tally.snapshot set fingerprint = 42",
                "delete from tally.event where customer_id = 'anna' and seq = 3");
        assertThatThrownBy(() -> states("anna"))
                .hasMessageContaining("events 3 to 3 are missing, and were not retired");
    }

    @Test
    void the_past_is_told_as_it_was_or_not_at_all() throws Exception {
        issue("anna", "endless", oldest);
        issue("anna", "played", oldest.plusSeconds(1));
        release("anna", "played", month(-2).plusSeconds(1));
        issue("anna", "latest", month(-1));
        issue("bert", "endless", oldest);
        var whilePlayed = month(-2);
        var snapshotTaken = month(-1).minusMillis(1);
        assertThat(licensesAsOf("anna", whilePlayed)).containsOnly("endless", "played");

        archiver(RETENTION, now).run();

        assertThat(store().retiredUntil()).isEqualTo(month(-4));
        assertThat(licensesAsOf("anna", snapshotTaken)).containsOnly("endless", "played");
        assertThat(licensesAsOf("bert", whilePlayed)).containsOnly("endless");
        assertThat(licensesAsOf("bert", oldest.plusSeconds(1))).containsOnly("endless");
        assertThatThrownBy(() -> licensesAsOf("anna", whilePlayed))
                .isInstanceOf(HistoryRetired.class)
                .hasMessageContaining(month(-4).toString());

        asOwner("update tally.snapshot set fingerprint = 42");
        assertThatThrownBy(() -> licensesAsOf("anna", snapshotTaken))
                .isInstanceOf(HistoryRetired.class);
        assertThat(licensesAsOf("anna", Instant.now().plusSeconds(60)))
                .containsOnly("endless", "latest");
    }

    @Test
    void an_erased_customer_is_gone_from_what_was_detached_too() throws Exception {
        for (var customer : List.of("anna", "bert")) {
            issue(customer, "played", oldest);
            release(customer, "played", oldest.plusSeconds(1));
        }
        archiver(RETENTION, now).run();
        asOwner(
                """
                insert into tally.erasure (erasure_id, customer_digest, customer_id, requested_by)
                values ('1', sha256('anna'), 'anna', 'operator')
                """);
        archiver(RETENTION, now).run();

        var detached = partition("event", oldest) + "_retired";
        assertThat(texts("select distinct customer_id from tally." + detached))
                .containsExactly("bert");
        assertThat(
                        texts(
                                "select rows_erased || ' ' || (completed_at is not null) from"
                                        + " tally.erasure"))
                .containsExactly("3 true");
    }

    /** What decisions are made from, as snapshots of now would hold it. */
    private List<Object> states(String customer) {
        var history = read(customer, all());
        return List.of(
                history.state(LicensingFolds.LICENSES).compact(now),
                history.state(LicensingFolds.DOWNLOADS).compact(now),
                history.state(LicensingFolds.DEVICES).compact(now));
    }

    private static StreamHistory<?> licenses(String customer) {
        return read(customer, LICENSES).stream(LicensingFolds.LICENSES);
    }

    private static List<?> find(String customer, String license) {
        return stores.use(store -> store.readAggregate(customer, LicensingFolds.LICENSES, license));
    }

    private static List<String> licensesAsOf(String customer, Instant at) {
        return stores.use(store -> store.readAsOf(customer, at, LICENSES))
                .state(LicensingFolds.LICENSES)
                .all()
                .map(license -> license.id().value())
                .toList();
    }

    private static List<String> aggregatesIn(String table) throws SQLException {
        return texts("select aggregate_id from tally." + table);
    }

    private static void hold(Instant month) throws SQLException {
        asOwner(
                "update tally.partition set legal_hold = 'Case 1' where name = '%s'"
                        .formatted(partition("event", month)));
    }

    private static void restore(Instant month) throws SQLException {
        asOwner(
                "select tally.restore_partition('%s', 'by mistake')"
                        .formatted(partition("event", month)));
    }
}
