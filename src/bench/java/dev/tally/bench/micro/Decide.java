package dev.tally.bench.micro;

import static dev.tally.bench.micro.TypicalCustomer.NEW_TITLE;
import static dev.tally.bench.micro.TypicalCustomer.NOW;
import static dev.tally.bench.micro.TypicalCustomer.POLICY;
import static dev.tally.bench.micro.TypicalCustomer.USED_UP;

import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.List;

/** Measures decisions from a state and a command. */
@State(Scope.Benchmark)
public class Decide {

    private final Account account = TypicalCustomer.account();
    private final License license = TypicalCustomer.license(account);
    private final AcquireLicense acquire = TypicalCustomer.acquire();
    private final RenewLicense renew = TypicalCustomer.renew();

    /** Checks the decisions, so that each benchmark measures what its name says. */
    @Setup
    public void checkDecisions() {
        if (!(acquireAllowed() instanceof Allowed)
                || !(acquireDenied() instanceof Denied)
                || !(renewAllowed() instanceof Allowed)) {
            throw new IllegalStateException("the typical customer is not typical");
        }
    }

    @Benchmark
    public Decision acquireAllowed() {
        return Licensing.decide(account, NEW_TITLE, POLICY, acquire);
    }

    @Benchmark
    public Decision acquireDenied() {
        return Licensing.decide(account, NEW_TITLE, USED_UP, acquire);
    }

    @Benchmark
    public Decision renewAllowed() {
        return Licensing.decide(account, license, NEW_TITLE, POLICY, renew);
    }

    /** The quotas in the answer to an acquire. */
    @Benchmark
    public List<Evaluation> quotas() {
        return Licensing.quotas(account, NEW_TITLE, POLICY, license.device(), NOW);
    }
}
