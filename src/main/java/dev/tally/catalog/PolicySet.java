package dev.tally.catalog;

import dev.tally.ids.PlanId;

import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** All policies as they were at one time. */
public final class PolicySet {

    private final Map<Key, PolicyDocument> documents = new HashMap<>();

    private record Key(Scope scope, String id) {}

    public PolicySet(Collection<PolicyDocument> documents) {
        documents.forEach(d -> this.documents.put(new Key(d.scope(), d.id()), d));
    }

    public Collection<PolicyDocument> documents() {
        return documents.values();
    }

    public boolean hasPlan(PlanId plan) {
        return find(Scope.PLAN, plan.value()).isPresent();
    }

    /**
     * What is in force for a title and a plan: key by key, the value of the most specific policy
     * that sets it.
     *
     * @param title null: for no title in particular
     * @param plan null: for no plan in particular; a plan without a policy sets nothing
     * @throws IllegalStateException if a key is set nowhere, not even globally
     */
    public Policy inForce(Title title, PlanId plan) {
        var applying =
                Stream.of(
                                find(Scope.GLOBAL, Scope.GLOBAL_ID),
                                find(Scope.PLAN, plan == null ? null : plan.value()),
                                find(Scope.STUDIO, title == null ? null : title.studio().value()),
                                find(Scope.TITLE, title == null ? null : title.id().value()))
                        .flatMap(Optional::stream)
                        .toList();
        var settings = new EnumMap<PolicyKey, Policy.Setting>(PolicyKey.class);
        for (var document : applying) {
            document.settings()
                    .forEach(
                            (key, value) ->
                                    settings.put(key, new Policy.Setting(value, document.scope())));
        }
        for (var key : PolicyKey.values()) {
            if (!settings.containsKey(key)) {
                throw new IllegalStateException("the global policy does not set " + key.label());
            }
        }
        var version = applying.stream().mapToInt(PolicyDocument::version).max().orElseThrow();
        return new Policy(version, settings);
    }

    /** The policy of one scope, as it was written. */
    public Optional<PolicyDocument> find(Scope scope, String id) {
        return Optional.ofNullable(documents.get(new Key(scope, id)));
    }
}
