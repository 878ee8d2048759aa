package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Evening.BEGIN;
import static dev.tally.licensing.events.LicenseType.DOWNLOAD;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Report.Kind;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A device reports everything that it recorded during two weeks offline. Whatever the order of the
 * reports, and however often they are sent, the account is the same in the end.
 *
 * <p>The seed is fixed, so that a build fails because of a change and not by chance.
 */
class AnyOrderTest {

    private static final List<String> LICENSES = List.of("Glow", "Dark", "Lost");
    private static final int MAX_MINUTES = 20 * 24 * 60;

    /**
     * A session: its START, the events between, and its STOP.
     *
     * @param reset true if the device's clock is reset once the session has started
     */
    record Trip(
            String license, int startMinute, List<Kind> between, int stepSeconds, boolean reset) {

        List<Report> reports(int number) {
            var id = new SessionId("s" + number);
            var at = BEGIN.plus(Duration.ofMinutes(startMinute));
            var reports = new ArrayList<Report>();
            reports.add(new Report(id, Kind.START, new LicenseId(license), at));
            if (reset) at = Instant.EPOCH;
            for (var kind : between) {
                at = at.plusSeconds(stepSeconds);
                reports.add(new Report(id, kind, null, at));
            }
            return reports;
        }
    }

    @Property(tries = 300, seed = "20261121", edgeCases = EdgeCasesMode.NONE)
    void any_order_and_duplication_leads_to_the_same_state(
            @ForAll("trips") List<Trip> trips, @ForAll boolean held, @ForAll Random chance) {
        var reports = new ArrayList<Report>();
        for (int n = 0; n < trips.size(); n++) reports.addAll(trips.get(n).reports(n));
        reports.sort(Comparator.comparing(Report::occurredAt));
        var shuffled = new ArrayList<>(reports);
        shuffled.addAll(reports.subList(0, chance.nextInt(reports.size() + 1)));
        Collections.shuffle(shuffled, chance);

        assertThat(home(shuffled, held)).isEqualTo(home(reports, held));
    }

    private static Account home(List<Report> reports, boolean held) {
        var evening =
                new Evening().under(PolicyKey.UNCONFIRMED_HOLD, held ? Duration.ofDays(1) : null);
        for (var license : LICENSES) evening.with(DOWNLOAD, license, "phone");
        evening.after(Duration.ofDays(21));
        reports.forEach(evening::take);
        return evening.account();
    }

    @Provide
    Arbitrary<List<Trip>> trips() {
        var kinds = Arbitraries.of(Kind.PAUSE, Kind.RESUME, Kind.KEEPALIVE, Kind.STOP);
        return Combinators.combine(
                        Arbitraries.of(LICENSES),
                        Arbitraries.integers().between(0, MAX_MINUTES),
                        kinds.list().ofMaxSize(6),
                        Arbitraries.integers().between(-3_000, 3_000),
                        Arbitraries.of(false, false, false, true))
                .as(Trip::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }
}
