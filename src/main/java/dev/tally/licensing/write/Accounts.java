package dev.tally.licensing.write;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.events.CustomerId;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseId;
import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Loads accounts from their history, and appends what was decided about them. */
@ApplicationScoped
public class Accounts {

    @Inject EventStore store;

    /** An account, and the version that it was read at. */
    public record Versioned(Account account, String version) {}

    public Versioned read(CustomerId customer, Instant now) {
        var history = store.read(customer.value(), LicensingFolds.ALL);
        return new Versioned(LicensingFolds.account(history), version(history, now));
    }

    public Account readAsOf(CustomerId customer, Instant at) {
        return LicensingFolds.account(store.readAsOf(customer.value(), at, LicensingFolds.ALL));
    }

    /**
     * A license that ended so long ago that the account no longer holds it, from its events.
     *
     * @param until events after it are left out; null: none are
     */
    public Optional<License> readEnded(CustomerId customer, LicenseId id, Instant until) {
        var licenses = Licenses.NONE;
        for (var event :
                store.readAggregate(customer.value(), LicensingFolds.LICENSES, id.value())) {
            if (until == null || !event.at().isAfter(until)) {
                licenses = Licenses.evolve(licenses, event.id(), (LicenseEvent) event.event());
            }
        }
        return licenses.find(id);
    }

    /**
     * Decides a command and appends what follows from it. A command that is in the history already
     * is answered again from its own events, and nothing is written.
     *
     * @throws Rejected with {@link Reason#KEY_REUSED} or {@link Reason#PRECONDITION_FAILED}
     */
    Outcome decide(Command command, Asked asked, Function<Account, Decision> decide) {
        var history = store.read(command.customer().value(), LicensingFolds.ALL);
        var past = history.command(asked.key());
        if (past.isPresent()) {
            return answerAgain(command, asked, past.get(), history);
        }
        var version = version(history, command.at());
        if (asked.ifMatch() != null && !asked.ifMatch().equals(version)) {
            throw new Rejected(
                    Reason.PRECONDITION_FAILED, "The customer is at version " + version + ".");
        }
        var account = LicensingFolds.account(history);
        var decision = decide.apply(account);
        if (!(decision instanceof Allowed allowed)) {
            return new Outcome(decision, account, command.at(), account, version);
        }
        var appended = store.append(history, asked.id(), command.at(), records(allowed));
        var after = LicensingFolds.account(appended);
        return new Outcome(decision, after, command.at(), after, version(appended, command.at()));
    }

    private Outcome answerAgain(Command command, Asked asked, PastCommand past, History now) {
        if (!past.id().equals(asked.id())) {
            throw new Rejected(
                    Reason.KEY_REUSED, "This Idempotency-Key came with another request before.");
        }
        var then = store.readAsOf(command.customer().value(), past.at(), LicensingFolds.ALL);
        var recorded = then.eventsOf(asked.key());
        var events = recorded.stream().map(e -> (LicensingEvent) e.event()).toList();
        var at = recorded.getFirst().at().truncatedTo(ChronoUnit.MILLIS);
        return new Outcome(
                new Allowed(events, List.of()),
                LicensingFolds.account(then),
                at,
                LicensingFolds.account(now),
                version(now, command.at()));
    }

    private static List<Record> records(Allowed allowed) {
        return allowed.events().stream().map(event -> (Record) event).toList();
    }

    /**
     * Appends so far, and licenses that have ended since by time alone: with both, the version
     * changes whenever an answer does.
     */
    private static String version(History history, Instant now) {
        var expired = LicensingFolds.account(history).licenses().expired(now);
        return history.revision() + "." + expired;
    }
}
