package dev.tally.licensing.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.ShippedPolicies;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.NewIds;
import dev.tally.licensing.domain.Command.ReconcileAcquire;
import dev.tally.licensing.domain.Command.ReconcileRenewal;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.SetPolicy;
import dev.tally.licensing.domain.Command.WaiveDownload;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Two nodes decide a pair of commands of one customer from the same state. At most one command is
 * stored, for every pair, with and without accounts in memory. The test stops one node between its
 * read and its append while the other one acts.
 */
@ParameterizedClass(name = "{0} KB of accounts in memory")
@ValueSource(ints = {0, 24_576})
class PairsTest {

    private static final DeviceId PHONE = new DeviceId("phone");
    private static final DeviceId TV = new DeviceId("tv");
    private static final TitleId GLOW = new TitleId("glow");
    private static final TitleId DARK = new TitleId("dark");
    private static final SessionId ON_THE_TRAIN = new SessionId("on-the-train");

    /** Number of the event that counted the first download: the second of its command. */
    private static final int FIRST_DOWNLOAD = 2;

    private static final Map<String, LocalNode> NODES = new HashMap<>();

    private static Database database;

    @Parameter int warmKilobytes;

    private LocalNode one;
    private LocalNode other;

    private final CustomerId customer = new CustomerId("customer-" + Ids.next());
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private LicenseId download;
    private LicenseId stream;

    @BeforeAll
    static void start() throws IOException {
        database = Database.forTests().migrated().hurried();
    }

    @BeforeEach
    void connect() {
        one = NODES.computeIfAbsent("one " + warmKilobytes, key -> node());
        other = NODES.computeIfAbsent("other " + warmKilobytes, key -> node());
    }

    private LocalNode node() {
        return new LocalNode(database, new Settings(50, warmKilobytes));
    }

    @AfterAll
    static void stop() {
        NODES.values().forEach(LocalNode::close);
        NODES.clear();
        database.close();
    }

    /** The acts that change a customer. Each is allowed from the state of each test. */
    enum Act {
        ACQUIRE {
            @Override
            void on(LocalNode node, PairsTest test) {
                test.acquire(node, LicenseType.DOWNLOAD, DARK, PHONE);
            }
        },
        CONFIRM {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.confirm.handle(
                        new ConfirmLicense(test.customer, test.download, null, test.now), once());
            }
        },
        RENEW {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.renew.handle(
                        new RenewLicense(
                                test.customer,
                                test.download,
                                new DownloadId(Ids.next()),
                                test.now.plus(Duration.ofDays(1))),
                        once());
            }
        },
        RELEASE {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.release.handle(
                        new ReleaseLicense(test.customer, test.download, null, test.now), once());
            }
        },
        REVOKE {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.revoke.handle(
                        new RevokeLicense(test.customer, test.download, null, test.now), once());
            }
        },
        RECONCILE {
            @Override
            void on(LocalNode node, PairsTest test) {
                var hourAgo = test.now.minus(Duration.ofHours(1));
                node.reconcileAcquire.handle(
                        new ReconcileAcquire(
                                test.customer,
                                new Wish(
                                        LicenseType.DOWNLOAD,
                                        DARK,
                                        PHONE,
                                        null,
                                        ShippedPolicies.PREMIUM),
                                new StudioId("studio"),
                                newIds(),
                                hourAgo,
                                hourAgo.plus(Duration.ofDays(1)),
                                test.now),
                        once());
            }
        },
        RECONCILE_RENEWAL {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.reconcileRenewal.handle(
                        new ReconcileRenewal(
                                test.customer,
                                test.download,
                                new DownloadId(Ids.next()),
                                test.now,
                                test.now.plus(Duration.ofDays(1)),
                                test.now),
                        once());
            }
        },
        DEACTIVATE {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.deactivate.handle(
                        new DeactivateDevice(test.customer, PHONE, test.now), once());
            }
        },
        WAIVE {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.waive.handle(
                        new WaiveDownload(test.customer, FIRST_DOWNLOAD, "crashed", test.now),
                        once());
            }
        },
        SET_POLICY {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.policies.handle(
                        new SetPolicy(test.customer, 0, "{}", test.now, test.now), once());
            }
        },
        START {
            @Override
            void on(LocalNode node, PairsTest test) {
                test.report(node, new Report(new SessionId("tv"), Kind.START, test.stream, null));
            }
        },
        REPORTS {
            @Override
            void on(LocalNode node, PairsTest test) {
                test.report(
                        node,
                        new Report(ON_THE_TRAIN, Kind.PAUSE, null, test.now.minusSeconds(9)),
                        new Report(ON_THE_TRAIN, Kind.STOP, null, null));
            }
        },
        ROLL_FORWARD {
            @Override
            void on(LocalNode node, PairsTest test) {
                var before = test.now.plus(Duration.ofDays(1));
                node.stores.store().rollForward(test.customer.value(), before, test.now);
            }
        },
        ERASE {
            @Override
            void on(LocalNode node, PairsTest test) {
                node.stores.store().erase(test.customer.value(), test.now, first -> {});
            }
        };

        abstract void on(LocalNode node, PairsTest test);
    }

    static Stream<Arguments> pairs() {
        return Arrays.stream(Act.values())
                .flatMap(
                        first ->
                                Arrays.stream(Act.values())
                                        .map(second -> Arguments.of(first, second)));
    }

    @ParameterizedTest(name = "{0} while another node does {1}")
    @MethodSource("pairs")
    void of_two_that_were_decided_from_one_state_one_is_stored(Act late, Act early) {
        memberWithADownloadAndAStream();
        var lostBefore = one.stores.lostRaces();
        one.stores.beforeTheNextIsStored(() -> early.on(other, this));

        patiently(() -> late.on(one, this));

        assertThat(one.stores.lostRaces()).isGreaterThan(lostBefore);
    }

    /** Repeats the act as a caller would. By then the state may leave nothing to do. */
    private static void patiently(Runnable act) {
        try {
            twice(act);
        } catch (Rejected e) {
            // An erasure has removed the license, the device or the download.
            assertThat(e.reason())
                    .isIn(Reason.UNKNOWN_LICENSE, Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_DOWNLOAD);
        }
    }

    private static void twice(Runnable act) {
        try {
            act.run();
        } catch (WrongVersion e) {
            act.run();
        }
    }

    /**
     * Each act is stored if no other node acts, because otherwise the test of pairs would prove
     * nothing.
     */
    @ParameterizedTest
    @MethodSource("acts")
    void every_act_is_stored_where_nobody_else_acts(Act act) {
        memberWithADownloadAndAStream();
        var before = revision();

        act.on(one, this);

        assertThat(revision()).isGreaterThan(before);
    }

    static Stream<Act> acts() {
        return Arrays.stream(Act.values());
    }

    /** One node deactivates a device while another issues a license on it. */
    @Test
    void no_license_is_active_on_a_device_that_is_off() {
        acquire(one, LicenseType.DOWNLOAD, GLOW, TV);
        acquire(one, LicenseType.DOWNLOAD, GLOW, PHONE);
        releaseOn(PHONE);
        one.stores.beforeTheNextIsStored(() -> acquire(other, LicenseType.DOWNLOAD, DARK, PHONE));

        patiently(() -> Act.DEACTIVATE.on(one, this));

        var account = other.accounts.read(customer, now).account();
        assertThat(account.devices().find(PHONE).orElseThrow().isActive()).isFalse();
        assertThat(account.licenses().activeOn(PHONE, now.plusSeconds(1))).isEmpty();
    }

    @Test
    void times_of_a_customer_never_run_backwards_on_nodes_whose_clocks_differ() {
        var clocks =
                List.of(now, now.plus(Duration.ofMinutes(10)), now.minus(Duration.ofMinutes(10)));
        for (int i = 0; i < 9; i++) {
            acquire(
                    i % 2 == 0 ? one : other,
                    LicenseType.DOWNLOAD,
                    new TitleId("title-" + i),
                    PHONE,
                    clocks.get(i % 3));
        }

        assertThat(history()).extracting(Described::at).isSorted();
        var issued = one.accounts.read(customer, now).account().licenses().listed(now);
        assertThat(issued).hasSize(9);
    }

    private void memberWithADownloadAndAStream() {
        download = acquire(one, LicenseType.DOWNLOAD, GLOW, PHONE);
        stream = acquire(other, LicenseType.STREAMING, DARK, TV);
        report(other, new Report(ON_THE_TRAIN, Kind.START, download, now.minusSeconds(60)));
        Act.CONFIRM.on(one, this);
        download = acquire(one, LicenseType.DOWNLOAD, new TitleId("ozark"), PHONE);
    }

    private LicenseId acquire(LocalNode node, LicenseType type, TitleId title, DeviceId device) {
        return acquire(node, type, title, device, now);
    }

    private LicenseId acquire(
            LocalNode node, LicenseType type, TitleId title, DeviceId device, Instant at) {
        var command =
                new AcquireLicense(
                        customer,
                        new Wish(type, title, device, null, ShippedPolicies.PREMIUM),
                        newIds(),
                        at);
        return node.acquire.handle(command, once()).license().id();
    }

    private void releaseOn(DeviceId device) {
        one
                .accounts
                .read(customer, now)
                .account()
                .licenses()
                .activeOn(device, now)
                .toList()
                .stream()
                .map(license -> new ReleaseLicense(customer, license.id(), null, now))
                .forEach(command -> one.release.handle(command, once()));
    }

    private void report(LocalNode node, Report... reports) {
        node.report.handle(customer, List.of(reports), now, once());
    }

    private long revision() {
        return one.stores.store().revisions(List.of(customer.value())).get(customer.value());
    }

    private List<Described> history() {
        return one.stores
                .store()
                .history(
                        new HistoryQuery(
                                customer.value(), Tier.ALL, null, null, null, null, 0, 200));
    }

    private static NewIds newIds() {
        return new NewIds(
                new LicenseId(Ids.next()), new LicenseId(Ids.next()), new DownloadId(Ids.next()));
    }

    private static Asked once() {
        return Asked.once(Ids.next(), null, new Caller("edge", "test"));
    }
}
