package dev.tally.licensing.provisional;

import dev.tally.availability.Outage;
import dev.tally.availability.StoreState;
import dev.tally.availability.StoreUnavailable;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.History;
import dev.tally.eventstore.Remembered;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Promising;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.provisional.Promise.Acquired;
import dev.tally.licensing.provisional.Promise.Renewed;
import dev.tally.licensing.provisional.Promise.Started;
import dev.tally.licensing.provisional.Promise.What;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.Rejected;
import dev.tally.licensing.write.Rejected.Reason;
import dev.tally.licensing.write.ReportHandler.Item;
import dev.tally.runtime.Ids;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Decides without the store, from what this node still knows. Where it knows too little, the answer
 * is the outage itself.
 */
@ApplicationScoped
class Provisionally {

    private static final Logger LOG = Logger.getLogger(Provisionally.class.getName());

    @Inject Catalog catalog;
    @Inject EventStore store;
    @Inject StoreState state;
    @Inject Promises promises;
    @Inject ProvisionalMetrics metrics;
    @Inject InstantSource clock;

    /**
     * Promises a license.
     *
     * @param why outage that keeps the store from deciding
     * @throws StoreUnavailable the same outage, if the node knows too little or may promise nothing
     * @throws dev.tally.fallback.JournalUnavailable if the promise cannot be kept on disk
     * @throws dev.tally.catalog.UnreadableCopy if the copy of the catalogue cannot be read
     * @throws Rejected for an unknown title or plan, or a reused key
     */
    LicenseAnswer acquire(AcquireLicense said, Asked asked, StoreUnavailable why) {
        var known = known(said.customer(), asked, why);
        var command = said.at(known.now());
        var title = existing(() -> known.title(command.title()), why);
        var unused = existing(() -> known.requirePlan(command.plan()), why);
        return acquire(known, title, command, asked, why, this::keep);
    }

    /**
     * Does what promising a license takes, and promises nothing.
     *
     * @param title title that nobody has
     * @throws StoreUnavailable if the policies allow no promise
     * @throws dev.tally.fallback.JournalUnavailable if promises cannot be kept on disk
     * @throws dev.tally.catalog.UnreadableCopy if the copy of the catalogue cannot be read
     */
    void rehearse(AcquireLicense said, Title title, Asked asked) {
        var why = StoreUnavailable.of(Outage.NOT_IN_TIME, null);
        var known = known(said.customer(), asked, why);
        var unknown = known.catalog().title(title.id());
        var unused =
                acquire(
                        known,
                        unknown.orElse(title),
                        said.at(known.now()),
                        asked,
                        why,
                        promises::rehearse);
    }

    private static LicenseAnswer acquire(
            Known known,
            Title title,
            AcquireLicense command,
            Asked asked,
            StoreUnavailable why,
            Consumer<Promise> keeper) {
        var policy = known.policy(title, command.plan());
        var duration = Known.duration(policy).orElseThrow(() -> why);
        var again = answered(known, asked);
        if (again != null) return sameAgain(known, again);
        if (known.hasStored(asked)) {
            return stored(known, command.ids().license(), duration, why);
        }

        var end = known.now().plus(duration);
        var existing = Licensing.existing(known.account(), command);
        if (existing.isPresent()) {
            return LicenseAnswer.promised(
                    new Unchanged(List.of()),
                    Promising.endingBy(existing.get(), end),
                    duration,
                    null,
                    known.now());
        }
        var decision = Licensing.decide(known.account(), title, policy, command);
        if (!(decision instanceof Allowed allowed)) {
            return LicenseAnswer.denied(decision, duration, known.now());
        }
        requireRoom(known, policy, command.device(), why);
        var issued = Promising.endingBy((LicenseIssued) allowed.events().getFirst(), end);
        var what = new Acquired(issued, command.wish().deviceName(), command.ids().download());
        var promise = promise(known, asked, command.customer(), issued.expiresAt(), what);
        keeper.accept(promise);
        var license = applied(known.account(), promise).licenses().find(issued.license());
        return LicenseAnswer.promised(
                allowed, license.orElseThrow(), duration, promise, known.now());
    }

    /**
     * Promises a longer life of a license.
     *
     * @param shown license of the token that the caller sent along; null: none
     */
    LicenseAnswer renew(RenewLicense said, License shown, Asked asked, StoreUnavailable why) {
        var known = known(said.customer(), asked, why);
        var license = license(known, said.license(), shown, why);
        var title = existing(() -> known.title(license.title()), why);
        var policy = known.policy(title, license.plan());
        var duration = Known.duration(policy).orElseThrow(() -> why);
        var again = answered(known, asked);
        if (again != null) {
            return LicenseAnswer.promised(
                    new Unchanged(List.of()), license, duration, again, known.now());
        }
        if (known.hasStored(asked)) return stored(known, said.license(), duration, why);
        var command = said.at(known.now());
        var decision = Licensing.decide(known.account(), license, title, policy, command);
        if (decision instanceof Denied) {
            return LicenseAnswer.denied(decision, duration, known.now());
        }
        var end = known.now().plus(duration);
        if (decision instanceof Unchanged unchanged) {
            return LicenseAnswer.promised(
                    unchanged, Promising.endingBy(license, end), duration, null, known.now());
        }
        requireRoom(known, policy, license.device(), why);
        var allowed = (Allowed) decision;
        var renewed = (LicenseRenewed) allowed.events().getFirst();
        var until = Promising.endOfRenewal(license, renewed.expiresAt(), end);
        var what = new Renewed(license.id(), command.newDownload());
        var promise = promise(known, asked, said.customer(), until, what);
        keep(promise);
        var account = applied(Promising.knowing(known.account(), license), promise);
        var after = account.licenses().find(license.id());
        return LicenseAnswer.promised(allowed, after.orElseThrow(), duration, promise, known.now());
    }

    /**
     * Promises a session that starts now.
     *
     * @param report the START
     * @param shown license of the token that the caller sent along; null: none
     */
    StartOutcome start(
            CustomerId customer, Report report, License shown, Asked asked, StoreUnavailable why) {
        // What happened before can be reported later.
        if (report.kind() != Kind.START || report.occurredAt() != null) throw why;
        var known = known(customer, asked, why);
        var license = license(known, report.license(), shown, why);
        var title = existing(() -> known.title(license.title()), why);
        var policy = known.policy(title, license.plan());
        if (Known.duration(policy).isEmpty()) throw why;
        var account = Promising.knowing(known.account(), license);
        var again = answered(known, asked);
        var said =
                again != null && again.what() instanceof Started started
                        ? new Report(started.session(), Kind.START, started.license(), again.at())
                        : report;
        var reported = Playing.start(account, license, title, policy, said, known.now());
        for (var event : reported.events()) account = Account.evolve(account, "", event);
        if (again == null && reported.result() == Reported.Result.RECORDED) {
            requireRoom(known, policy, license.device(), why);
            var what = new Started(license.id(), said.session());
            keep(promise(known, asked, customer, null, what));
        }
        return StartOutcome.promised(new Item(said, reported, null), account, known.now());
    }

    /**
     * What the copy of the catalogue has. What it lacks does not exist; but it may be newer than
     * the copy, unless the store is known to be away: then the caller asks again.
     */
    private <T> T existing(Supplier<T> inCopy, StoreUnavailable why) {
        try {
            return inCopy.get();
        } catch (Rejected e) {
            if (!state.isAway()) throw why;
            throw e;
        }
    }

    private Known known(CustomerId customer, Asked asked, StoreUnavailable why) {
        // Which version the customer is at, only the store knows.
        if (asked.ifMatch() != null) throw why;
        var copy = catalog.known().orElseThrow(() -> why);
        var waiting = promises.of(customer).toList();
        var remembered =
                store.remembered(customer.value(), AccountModel.FOLD).map(Remembered::history);
        var account = remembered.map(History::state).orElse(Account.EMPTY);
        for (var promise : waiting) account = applied(account, promise);
        var ends = copy.availabilityEnds(account.licenses().openTitles());
        return new Known(
                copy,
                account.endingWith(ends),
                remembered.map(History::commands).orElse(List.of()),
                waiting,
                clock.instant());
    }

    /**
     * The promise that a command was answered with before; null if there is none.
     *
     * @throws Rejected if its key was another command's
     */
    private static Promise answered(Known known, Asked asked) {
        var key = asked.id().key();
        var promise = known.answering(key);
        var before = promise.map(p -> p.asked().id()).or(() -> known.command(key).map(c -> c.id()));
        if (before.isPresent() && !before.get().equals(asked.id())) {
            throw new Rejected(
                    Reason.KEY_REUSED, "This Idempotency-Key came with another request before.");
        }
        return promise.orElse(null);
    }

    private static LicenseAnswer sameAgain(Known known, Promise promise) {
        var license = known.license(promise.what().license()).orElseThrow();
        return LicenseAnswer.promised(
                new Allowed(List.of(), List.of()),
                license,
                Duration.between(promise.at(), promise.until()),
                promise,
                promise.at());
    }

    /**
     * The answer to a command that this node has stored, though too late for its caller, or under
     * the same key before. Decided once more, it would be denied if it had reached a limit itself.
     *
     * @throws StoreUnavailable if the license has ended since, or memory does not have it
     */
    private static LicenseAnswer stored(
            Known known, LicenseId id, Duration duration, StoreUnavailable why) {
        var license = known.license(id).filter(l -> l.isActiveAt(known.now()));
        return LicenseAnswer.promised(
                new Allowed(List.of(), List.of()),
                Promising.endingBy(license.orElseThrow(() -> why), known.now().plus(duration)),
                duration,
                null,
                known.now());
    }

    private static License license(Known known, LicenseId id, License shown, StoreUnavailable why) {
        var found = known.license(id);
        if (found.isPresent()) return found.get();
        // Another node may have renewed a license whose token has ended.
        if (shown == null || !shown.id().equals(id) || !shown.isActiveAt(known.now())) throw why;
        return shown;
    }

    /** Refuses if the device or the customer has all the promises that a node may give. */
    private static void requireRoom(
            Known known, Policy policy, DeviceId device, StoreUnavailable why) {
        var perCustomer = policy.limit(PolicyKey.MAX_PROVISIONAL_PER_CUSTOMER);
        var perDevice = policy.limit(PolicyKey.MAX_PROVISIONAL_PER_DEVICE);
        var ofCustomer = known.promises().size();
        var ofDevice =
                known.promises().stream()
                        .flatMap(promise -> known.license(promise.what().license()).stream())
                        .filter(license -> license.device().equals(device))
                        .count();
        if ((perCustomer != null && ofCustomer >= perCustomer)
                || (perDevice != null && ofDevice >= perDevice)) {
            throw why;
        }
    }

    private static Promise promise(
            Known known, Asked asked, CustomerId customer, Instant until, What what) {
        return new Promise(Ids.next(), customer, asked, known.now(), until, what);
    }

    private void keep(Promise promise) {
        promises.keep(promise);
        metrics.issued();
    }

    /**
     * The outage, where this node's disk fails too, so that nothing can be promised. What keeps the
     * disk has said so in the log.
     */
    static StoreUnavailable without(RuntimeException disk, StoreUnavailable why) {
        LOG.log(Level.FINE, "Nothing can be promised", disk);
        return why;
    }

    /** The account as a promise leaves it. */
    private static Account applied(Account account, Promise promise) {
        return switch (promise.what()) {
            case Acquired acquired ->
                    Promising.promised(
                            account, acquired.issued(), acquired.download(), promise.id());
            case Renewed renewed ->
                    account.licenses().find(renewed.license()).isEmpty()
                            ? account
                            : Account.evolve(account, promise.id(), renewed(renewed, promise));
            case Started started -> account;
        };
    }

    private static LicenseRenewed renewed(Renewed renewed, Promise promise) {
        return new LicenseRenewed(renewed.license(), promise.at(), promise.until(), 0);
    }
}
