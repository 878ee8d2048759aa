package dev.tally.bench.micro;

import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.codec.SnapshotCodec;
import dev.tally.eventstore.codec.SnapshotCodec.Content;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Downloads;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.write.LicensingFolds;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.List;
import java.util.Optional;

/** State to bytes and back, of the two streams that grow. */
@State(Scope.Benchmark)
public class Snapshots {

    private final Account account = TypicalCustomer.account();
    private final List<PastCommand> commands = TypicalCustomer.commands();

    private final SnapshotCodec<Licenses> licenses = new SnapshotCodec<>(LicensingFolds.LICENSES);
    private final SnapshotCodec<Downloads> downloads =
            new SnapshotCodec<>(LicensingFolds.DOWNLOADS);

    private byte[] licensesWritten;
    private byte[] downloadsWritten;

    @Setup
    public void writeBoth() {
        licensesWritten = writeLicenses();
        downloadsWritten = writeDownloads();
    }

    @Benchmark
    public byte[] writeLicenses() {
        return licenses.write(account.licenses(), commands);
    }

    @Benchmark
    public byte[] writeDownloads() {
        return downloads.write(account.downloads(), commands);
    }

    @Benchmark
    public Optional<Content<Licenses>> readLicenses() {
        return licenses.read(licenses.fingerprint(), licensesWritten);
    }

    @Benchmark
    public Optional<Content<Downloads>> readDownloads() {
        return downloads.read(downloads.fingerprint(), downloadsWritten);
    }
}
