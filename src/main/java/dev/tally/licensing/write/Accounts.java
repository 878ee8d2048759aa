package dev.tally.licensing.write;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Recorded;
import dev.tally.ids.CustomerId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicensingEvent;
import dev.tally.licensing.events.SessionEvent;
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
     * A license of the account, however long ago it ended.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     */
    public License license(Account account, CustomerId customer, LicenseId id) {
        return account.licenses()
                .find(id)
                .or(() -> readEnded(customer, id, null))
                .orElseThrow(
                        () ->
                                new Rejected(
                                        Reason.UNKNOWN_LICENSE,
                                        "The customer has no license " + id + "."));
    }

    /** A session of so long ago that the account no longer holds it, from its events. */
    public Optional<Session> readSession(CustomerId customer, SessionId id) {
        var sessions = Sessions.NONE;
        for (var event :
                store.readAggregate(customer.value(), LicensingFolds.SESSIONS, id.value())) {
            sessions = Sessions.evolve(sessions, event.id(), (SessionEvent) event.event());
        }
        return sessions.find(id);
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
        return decide(command.customer(), command.at(), asked, decide);
    }

    /**
     * The same for a command of another feature that decides from the account.
     *
     * @param now server time
     */
    public Outcome decide(
            CustomerId customer, Instant now, Asked asked, Function<Account, Decision> decide) {
        var history = store.read(customer.value(), LicensingFolds.ALL);
        var past = history.command(asked.key());
        if (past.isPresent()) {
            return answerAgain(customer, now, asked, past.get(), history);
        }
        var version = version(history, now);
        if (asked.ifMatch() != null && !asked.ifMatch().equals(version)) {
            throw new Rejected(
                    Reason.PRECONDITION_FAILED, "The customer is at version " + version + ".");
        }
        var account = LicensingFolds.account(history);
        var decision = decide.apply(account);
        if (!(decision instanceof Allowed allowed)) {
            return new Outcome(decision, account, now, account, version, false);
        }
        var appended = store.append(history, asked.id(), now, allowed.records());
        var after = LicensingFolds.account(appended);
        return new Outcome(decision, after, now, after, version(appended, now), false);
    }

    private Outcome answerAgain(
            CustomerId customer, Instant at, Asked asked, PastCommand past, History now) {
        if (!past.id().equals(asked.id())) {
            throw new Rejected(
                    Reason.KEY_REUSED, "This Idempotency-Key came with another request before.");
        }
        var then = store.readAsOf(customer.value(), past.at(), LicensingFolds.ALL);
        var recorded = then.eventsOf(asked.key());
        var events = records(recorded, LicensingEvent.class);
        var first = recorded.getFirst().at().truncatedTo(ChronoUnit.MILLIS);
        return new Outcome(
                new Allowed(events, records(recorded, SessionEvent.class), List.of()),
                LicensingFolds.account(then),
                first,
                LicensingFolds.account(now),
                version(now, at),
                true);
    }

    private static <E> List<E> records(List<Recorded> recorded, Class<E> of) {
        return recorded.stream().map(Recorded::event).filter(of::isInstance).map(of::cast).toList();
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
