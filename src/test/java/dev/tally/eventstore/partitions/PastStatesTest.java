package dev.tally.eventstore.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicyKey.YearWindow;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Accounts;
import dev.tally.local.Database;
import dev.tally.local.Database.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The state at a time, folded from the timeline, is the state that the store tells as of that time,
 * and both give the answers that were given then: over generations and tiers, and after retirement
 * as far as anything is told at all.
 */
class PastStatesTest {

    private static final long SEED = 20_260_301;
    private static final int CUSTOMERS = 6;
    private static final int COMMANDS = 70;
    private static final int EVENTS_PER_GENERATION = 10;
    private static final int MONTHS_BACK = 6;
    private static final Period RETENTION = Period.ofMonths(4);
    private static final List<String> TITLES = List.of("glow", "dark", "lost");
    private static final List<String> DEVICES = List.of("phone", "tablet");
    private static final PlanId PLAN = new PlanId("premium");

    private static Database database;
    private static Stores stores;

    private final Random random = new Random(SEED);
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Policy policy = policy();

    /** What was answered about a customer at a time. */
    private record Answered(String customer, Instant at, List<Object> answers) {}

    private final List<Answered> answered = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated().hurried();
        stores = new Stores(database, AccountModel.MODEL, Settings.cold(EVENTS_PER_GENERATION));
    }

    @AfterAll
    static void stop() {
        stores.close();
        database.close();
    }

    @Test
    void the_state_at_a_time_is_what_was_answered_then() throws Exception {
        months();
        for (int i = 0; i < CUSTOMERS; i++) live("customer-" + i);
        assertThat(checkAll()).isEqualTo(answered.size());
        timelineTellsTheSame();

        archiver(null).run();
        assertThat(checkAll()).isEqualTo(answered.size());
        timelineTellsTheSame();
        bothTiersTellAll();

        archiver(RETENTION).run();
        assertThat(checkAll()).isBetween(1, answered.size() - 1);
    }

    private void months() throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER);
                var statement = connection.createStatement()) {
            var tables = new ArrayList<String>();
            try (var rows =
                    statement.executeQuery(
                            "select unnest(tally.tables_of(p)) from tally.partition p")) {
                while (rows.next()) tables.add(rows.getString(1));
            }
            for (var table : tables) statement.execute("drop table tally." + table);
            statement.execute("truncate tally.partition");
            statement.execute(
                    "select tally.create_partitions(timestamptz '%s', %d)"
                            .formatted(oldest(), MONTHS_BACK));
        }
    }

    private Instant oldest() {
        return now.atOffset(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .minusMonths(MONTHS_BACK)
                .toInstant();
    }

    private Archiver archiver(Period retention) {
        return new Archiver(
                database.dataSource(Role.TALLY_OWNER),
                stores.store(),
                InstantSource.fixed(now),
                ArchiveFixture.settings("archive", retention));
    }

    /** Commands at times that lie between milliseconds, over all months. */
    private void live(String customer) {
        var step = Duration.between(oldest(), now).dividedBy(COMMANDS + 1);
        var at = oldest();
        for (int i = 0; i < COMMANDS; i++) {
            at = at.plus(step).plus(random.nextInt(999), ChronoUnit.MICROS);
            command(customer, "%s-%02d".formatted(customer, i), at);
        }
    }

    private void command(String customer, String id, Instant clock) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        var at = history.timeOf(clock);
        var before = at.minus(1, ChronoUnit.MICROS);
        answered.add(new Answered(customer, before, answers(history.state(), before)));
        var events = decide(history.state(), customer, id, Accounts.milliseconds(at));
        if (events.isEmpty()) return;
        var records = events.stream().map(Record.class::cast).toList();
        var after =
                stores.store().append(history, CommandId.generated(id), null, at, records).state();
        answered.add(new Answered(customer, at, answers(after, at)));
    }

    private List<? extends CustomerEvent> decide(
            Account account, String customer, String id, Instant at) {
        var anna = new CustomerId(customer);
        var title = title(TITLES.get(random.nextInt(TITLES.size())));
        var device = new DeviceId(DEVICES.get(random.nextInt(DEVICES.size())));
        var licenses =
                account.licenses()
                        .listed(at)
                        .map(license -> license.id().value())
                        .sorted()
                        .toList();
        var act = random.nextInt(10);
        if (act < 4 || licenses.isEmpty()) {
            var wish = new Wish(LicenseType.DOWNLOAD, title.id(), device, null, PLAN);
            var ids = new NewIds(new LicenseId(id), new LicenseId(id), new DownloadId(id));
            return events(
                    Licensing.decide(
                            account, title, policy, new AcquireLicense(anna, wish, ids, at)));
        }
        var license = new LicenseId(licenses.get(random.nextInt(licenses.size())));
        var found = account.licenses().find(license, at).orElseThrow();
        return switch (act) {
            case 4 ->
                    events(
                            Licensing.decide(
                                    account, found, new ConfirmLicense(anna, license, null, at)));
            case 5 ->
                    events(
                            Licensing.decide(
                                    account,
                                    found,
                                    title(found.title().value()),
                                    policy,
                                    new RenewLicense(anna, license, new DownloadId(id), at)));
            case 6 ->
                    events(
                            Licensing.decide(
                                    account, found, new ReleaseLicense(anna, license, null, at)));
            case 7 ->
                    account.devices()
                            .find(device)
                            .map(
                                    known ->
                                            events(
                                                    Licensing.decide(
                                                            account,
                                                            known,
                                                            policy,
                                                            new DeactivateDevice(
                                                                    anna, device, at))))
                            .orElse(List.of());
            default -> {
                var report = new Report(new SessionId(id), Kind.START, license, null);
                yield Playing.start(
                                account, found, title(found.title().value()), policy, report, at)
                        .events();
            }
        };
    }

    private static List<CustomerEvent> events(Decision decision) {
        return decision instanceof Allowed allowed ? allowed.events() : List.of();
    }

    /** The answers of the queries, which are for milliseconds. */
    private List<Object> answers(Account account, Instant time) {
        var at = Accounts.milliseconds(time);
        var answers = new ArrayList<>();
        for (var title : TITLES) {
            answers.add(Licensing.quotas(account, title(title), policy, new DeviceId("phone"), at));
            answers.add(account.downloads().counting(new TitleId(title), policy, at));
        }
        account.licenses()
                .listed(at)
                .map(
                        license ->
                                license.id()
                                        + " "
                                        + license.stateAt(at)
                                        + " "
                                        + license.expiresAt())
                .sorted()
                .forEach(answers::add);
        account.sessions()
                .listed(at)
                .map(session -> session.id() + " " + session.stateAt(at) + " " + session.endsAt())
                .sorted()
                .forEach(answers::add);
        account.devices().all().map(Object::toString).sorted().forEach(answers::add);
        return answers;
    }

    /** Number of the answers of then that are still given; the others are refused. */
    private int checkAll() {
        var given = 0;
        for (var then : answered) {
            try {
                var state =
                        stores.store().readAsOf(then.customer, then.at, AccountModel.FOLD).state();
                assertThat(answers(state, then.at)).as("%s", then.at).isEqualTo(then.answers);
                given++;
            } catch (HistoryRetired e) {
                assertThat(then.at).isBefore(now);
            }
        }
        return given;
    }

    private void timelineTellsTheSame() {
        for (int i = 0; i < CUSTOMERS; i++) {
            var customer = "customer-" + i;
            var events = history(customer, Tier.ALL);
            for (var then : answered) {
                if (!then.customer.equals(customer)) continue;
                var account = Account.EMPTY;
                for (var event : events) {
                    if (event.at().isAfter(then.at)) break;
                    var recorded = event.recorded();
                    account =
                            Account.evolve(
                                    account, recorded.id(), (CustomerEvent) recorded.event());
                }
                assertThat(answers(account, then.at)).as("%s", then.at).isEqualTo(then.answers);
            }
        }
    }

    private void bothTiersTellAll() {
        for (int i = 0; i < CUSTOMERS; i++) {
            var both = new ArrayList<>(history("customer-" + i, Tier.ARCHIVE));
            assertThat(both).isNotEmpty();
            both.addAll(history("customer-" + i, Tier.HOT));
            assertThat(both).isEqualTo(history("customer-" + i, Tier.ALL));
        }
    }

    private static List<Described> history(String customer, Tier tier) {
        return stores.store()
                .history(new HistoryQuery(customer, tier, null, null, null, null, 0, 1_000));
    }

    private static Policy policy() {
        var settings = ShippedPolicies.global();
        settings.put(PolicyKey.YEAR_WINDOW, YearWindow.FROM_FIRST_DOWNLOAD);
        settings.put(PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR, null);
        settings.put(PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR, 50);
        settings.put(PolicyKey.MAX_DEACTIVATIONS_PER_YEAR, null);
        return ShippedPolicies.policy(1, Scope.GLOBAL, settings);
    }

    private static Title title(String id) {
        return new Title(new TitleId(id), id, new StudioId("studio"), null, null);
    }
}
