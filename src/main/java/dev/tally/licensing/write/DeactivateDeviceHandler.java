package dev.tally.licensing.write;

import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.write.Rejected.Reason;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** Takes a device off, and releases every license on it in the same transaction. */
@ApplicationScoped
public class DeactivateDeviceHandler {

    @Inject Accounts accounts;
    @Inject CatalogLookup catalog;

    /**
     * Decides under the plan of the customer's latest license and, if allowed, stores.
     *
     * @throws Rejected for an unknown device, a reused key, a failed precondition
     * @throws dev.tally.eventstore.WrongVersion if another command of this customer was stored
     *     first; nothing of this one is
     */
    public Outcome handle(DeactivateDevice command, Asked asked) {
        return accounts.decide(
                command,
                asked,
                (account, asOfNow) -> {
                    var device =
                            account.devices()
                                    .find(command.device())
                                    .orElseThrow(
                                            () ->
                                                    new Rejected(
                                                            Reason.UNKNOWN_DEVICE,
                                                            "The customer has no device "
                                                                    + command.device()
                                                                    + "."));
                    var plan = account.licenses().plan();
                    var policy = catalog.policyInForce(account, null, plan, asOfNow.at());
                    return Licensing.decide(account, device, policy, asOfNow);
                });
    }
}
