package dev.tally.bench.micro;

import dev.tally.eventstore.Recorded;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.util.List;
import java.util.stream.IntStream;

/** Measures folding events to a state. The figure of a whole history is for one event of it. */
@State(Scope.Benchmark)
public class Evolve {

    private final List<Recorded> events = TypicalCustomer.events();
    private final Account account = TypicalCustomer.account();
    private final List<Recorded> acquired = acquired(account);

    @Benchmark
    @OperationsPerInvocation(TypicalCustomer.EVENTS)
    public Account history() {
        return TypicalCustomer.folded(Account.EMPTY, events);
    }

    /** Folds both events of one acquire. */
    @Benchmark
    public Account acquire() {
        return TypicalCustomer.folded(account, acquired);
    }

    private static List<Recorded> acquired(Account account) {
        var allowed =
                (Allowed)
                        Licensing.decide(
                                account,
                                TypicalCustomer.NEW_TITLE,
                                TypicalCustomer.POLICY,
                                TypicalCustomer.acquire());
        return IntStream.range(0, allowed.events().size())
                .mapToObj(
                        n ->
                                TypicalCustomer.recorded(
                                        allowed.events().get(n), TypicalCustomer.EVENTS + 1 + n))
                .toList();
    }
}
