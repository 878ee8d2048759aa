package dev.tally.catalog;

import dev.tally.ids.PlanId;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** All policies that are known at one time: of each, the versions that may be asked for. */
public final class PolicySet {

    private final Map<Key, List<PolicyDocument>> newestFirst = new HashMap<>();
    private final Set<String> unknownScopes;

    private record Key(Scope scope, String id) {}

    public PolicySet(Collection<PolicyDocument> documents) {
        this(documents, Set.of());
    }

    /**
     * @param unknownScopes scopes of policies that a newer release has written and that are left
     *     out
     */
    PolicySet(Collection<PolicyDocument> documents, Set<String> unknownScopes) {
        documents.stream()
                .sorted(Comparator.comparingInt(PolicyDocument::version).reversed())
                .forEach(
                        d ->
                                newestFirst
                                        .computeIfAbsent(
                                                new Key(d.scope(), d.id()), k -> new ArrayList<>())
                                        .add(d));
        this.unknownScopes = Set.copyOf(unknownScopes);
    }

    /** The newest version of each policy, begun or not, and whether or not it is removed. */
    public List<PolicyDocument> newest() {
        return newestFirst.values().stream().map(List::getFirst).toList();
    }

    /** The newest version of one policy, begun or not, perhaps one that says it is removed. */
    public Optional<PolicyDocument> newest(Scope scope, String id) {
        return versions(scope, id).findFirst();
    }

    /** The newest version of any policy; 0 if there are none. */
    public int newestVersion() {
        return newestFirst.values().stream()
                .mapToInt(of -> of.getFirst().version())
                .max()
                .orElse(0);
    }

    /**
     * These policies with a version more of one of them, which nobody has written. Like any version
     * it replaces the policy whole, and what was to come of it.
     *
     * @param from time from which it is in force
     */
    public PolicySet supposing(
            Scope scope, String id, Map<PolicyKey, Object> settings, Instant from) {
        var documents = new ArrayList<PolicyDocument>();
        newestFirst.values().forEach(documents::addAll);
        documents.add(
                new PolicyDocument(
                        scope, id, newestVersion() + 1, PolicySettings.of(settings), from));
        return new PolicySet(documents, unknownScopes);
    }

    /** Scopes that only a newer release knows; their policies change nothing on this node. */
    public Set<String> unknownScopes() {
        return unknownScopes;
    }

    public boolean hasPlan(PlanId plan, Instant at) {
        return versionInForce(Scope.PLAN, plan.value(), at).filter(p -> !p.removed()).isPresent();
    }

    /**
     * The policy in force for a title and a plan: key by key, the value of the most specific policy
     * that sets it, or else the key's default. A policy that is removed sets nothing, but its
     * version counts: without it an explanation would find the version before.
     *
     * @param title null for no title in particular
     * @param plan null for no plan in particular; a plan without a policy sets nothing
     */
    public Policy inForce(Title title, PlanId plan, Instant at) {
        return inForce(title, plan, null, at);
    }

    /**
     * The policy in force for a customer who may have one of their own. It is known by the
     * customer's history, so the version does not tell it.
     *
     * @param own what the customer's own policy sets, over all others; null: nothing
     */
    public Policy inForce(Title title, PlanId plan, PolicySettings own, Instant at) {
        var applying =
                Stream.of(
                                versionInForce(Scope.GLOBAL, Scope.GLOBAL_ID, at),
                                versionInForce(Scope.PLAN, plan == null ? null : plan.value(), at),
                                versionInForce(
                                        Scope.STUDIO,
                                        title == null ? null : title.studio().value(),
                                        at),
                                versionInForce(
                                        Scope.TITLE, title == null ? null : title.id().value(), at))
                        .flatMap(Optional::stream)
                        .toList();
        var settings = new EnumMap<PolicyKey, Policy.Setting>(PolicyKey.class);
        for (var document : applying) {
            document.settings()
                    .known()
                    .forEach(
                            (key, value) ->
                                    settings.put(key, new Policy.Setting(value, document.scope())));
        }
        if (own != null) {
            own.known()
                    .forEach(
                            (k, value) ->
                                    settings.put(k, new Policy.Setting(value, Scope.CUSTOMER)));
        }
        var version = applying.stream().mapToInt(PolicyDocument::version).max().orElse(0);
        return new Policy(version, settings);
    }

    /** The newest version of a policy that had begun by a time, perhaps its removal. */
    public Optional<PolicyDocument> versionInForce(Scope scope, String id, Instant at) {
        return versions(scope, id).filter(document -> document.hasBegun(at)).findFirst();
    }

    private Stream<PolicyDocument> versions(Scope scope, String id) {
        return newestFirst.getOrDefault(new Key(scope, id), List.of()).stream();
    }
}
