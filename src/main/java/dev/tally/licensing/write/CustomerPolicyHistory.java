package dev.tally.licensing.write;

import dev.tally.catalog.CustomerPolicies;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.eventstore.Aggregate;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.EventStore;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.SetPolicy;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.OwnPolicy.Version;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.PolicyEvent;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Sets, removes and tells a customer's own policy, which lies in the customer's history. */
@ApplicationScoped
public class CustomerPolicyHistory implements CustomerPolicies {

    @Inject Accounts accounts;
    @Inject CustomerTurns turns;
    @Inject EventStore store;
    @Inject InstantSource clock;

    @Override
    public PolicySet current(CustomerId customer) {
        var found = accounts.read(customer, clock.instant());
        return new PolicySet(documents(customer, found.account()));
    }

    @Override
    public Optional<PolicyDocument> upTo(CustomerId customer, int version) {
        var account = Account.EMPTY;
        var policy = new Aggregate(PolicyEvent.AGGREGATE, PolicyEvent.ID);
        for (var event : store.readAggregate(customer.value(), policy)) {
            if (event.seq() <= version) {
                account = Account.evolve(account, event.id(), (CustomerEvent) event.event());
            }
        }
        return account.policy().newest().map(newest -> document(customer, newest));
    }

    @Override
    public Optional<PolicyDocument> put(
            CustomerId customer,
            int supersedes,
            PolicySettings settings,
            Instant validFrom,
            String command,
            Caller operator) {
        var text = settings == null ? null : settings.text();
        var asked = Asked.once(command, null, operator);
        var outcome =
                turns.take(
                        customer.value(),
                        now ->
                                handle(
                                        new SetPolicy(customer, supersedes, text, validFrom, now),
                                        asked));
        if (!(outcome.decision() instanceof Allowed)) return Optional.empty();
        return outcome.account().policy().newest().map(newest -> document(customer, newest));
    }

    /**
     * Sets or removes the policy, if it is at the version that the command names.
     *
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    Outcome handle(SetPolicy command, Asked asked) {
        return accounts.decide(command, asked, Licensing::decide);
    }

    private static List<PolicyDocument> documents(CustomerId customer, Account account) {
        List<Version> versions = account.policy().versions();
        return versions.stream().map(version -> document(customer, version)).toList();
    }

    private static PolicyDocument document(CustomerId customer, Version version) {
        return new PolicyDocument(
                Scope.CUSTOMER,
                customer.value(),
                Integer.parseInt(version.setBy()),
                PolicySettings.ofText(version.settings()),
                version.validFrom(),
                version.isRemoval());
    }
}
