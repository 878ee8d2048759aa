package dev.tally.licensing.write;

import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.KnownCatalog;
import dev.tally.catalog.Title;
import dev.tally.catalog.UnreadableCopy;
import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.EventStore.Trace;
import dev.tally.eventstore.History;
import dev.tally.eventstore.PastCommand;
import dev.tally.eventstore.Turn;
import dev.tally.eventstore.WrongVersion;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DownloadId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Download;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Loads accounts from their history, and appends what was decided about them. Whoever asks sees an
 * account as the titles' availability lets it be; the store folds and keeps it without.
 */
@ApplicationScoped
public class Accounts {

    @Inject EventStore store;
    @Inject CatalogLookup catalog;

    /**
     * An account, with the version that it was read at.
     *
     * @param at time that the account is answered for, in milliseconds as decisions are made
     * @param until time after which events are left out of the answer; null: none are, and the
     *     account is the current one
     * @param version version of the customer; null: the account is of the past, which has none, or
     *     stale
     * @param stale null: the account is as the store has it
     */
    public record Versioned(
            Account account, Instant at, Instant until, String version, Stale stale) {

        boolean isOfThePast() {
            return until != null;
        }
    }

    /**
     * What an answer without the store is made of.
     *
     * @param age time since the store had the account so, at least
     * @param catalog the catalogue as the node knows it
     * @param why outage that keeps the store from answering
     */
    public record Stale(Duration age, KnownCatalog catalog, StoreUnavailable why) {

        /** The title with an id, or the outage if the node's disk fails, too. */
        Optional<Title> title(TitleId id) {
            try {
                return catalog.title(id);
            } catch (UnreadableCopy e) {
                why.addSuppressed(e);
                throw why;
            }
        }

        /** An account as the titles' availability lets it be, or the outage. */
        Account seen(Account account) {
            try {
                return account.endingWith(
                        catalog.availabilityEnds(account.licenses().openTitles()));
            } catch (UnreadableCopy e) {
                why.addSuppressed(e);
                throw why;
            }
        }
    }

    /**
     * The current account; while the store does not answer, the one in this node's memory, if the
     * caller takes it.
     *
     * @param clock time of the node's clock; the customer's latest time may be later
     * @param maxStale longest time since the store had the account that memory has; null: only the
     *     current account will do
     */
    public Versioned read(CustomerId customer, Instant clock, Duration maxStale) {
        try {
            return read(customer, clock);
        } catch (StoreUnavailable e) {
            if (maxStale == null) throw e;
            return stale(customer, clock, maxStale, e);
        }
    }

    /** The account in this node's memory, or the outage if the node knows too little. */
    private Versioned stale(
            CustomerId customer, Instant clock, Duration maxStale, StoreUnavailable why) {
        var remembered = store.remembered(customer.value(), AccountModel.FOLD);
        var confirmedAt = remembered.orElseThrow(() -> why).confirmedAt();
        var history = remembered.get().history();
        var now = now(history, clock);
        // The node's clock may have been set back.
        var age = now.isAfter(confirmedAt) ? Duration.between(confirmedAt, now) : Duration.ZERO;
        if (age.compareTo(maxStale) > 0) throw why;
        try {
            var stale = new Stale(age, catalog.known().orElseThrow(() -> why), why);
            return new Versioned(stale.seen(history.state()), now, null, null, stale);
        } catch (UnreadableCopy e) {
            why.addSuppressed(e);
            throw why;
        }
    }

    /**
     * The current account.
     *
     * @param clock time of the node's clock; the customer's latest time may be later
     */
    public Versioned read(CustomerId customer, Instant clock) {
        var history = store.readConfirmed(customer.value(), AccountModel.FOLD);
        var now = now(history, clock);
        var account = seen(history);
        return new Versioned(account, now, null, version(history, account, now), null);
    }

    /**
     * The account as of a time, events of that time included. It is answered for the millisecond in
     * which a command or a query of that time was answered.
     */
    public Versioned readAsOf(CustomerId customer, Instant at) {
        var history = store.readAsOf(customer.value(), at, AccountModel.FOLD);
        return new Versioned(catalog.seen(history.state(), at), milliseconds(at), at, null, null);
    }

    /**
     * A license of the account, however long ago it ended.
     *
     * @param until time after which events are left out; null: none are
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     */
    public License license(
            Account account, CustomerId customer, LicenseId id, Instant now, Instant until) {
        return find(account, customer, id, now, until)
                .orElseThrow(
                        () ->
                                new Rejected(
                                        Reason.UNKNOWN_LICENSE,
                                        "The customer has no license " + id + "."));
    }

    private Optional<License> find(
            Account account, CustomerId customer, LicenseId id, Instant now, Instant until) {
        return account.licenses().find(id, now).or(() -> readEnded(customer, id, until));
    }

    /**
     * The license that a command is about.
     *
     * @throws Rejected with {@link Reason#UNKNOWN_LICENSE}
     * @throws WrongVersion if the license was issued after the account was read
     */
    public License licenseOf(Account account, CustomerId customer, LicenseId id, Instant now) {
        var license = license(account, customer, id, now, null);
        checkIsOf(account, customer, license, now);
        return license;
    }

    /**
     * The license with an id, however long ago it ended; empty if the customer never had one.
     *
     * @throws WrongVersion if the license was issued after the account was read
     */
    public Optional<License> findLicense(
            Account account, CustomerId customer, LicenseId id, Instant now) {
        var found = find(account, customer, id, now, null);
        found.ifPresent(license -> checkIsOf(account, customer, license, now));
        return found;
    }

    private static void checkIsOf(
            Account account, CustomerId customer, License license, Instant now) {
        if (license.isKeptAt(now) && account.licenses().find(license.id()).isEmpty()) {
            throw new WrongVersion(customer.value(), null);
        }
    }

    /** Looks for a license that a node granted without the store. */
    Trace trace(CustomerId customer, LicenseId id) {
        return store.trace(customer.value(), new Aggregate(LicenseEvent.AGGREGATE, id.value()));
    }

    /**
     * Reads a session that the account has dropped from its events.
     *
     * @param until time after which events are left out; null: none are
     */
    Optional<Session> readSession(CustomerId customer, SessionId id, Instant until) {
        return fold(customer, SessionEvent.AGGREGATE, id.value(), until).sessions().find(id);
    }

    /** Reads a counted download from its events; empty if there is none, or it has been retired. */
    Optional<Download> readDownload(CustomerId customer, DownloadId id) {
        return fold(customer, DownloadEvent.AGGREGATE, id.value(), null).downloads().find(id);
    }

    /**
     * Reads a license that the account has dropped from its events.
     *
     * @param until time after which events are left out; null: none are
     */
    Optional<License> readEnded(CustomerId customer, LicenseId id, Instant until) {
        var folded = fold(customer, LicenseEvent.AGGREGATE, id.value(), until);
        return catalog.seen(folded, until).licenses().find(id);
    }

    private Account fold(CustomerId customer, AggregateType type, String id, Instant until) {
        var account = Account.EMPTY;
        for (var event : store.readAggregate(customer.value(), new Aggregate(type, id))) {
            if (until == null || !event.at().isAfter(until)) {
                account = Account.evolve(account, event.id(), (CustomerEvent) event.event());
            }
        }
        return account;
    }

    /**
     * Decides a command and appends what follows from it. A command that is in the history already
     * is answered again from its own events, and nothing is written.
     *
     * @param command command at the time of the node's clock
     * @param decide decision from the account and the command at the customer's time
     * @throws Rejected with {@link Reason#KEY_REUSED} or {@link Reason#PRECONDITION_FAILED}
     */
    public <C extends Command<C>> Outcome decide(
            C command, Asked asked, BiFunction<Account, C, Decision> decide) {
        return decide(
                command.customer(),
                command.at(),
                asked,
                (account, now) -> decide.apply(account, command.at(now)));
    }

    /**
     * Decides and appends in this way for a command that is not one of the domain's.
     *
     * @param decide decision from the account and the customer's time
     */
    public Outcome decide(
            CustomerId customer,
            Instant clock,
            Asked asked,
            BiFunction<Account, Instant, Decision> decide) {
        var history = store.read(customer.value(), AccountModel.FOLD);
        if (!history.isUnconfirmed()) return decide(history, clock, asked, decide);
        try {
            return decideUnconfirmed(history, clock, asked, decide);
        } catch (WrongVersion e) {
            // Another command may be decided now, so this one waits for another turn.
            if (Turn.hasPassed()) throw e;
            // Memory was behind: the database is asked now.
            return decide(store.confirm(history), clock, asked, decide);
        }
    }

    /**
     * Decides from memory, or from events that are on their way. An outcome that no append confirms
     * is confirmed by a look at the head, or by these events' arrival.
     */
    private Outcome decideUnconfirmed(
            History<Account> history,
            Instant clock,
            Asked asked,
            BiFunction<Account, Instant, Decision> decide) {
        // A command that is answered again is answered from its events as they are stored.
        if (history.pending() != null && history.command(asked.id().key()).isPresent()) {
            return decide(store.confirm(history), clock, asked, decide);
        }
        Outcome outcome = null;
        Rejected rejected = null;
        try {
            outcome = decide(history, clock, asked, decide);
            if (outcome.isStored()) return outcome;
        } catch (Rejected e) {
            rejected = e;
        }
        var confirmed = store.confirm(history);
        if (confirmed.revision() != history.revision()) {
            return decide(confirmed, clock, asked, decide);
        }
        if (rejected != null) throw rejected;
        return outcome;
    }

    private Outcome decide(
            History<Account> history,
            Instant clock,
            Asked asked,
            BiFunction<Account, Instant, Decision> decide) {
        var now = now(history, clock);
        var past = history.command(asked.id().key());
        if (past.isPresent()) {
            return answerAgain(history, now, asked, past.get());
        }
        checkRevision(history, asked);
        var account = seen(history);
        var decision = decide.apply(account, now);
        if (!(decision instanceof Allowed allowed)) {
            return Outcome.of(decision, account, now, version(history, account, now));
        }
        var records = allowed.events().stream().map(Record.class::cast).toList();
        var at = history.timeOf(clock);
        var appended = store.append(history, asked.id(), asked.caller(), at, records);
        var after = seen(appended);
        return Outcome.stored(allowed, after, now, version(appended, after, now));
    }

    private Account seen(History<Account> history) {
        return catalog.seen(history.state(), null);
    }

    private static void checkRevision(History<Account> history, Asked asked) {
        if (asked.ifMatch() == null) return;
        var revision = asked.ifMatch().split("\\.", -1)[0];
        if (!revision.equals(Long.toString(history.revision()))) {
            throw new Rejected(
                    Reason.PRECONDITION_FAILED,
                    "The customer is at revision " + history.revision() + ".");
        }
    }

    private Outcome answerAgain(
            History<Account> history, Instant now, Asked asked, PastCommand past) {
        if (!past.id().equals(asked.id())) {
            throw new Rejected(
                    Reason.KEY_REUSED, "This Idempotency-Key came with another request before.");
        }
        var then = store.readAsOf(history.customerId(), past.at(), AccountModel.FOLD);
        var recorded = then.eventsAt(past.at());
        recorded.stream()
                .findFirst()
                .ifPresent(first -> store.acknowledge(history.customerId(), first));
        var events = recorded.stream().map(e -> (CustomerEvent) e.event()).toList();
        var current = seen(history);
        return Outcome.again(
                new Allowed(events, List.of()),
                // The titles of now count: a token must not go beyond them.
                seen(then),
                milliseconds(past.at()),
                current,
                version(history, current, now));
    }

    /**
     * Time at which a command is decided, in milliseconds as events keep them. It is never before
     * the time that its events are stored under, so that a query as of this time sees all of them.
     */
    private static Instant now(History<?> history, Instant clock) {
        return milliseconds(history.timeOf(clock));
    }

    /** A time in milliseconds as decisions are made, not before the time itself. */
    public static Instant milliseconds(Instant time) {
        var floor = time.truncatedTo(ChronoUnit.MILLIS);
        return floor.equals(time) ? time : floor.plusMillis(1);
    }

    /**
     * Version of a customer: the revision, the number of changes by time alone since, and, if
     * titles cut licenses short, what tells these cuts. So the version changes whenever an answer
     * does.
     */
    private static String version(History<Account> history, Account seen, Instant now) {
        var head = history.head();
        var since = head.lastAt().isAfter(head.snapshotAt()) ? head.lastAt() : head.snapshotAt();
        var version = history.revision() + "." + seen.changesByTime(since, now);
        var cuts = seen.licenses().cutsShort(now);
        return cuts == 0 ? version : version + "." + Integer.toHexString(cuts);
    }
}
