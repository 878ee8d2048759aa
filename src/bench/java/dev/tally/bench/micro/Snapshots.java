package dev.tally.bench.micro;

import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Bytes;
import dev.tally.eventstore.codec.SnapshotCodec.Content;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.write.AccountModel;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.List;
import java.util.Optional;

/** Measures writing an account to bytes and reading it. */
@State(Scope.Benchmark)
public class Snapshots {

    private final Account account = TypicalCustomer.account();
    private final List<PastCommand> commands = TypicalCustomer.commands();
    private final SnapshotCodec<Account> codec = new SnapshotCodec<>(AccountModel.FOLD);
    private Bytes written;

    @Setup
    public void writeIt() {
        written = write();
    }

    @Benchmark
    public Bytes write() {
        return codec.write(account, commands);
    }

    @Benchmark
    public Optional<Content<Account>> read() {
        return codec.read(written);
    }

    @Benchmark
    public Account compact() {
        return account.compact(TypicalCustomer.NOW);
    }
}
