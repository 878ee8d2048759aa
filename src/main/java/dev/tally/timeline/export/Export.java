package dev.tally.timeline.export;

import dev.tally.availability.Outage;
import dev.tally.eventstore.EventStore;
import dev.tally.http.Problem;
import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Accounts;
import dev.tally.licensing.write.CatalogLookup;
import dev.tally.runtime.Ticks;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Writes all that is stored about a customer, line by line. */
@ApplicationScoped
public class Export {

    /** Version of the lines. It grows when a reader of the one before could not read them. */
    static final int FORMAT = 1;

    /** Most exports at a time in this node: each keeps a thread for as long as its caller reads. */
    static final int MAX_AT_ONCE = 2;

    private static final Logger LOG = Logger.getLogger(Export.class.getName());

    @Inject EventStore store;
    @Inject CatalogLookup catalog;
    @Inject InstantSource clock;
    @Inject StateSource state;
    @Inject EventSource events;
    @Inject DenialSource denials;
    @Inject PromiseSource promises;

    private final Semaphore places = new Semaphore(MAX_AT_ONCE);

    /**
     * The first line.
     *
     * @param revision revision of the customer; 0: nothing is known of the customer
     * @param lastSeq number of the last event that the export has
     * @param retiredUntil time before which only events are left that states still needed; null if
     *     all are there
     */
    record Begin(
            int format,
            String customerId,
            Instant at,
            long revision,
            int lastSeq,
            Instant retiredUntil) {}

    /**
     * The last line of a whole export.
     *
     * @param lines number of lines of each kind, without the first and this one
     */
    record End(Map<String, Integer> lines) {}

    /** The sources, in the order of their lines. */
    List<ExportSource> sources() {
        return List.of(state, events, denials, promises);
    }

    /**
     * The customer as an export will tell them.
     *
     * @throws dev.tally.eventstore.UnreadableHistory if this version cannot read the account
     */
    public Exported begin(String customerId) {
        var history = store.readConfirmed(customerId, AccountModel.FOLD);
        var at = Accounts.milliseconds(history.timeOf(clock.instant()));
        var account = catalog.past(at).seen(history.state(), at);
        return new Exported(new CustomerId(customerId), account, at, history.head());
    }

    /**
     * Writes the export. If it fails on the way, the last line says why, and no line counts.
     *
     * @throws ExportRefused if as many exports are at work as may be
     * @throws IOException if the caller has gone, or reads too slowly
     */
    public void write(Exported of, OutputStream out) throws IOException {
        if (!places.tryAcquire()) {
            throw new ExportRefused(
                    ProblemType.UNAVAILABLE,
                    "%d exports are at work in this node.".formatted(MAX_AT_ONCE));
        }
        try {
            write(of, new ExportLines(out, Ticks::nanos));
        } finally {
            places.release();
        }
    }

    void write(Exported of, ExportLines lines) throws IOException {
        try {
            lines.writeUncounted("export", first(of));
            for (var source : sources()) source.write(of, lines);
            checkThatNobodyErasedIt(of);
            lines.writeUncounted("end", new End(lines.counts()));
        } catch (RuntimeException e) {
            lines.writeUncounted("failure", problem(e));
        }
        lines.send();
    }

    private Begin first(Exported of) {
        return new Begin(
                FORMAT,
                of.customer().value(),
                of.at(),
                of.head().revision(),
                of.head().lastSeq(),
                store.retiredUntil().orElse(null));
    }

    /** An erasure takes the events away on which the export is. */
    private void checkThatNobodyErasedIt(Exported of) {
        var now = store.readConfirmed(of.customer().value(), AccountModel.FOLD).head();
        if (now.firstSeq() > of.head().firstSeq() || now.revision() < of.head().revision()) {
            throw new ExportRefused(
                    ProblemType.CONFLICT, "The customer was erased during the export.");
        }
    }

    /** The problem that tells why an export failed on the way. */
    Object problem(RuntimeException e) {
        if (e instanceof ExportRefused refused) return Problem.of(refused.problem());
        var outage = Outage.behind(e);
        if (outage.isPresent()) {
            return Problem.of(new ProblemException(ProblemType.UNAVAILABLE, outage.get().detail()));
        }
        LOG.log(Level.WARNING, "An export failed", e);
        return Problem.of(new ProblemException(ProblemType.INTERNAL_ERROR, "It has been logged."));
    }
}
