package dev.tally.licensing.events;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;

import java.time.Instant;
import java.util.List;

/**
 * An event of the customer's own policy, the one of scope customer. Its versions are told apart by
 * the numbers of these events. Instants have milliseconds.
 */
public sealed interface PolicyEvent extends CustomerEvent {

    AggregateType AGGREGATE = new AggregateType(5, "Policy");

    /** The id of a customer's one policy. */
    String ID = "customer";

    /**
     * All mappers of these events, one for each version; a released one is never changed or
     * removed.
     */
    static List<EventMapper<?>> mappers() {
        return List.of(CustomerPolicySet.V1, CustomerPolicyRemoved.V1);
    }

    /**
     * The operator set the customer's policy.
     *
     * @param settings what it sets, as JSON: a later release may know keys that this one does not
     * @param validFrom time from which it is in force, instead of every version before
     */
    record CustomerPolicySet(String settings, Instant validFrom, Instant setAt)
            implements PolicyEvent {
        static final EventMapper<CustomerPolicySet> V1 =
                EventMapper.of(
                                19,
                                "CustomerPolicySet/1",
                                AGGREGATE,
                                CustomerPolicySet.class,
                                e -> ID)
                        .text("settings", CustomerPolicySet::settings)
                        .instant("validFrom", CustomerPolicySet::validFrom)
                        .instant("setAt", CustomerPolicySet::setAt)
                        .reads(
                                (id, in) ->
                                        new CustomerPolicySet(
                                                in.text(), in.instant(), in.instant()));
    }

    /** The operator removed the customer's policy, and what was to come of it. */
    record CustomerPolicyRemoved(Instant removedAt) implements PolicyEvent {
        static final EventMapper<CustomerPolicyRemoved> V1 =
                EventMapper.of(
                                20,
                                "CustomerPolicyRemoved/1",
                                AGGREGATE,
                                CustomerPolicyRemoved.class,
                                e -> ID)
                        .instant("removedAt", CustomerPolicyRemoved::removedAt)
                        .reads((id, in) -> new CustomerPolicyRemoved(in.instant()));
    }
}
