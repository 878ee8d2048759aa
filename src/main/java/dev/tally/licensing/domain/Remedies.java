package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.StudioId;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Remedy.Deactivate;
import dev.tally.licensing.domain.Remedy.Release;
import dev.tally.licensing.domain.Remedy.Step;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Searches what a member can do about a denial, by doing it on the account and asking the rules
 * again. The least costly remedy counts, where a deactivation costs as much as three releases; of
 * equal ones, the one that takes what was played longest ago, then what expires soonest, then the
 * lower id.
 *
 * <p>Titles that the same rules forbid for the same reason have one remedy, which is searched once.
 */
final class Remedies {

    /** Licenses that no rule tells apart: as many of them are tried as a remedy has steps. */
    private record Alike(DeviceId device, boolean ofStudio) {}

    /**
     * Key of a remedy: all that it depends on beside the account.
     *
     * @param device device that asks; null: one that holds nothing, as any other that does not
     * @param limits limits of all rules that are not about one title
     * @param studio studio of the title; null: the limit of a studio is not what forbids it
     */
    private record Goal(
            LicenseType type, DeviceId device, Map<PolicyKey, Integer> limits, StudioId studio) {}

    /** A step, and what decides between it and others of the same cost. */
    private record Candidate(Step step, Instant playedAt, Instant until, String id) {

        private static final Comparator<Candidate> ORDER =
                Comparator.comparing(Candidate::playedAt)
                        .thenComparing(
                                Candidate::until, Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(Candidate::id);
    }

    private final CustomerId customer;
    private final Account account;
    private final Policy general;
    private final Instant at;
    private final Map<Goal, Optional<Remedy>> found = new HashMap<>();

    /** Time of the latest play of each license, as far as its sessions tell. */
    private final Map<LicenseId, Instant> plays;

    /**
     * @param general policy in force for no title in particular, which deactivations follow
     */
    Remedies(CustomerId customer, Account account, Policy general, Instant at) {
        this.customer = customer;
        this.account = account;
        this.general = general;
        this.at = at;
        this.plays = plays(account, at);
    }

    /**
     * The remedy for a denial; empty if only waiting helps, or nothing.
     *
     * @param forbidding what the rules found that forbid the license
     */
    Optional<Remedy> of(
            LicenseType type,
            DeviceId device,
            Title title,
            Policy policy,
            List<Evaluation> forbidding) {
        if (forbidding.stream().anyMatch(e -> !e.remedies().contains(Evaluation.Remedy.RELEASE))) {
            return Optional.empty();
        }
        // A release may also break a rule: a device without its last license counts anew.
        var rules = EnumSet.copyOf(Licensing.rulesOf(type));
        rules.removeAll(Rule.OF_ONE_TITLE);
        var limits = new EnumMap<PolicyKey, Integer>(PolicyKey.class);
        for (var rule : rules) limits.put(rule.key(), policy.limit(rule.key()));
        var byStudio =
                forbidding.stream().anyMatch(e -> e.rule() == Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO);
        var holds = active(type).anyMatch(license -> license.device().equals(device));
        var goal = new Goal(type, holds ? device : null, limits, byStudio ? title.studio() : null);
        var known = found.get(goal);
        if (known != null) return known;
        var searched =
                search(
                        goal,
                        tried ->
                                Rule.forbidding(
                                                rules,
                                                new Request(tried, policy, at, title, device, null))
                                        .isEmpty());
        found.put(goal, searched);
        return searched;
    }

    private interface Grants {
        boolean after(Account tried);
    }

    private Optional<Remedy> search(Goal goal, Grants grants) {
        var releases = releases(goal);
        var deactivations = deactivations(goal);
        return Stream.<Stream<List<Candidate>>>of(
                        one(releases),
                        two(releases),
                        one(deactivations),
                        both(releases, deactivations),
                        two(deactivations))
                .flatMap(Function.identity())
                .map(steps -> steps.stream().map(Candidate::step).toList())
                .filter(steps -> done(steps).filter(grants::after).isPresent())
                .findFirst()
                .map(Remedy::new);
    }

    private static Stream<List<Candidate>> one(List<Candidate> candidates) {
        return candidates.stream().map(List::of);
    }

    private static Stream<List<Candidate>> two(List<Candidate> candidates) {
        return candidates.stream()
                .flatMap(
                        first ->
                                candidates.stream()
                                        .skip(candidates.indexOf(first) + 1L)
                                        .map(second -> List.of(first, second)));
    }

    private static Stream<List<Candidate>> both(List<Candidate> first, List<Candidate> second) {
        return first.stream().flatMap(a -> second.stream().map(b -> List.of(a, b)));
    }

    /** The account after the steps; empty if the rules forbid one, or it does nothing. */
    private Optional<Account> done(List<Step> steps) {
        var changed = account;
        for (var step : steps) {
            var decision =
                    switch (step) {
                        case Release(var license) ->
                                changed.licenses()
                                        .find(license.id())
                                        .filter(one -> one.isActiveAt(at))
                                        .map(one -> released(one))
                                        .orElse(null);
                        case Deactivate(var device) -> deactivated(changed, device);
                    };
            if (!(decision instanceof Allowed allowed)) return Optional.empty();
            for (var event : allowed.events()) changed = Account.evolve(changed, "", event);
        }
        return Optional.of(changed);
    }

    private Decision released(License license) {
        return Licensing.decide(
                account, license, new ReleaseLicense(customer, license.id(), null, at));
    }

    private Decision deactivated(Account before, Device device) {
        return Licensing.decide(
                before, device, general, new DeactivateDevice(customer, device.id(), at));
    }

    /** The licenses that may be released, without those that others stand for. */
    private List<Candidate> releases(Goal goal) {
        var all =
                active(goal.type)
                        .map(l -> new Candidate(new Release(l), played(l), l.expiresAt(), id(l)))
                        .sorted(Candidate.ORDER);
        var kinds = new LinkedHashMap<Alike, Integer>();
        return all.filter(
                        candidate -> {
                            var license = ((Release) candidate.step).license();
                            var ofStudio = license.studio().equals(goal.studio);
                            var alike = new Alike(license.device(), ofStudio);
                            return kinds.merge(alike, 1, Integer::sum) <= Remedy.MOST_STEPS;
                        })
                .toList();
    }

    /** The devices that may be taken off: others than the one that is to have the license. */
    private List<Candidate> deactivations(Goal goal) {
        var byDevice = new LinkedHashMap<DeviceId, List<License>>();
        active(goal.type)
                .forEach(l -> byDevice.computeIfAbsent(l.device(), d -> new ArrayList<>()).add(l));
        byDevice.remove(goal.device);
        return byDevice.entrySet().stream()
                .flatMap(
                        held ->
                                account
                                        .devices()
                                        .find(held.getKey())
                                        .filter(Device::isActive)
                                        .map(device -> candidate(device, held.getValue()))
                                        .stream())
                .sorted(Candidate.ORDER)
                .toList();
    }

    private Candidate candidate(Device device, List<License> held) {
        var playedAt = held.stream().map(this::played).max(Comparator.naturalOrder());
        var until = held.getFirst().expiresAt();
        for (var license : held) until = Times.latest(until, license.expiresAt());
        return new Candidate(
                new Deactivate(device), playedAt.orElseThrow(), until, device.id().value());
    }

    private Stream<License> active(LicenseType type) {
        var active =
                type == LicenseType.DOWNLOAD
                        ? account.licenses().activeDownloads(at)
                        : account.licenses().activeStreams(at);
        return active.filter(License::counts);
    }

    private static String id(License license) {
        return license.id().value();
    }

    /** Time since which a license has not been played: since it was issued, if it never was. */
    private Instant played(License license) {
        var first = license.firstPlayedAt() == null ? license.issuedAt() : license.firstPlayedAt();
        return Times.latest(first, plays.getOrDefault(license.id(), first));
    }

    private static Map<LicenseId, Instant> plays(Account account, Instant at) {
        var latest = new HashMap<LicenseId, Instant>();
        account.sessions()
                .listed(at)
                .filter(session -> session.start() != null)
                .forEach(s -> latest.merge(s.start().license(), s.lastSignAt(), Times::latest));
        return latest;
    }
}
