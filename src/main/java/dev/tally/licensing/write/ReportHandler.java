package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.ids.CustomerId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Reported;
import dev.tally.licensing.domain.Session;
import dev.tally.licensing.events.CustomerEvent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Records the reports of one customer's players, in one transaction. */
@ApplicationScoped
public class ReportHandler {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Outcome of one report.
     *
     * @param reported null: the report was rejected before it could be decided
     * @param rejected null: the report was decided
     */
    public record Item(Report report, Reported reported, Rejected rejected) {}

    /**
     * Outcomes of several reports, in the order in which they were given.
     *
     * @param account the account as the reports left it, with the sessions that were read from
     *     their events; the current account if the reports had been answered before
     */
    public record Reports(List<Item> items, Account account, Outcome outcome) {}

    /**
     * Takes reports one after another; one that is refused costs none of the others.
     *
     * @throws Rejected for a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of these reports is
     */
    public Reports handle(CustomerId customer, List<Report> reports, Instant clock, Asked asked) {
        var run = new Run(customer);
        var outcome =
                accounts.decide(
                        customer,
                        clock,
                        asked,
                        (account, now) -> run.decide(account, reports, now));
        // Reports that were stored the first time are known now; refused ones are refused again.
        if (outcome.again()) run.decide(outcome.current(), reports, clock);
        // The run has decided them as if they were new; the answer shows the account as it is.
        var account = outcome.again() ? outcome.current() : run.account;
        return new Reports(run.items, account, outcome);
    }

    /** Decides some reports, each on the account that the one before it left. */
    private final class Run {

        private final CustomerId customer;
        private final List<Item> items = new ArrayList<>();
        private final List<CustomerEvent> events = new ArrayList<>();
        private Account account;
        private Instant now;

        Run(CustomerId customer) {
            this.customer = customer;
        }

        Decision decide(Account before, List<Report> reports, Instant at) {
            account = before;
            now = at;
            items.clear();
            events.clear();
            reports.forEach(this::take);
            return events.isEmpty() ? new Unchanged(List.of()) : new Allowed(events, List.of());
        }

        private void take(Report report) {
            try {
                var reported = decide(report);
                apply(reported);
                items.add(new Item(report, reported, null));
            } catch (Rejected e) {
                items.add(new Item(report, null, e));
            }
        }

        private Reported decide(Report report) {
            readAnew(report);
            return report.kind() == Kind.START ? start(report) : follow(report);
        }

        private Reported start(Report report) {
            var license = accounts.licenseOf(account, customer, report.license(), now);
            var title = catalog.title(license.title());
            var policy = catalog.policyInForce(account, title, license.plan(), now);
            checkClock(report, policy);
            return Playing.start(account, license, title, policy, report, now);
        }

        private Reported follow(Report report) {
            var policy =
                    account.sessions()
                            .find(report.session())
                            .flatMap(Session::started)
                            .map(this::policyOf)
                            .orElseGet(() -> policy(null, account.licenses().plan()));
            checkClock(report, policy);
            return Playing.report(account, policy, report, now);
        }

        private Policy policyOf(Session.Start started) {
            var plan =
                    account.licenses()
                            .find(started.license(), now)
                            .map(license -> license.plan())
                            .orElse(account.licenses().plan());
            return policy(started.title(), plan);
        }

        private Policy policy(TitleId title, PlanId plan) {
            return catalog.policyInForce(
                    account, title == null ? null : catalog.title(title), plan, now);
        }

        /**
         * Reads a session that the account does not know, since the account may have dropped it.
         */
        private void readAnew(Report report) {
            if (account.sessions().find(report.session(), now).isPresent()) return;
            accounts.readSession(customer, report.session(), null)
                    .ifPresent(found -> account = account.with(found));
        }

        private void checkClock(Report report, Policy policy) {
            if (Playing.isTooFarAhead(report, policy, now)) {
                throw Rejected.clockSkew(policy.duration(PolicyKey.CLOCK_SKEW_TOLERANCE), now);
            }
        }

        /** Folds the events of a report. Their ids are not known before they are stored. */
        private void apply(Reported reported) {
            events.addAll(reported.events());
            for (var event : reported.events()) account = Account.evolve(account, "", event);
        }
    }
}
