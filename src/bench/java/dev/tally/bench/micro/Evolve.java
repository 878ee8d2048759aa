package dev.tally.bench.micro;

import dev.tally.eventstore.Recorded;
import dev.tally.eventstore.StreamType;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Devices;
import dev.tally.licensing.domain.Downloads;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.write.LicensingFolds;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.util.List;

/** Events to state. The figures of a whole stream are for one event of it. */
@State(Scope.Benchmark)
public class Evolve {

    private final List<Recorded> licenses = TypicalCustomer.licenses();
    private final List<Recorded> downloads = TypicalCustomer.downloads();
    private final List<Recorded> devices = TypicalCustomer.devices();

    private final Account account = TypicalCustomer.account();
    private final List<LicensingEvent> acquired =
            ((Allowed)
                            Licensing.decide(
                                    account,
                                    TypicalCustomer.NEW_TITLE,
                                    TypicalCustomer.POLICY,
                                    TypicalCustomer.acquire()))
                    .events();
    private final Recorded issued =
            TypicalCustomer.recorded(acquired.get(0), StreamType.LICENSE, 101);
    private final Recorded counted =
            TypicalCustomer.recorded(acquired.get(1), StreamType.DOWNLOAD, 101);

    @Benchmark
    @OperationsPerInvocation(TypicalCustomer.EVENTS)
    public Licenses licenses() {
        return TypicalCustomer.folded(LicensingFolds.LICENSES, licenses);
    }

    @Benchmark
    @OperationsPerInvocation(TypicalCustomer.EVENTS)
    public Downloads downloads() {
        return TypicalCustomer.folded(LicensingFolds.DOWNLOADS, downloads);
    }

    @Benchmark
    @OperationsPerInvocation(TypicalCustomer.EVENTS)
    public Devices devices() {
        return TypicalCustomer.folded(LicensingFolds.DEVICES, devices);
    }

    /** Both events of one acquire. */
    @Benchmark
    public Account acquired() {
        return new Account(
                LicensingFolds.LICENSES.step().apply(account.licenses(), issued),
                LicensingFolds.DOWNLOADS.step().apply(account.downloads(), counted),
                account.devices(),
                account.sessions());
    }
}
