package dev.tally.timeline.simulation;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Title;
import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.Tier;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.denials.Finding;
import dev.tally.licensing.denials.KeptDenial;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Rule;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceDeactivated;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseEvent.LicenseRenewed;
import dev.tally.licensing.events.LicenseEvent.ProvisionalLicenseReconciled;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.events.SessionEvent.SessionStarted;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Accounts;
import dev.tally.licensing.write.PastCatalog;
import dev.tally.timeline.simulation.Judgement.Verdict;
import dev.tally.timeline.simulation.PastRequest.Acquire;
import dev.tally.timeline.simulation.PastRequest.Deactivate;
import dev.tally.timeline.simulation.PastRequest.Play;
import dev.tally.timeline.simulation.PastRequest.Renew;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Goes through a customer's requests of a time in their order, and decides each again on the
 * account as it was just before. The history is read page by page, and folded once.
 */
final class Replay {

    /** Events that are read at a time. */
    static final int PAGE = 1_000;

    private static final Set<String> RULES =
            Arrays.stream(Rule.values()).map(Rule::label).collect(Collectors.toSet());

    private final EventStore store;
    private final PastCatalog catalog;
    private final Policies policies;
    private final CustomerId customer;
    private final Instant from;
    private final Instant to;
    private final Deque<KeptDenial> denials;

    private final List<Decided> decided = new ArrayList<>();
    private Account account;
    private Instant seenAt;
    private Account seen;

    /**
     * A request that was decided again.
     *
     * @param place number of the command's first event, or id of the denial
     * @param isDenial true if it was denied
     * @param about null: nothing is known of what it was about
     */
    record Decided(
            String place, boolean isDenial, Instant at, PastRequest about, Judgement judgement) {}

    /**
     * @param denials the customer's denials of the time
     * @param to time before which requests are decided
     */
    Replay(
            EventStore store,
            PastCatalog catalog,
            Policies policies,
            CustomerId customer,
            List<KeptDenial> denials,
            Instant from,
            Instant to) {
        this.store = store;
        this.catalog = catalog;
        this.policies = policies;
        this.customer = customer;
        this.from = from;
        this.to = to;
        this.denials =
                denials.stream()
                        .filter(d -> !d.lastAt().isBefore(from) && d.lastAt().isBefore(to))
                        .sorted(Comparator.comparing(KeptDenial::lastAt))
                        .collect(Collectors.toCollection(ArrayDeque::new));
    }

    /**
     * Decides all requests again.
     *
     * @return empty if an event cannot be read by this version
     */
    Optional<List<Decided>> decide() {
        var page = page(0);
        var isAll = page.size() < PAGE;
        if (isAll && denials.isEmpty() && page.stream().noneMatch(Replay::isOfInterest)) {
            return Optional.of(List.of());
        }
        account =
                store.readAsOf(
                                customer.value(),
                                from.minus(1, ChronoUnit.MICROS),
                                AccountModel.FOLD)
                        .state();
        var command = new ArrayList<Described>();
        while (true) {
            for (var event : page) {
                if (event.recorded() == null) return Optional.empty();
                if (!command.isEmpty() && !event.at().equals(command.getFirst().at())) {
                    take(command);
                    command.clear();
                }
                command.add(event);
            }
            if (page.size() < PAGE) break;
            page = page(page.getLast().seq());
        }
        if (!command.isEmpty()) take(command);
        decideDenialsBefore(to);
        return Optional.of(decided);
    }

    private List<Described> page(int after) {
        return store.history(
                new HistoryQuery(customer.value(), Tier.ALL, from, to, null, null, after, PAGE));
    }

    private static boolean isOfInterest(Described event) {
        return event.recorded() == null || isRequest(event) || isPlay(event);
    }

    private static boolean isRequest(Described event) {
        var happened = event.recorded().event();
        return happened instanceof LicenseIssued
                || happened instanceof LicenseRenewed
                || happened instanceof DeviceDeactivated;
    }

    /** True for the play of a download. No policy has a say in that of a stream. */
    private static boolean isPlay(Described event) {
        return event.recorded().event() instanceof SessionStarted started
                && started.type() == LicenseType.DOWNLOAD;
    }

    /**
     * Decides a command again, and then lets it have happened as it did. It may consist of several
     * reports, each of which ends with events of sessions.
     */
    private void take(List<Described> command) {
        decideDenialsBefore(command.getFirst().at());
        decide(command);
        var beforeReport = account;
        for (var event : command) {
            var recorded = event.recorded();
            if (isPlay(event)) decidePlay(event, beforeReport);
            account = Account.evolve(account, recorded.id(), (CustomerEvent) recorded.event());
            if (recorded.event() instanceof SessionEvent) beforeReport = account;
        }
        seenAt = null;
    }

    private void decidePlay(Described event, Account before) {
        var started = (SessionStarted) event.recorded().event();
        var at = Accounts.milliseconds(event.at());
        var then = catalog.seen(before, at);
        var report =
                new Report(started.session(), Kind.START, started.license(), started.occurredAt());
        var request =
                then.licenses()
                        .find(started.license())
                        .<PastRequest>map(license -> new Play(license, report));
        var judgement =
                request.flatMap(asked -> judged(asked, at, Judgement::ofAllowed, then))
                        .orElse(Judgement.NOT_JUDGED);
        decided.add(new Decided(event.recorded().id(), false, at, request.orElse(null), judgement));
    }

    private void decide(List<Described> command) {
        var events = command.stream().map(e -> (CustomerEvent) e.recorded().event()).toList();
        if (command.stream().noneMatch(Replay::isRequest)) return;
        var place = command.getFirst().recorded().id();
        var at = Accounts.milliseconds(command.getFirst().at());
        // What a node granted without the store was recorded whatever the rules said.
        var isReconciled = events.stream().anyMatch(ProvisionalLicenseReconciled.class::isInstance);
        var request = isReconciled ? Optional.<PastRequest>empty() : request(events, at);
        var judgement =
                request.flatMap(asked -> judged(asked, at, Judgement::ofAllowed, seen(at)))
                        .orElse(Judgement.NOT_JUDGED);
        decided.add(new Decided(place, false, at, request.orElse(null), judgement));
    }

    private Optional<PastRequest> request(List<CustomerEvent> events, Instant at) {
        if (events.getFirst() instanceof LicenseIssued e) {
            return Optional.of(
                    new Acquire(new Wish(e.type(), e.title(), e.device(), null, e.plan())));
        }
        if (events.getFirst() instanceof LicenseRenewed e) {
            return seen(at).licenses().find(e.license()).map(Renew::new);
        }
        return events.stream()
                .filter(DeviceDeactivated.class::isInstance)
                .map(DeviceDeactivated.class::cast)
                .findFirst()
                .flatMap(e -> seen(at).devices().find(e.device()))
                .map(Deactivate::new);
    }

    /** How a request is judged that was allowed, or denied. */
    private interface Judging {
        Judgement of(
                PastRequest request, Account account, Title title, Policies policies, Instant at);
    }

    /** Judges a request on an account; empty if there was no such title. */
    private Optional<Judgement> judged(
            PastRequest request, Instant at, Judging judging, Account then) {
        return title(request, at)
                .map(about -> judging.of(request, then, about.title, policies, at));
    }

    /** A title that a request is about; null in it: the request is about none. */
    private record About(Title title) {}

    /** The title of a request; empty if there was no such title. */
    private Optional<About> title(PastRequest request, Instant at) {
        if (request.title() == null) return Optional.of(new About(null));
        return Optional.ofNullable(catalog.title(request.title(), at)).map(About::new);
    }

    /** The account as titles' availability let it be. */
    private Account seen(Instant at) {
        if (!at.equals(seenAt)) {
            seen = catalog.seen(account, at);
            seenAt = at;
        }
        return seen;
    }

    private void decideDenialsBefore(Instant time) {
        while (!denials.isEmpty() && denials.getFirst().lastAt().isBefore(time)) {
            decide(denials.removeFirst());
        }
    }

    private void decide(KeptDenial denial) {
        var at = denial.lastAt();
        var rules = denial.findings().stream().map(Finding::rule).toList();
        var request = request(denial, rules, at);
        Judgement judgement;
        if (!RULES.containsAll(rules)) {
            judgement = Judgement.NOT_JUDGED;
        } else if (rules.stream().anyMatch(rule -> PolicyKey.of(rule).isEmpty())) {
            // No policy has a say in one of the rules, so it denies under any.
            judgement = Judgement.SAME;
        } else {
            judgement =
                    request.flatMap(asked -> judged(asked, at, Judgement::ofDenied, seen(at)))
                            .orElse(Judgement.NOT_JUDGED);
        }
        decided.add(new Decided(denial.place().id(), true, at, request.orElse(null), judgement));
    }

    private Optional<PastRequest> request(KeptDenial denial, List<String> rules, Instant at) {
        var about = denial.about();
        var device = new DeviceId(about.deviceId());
        return switch (denial.kind()) {
            case "ACQUIRE" ->
                    Optional.ofNullable(about.plan())
                            .map(
                                    plan ->
                                            new Wish(
                                                    type(rules),
                                                    new TitleId(about.titleId()),
                                                    device,
                                                    null,
                                                    new PlanId(plan)))
                            .map(Acquire::new);
            case "RENEW" -> active(device, new TitleId(about.titleId()), at).map(Renew::new);
            case "START" ->
                    active(device, new TitleId(about.titleId()), at)
                            .map(license -> new Play(license, startOf(license)));
            case "DEACTIVATE" -> seen(at).devices().find(device).map(Deactivate::new);
            default -> Optional.empty();
        };
    }

    /** The report of a play that was denied, and so one that was asked for then. */
    private static Report startOf(License license) {
        return new Report(new SessionId("#"), Kind.START, license.id(), null);
    }

    /** Type of a license that was denied: a denial does not tell it, but its rules do. */
    private static LicenseType type(List<String> rules) {
        return rules.contains(Rule.MAX_CONCURRENT_STREAMS.label())
                ? LicenseType.STREAMING
                : LicenseType.DOWNLOAD;
    }

    private Optional<License> active(DeviceId device, TitleId title, Instant at) {
        return seen(at).licenses()
                .activeOn(device, at)
                .filter(license -> license.type() == LicenseType.DOWNLOAD)
                .filter(license -> license.title().equals(title))
                .findFirst();
    }

    /** True if the request would have another outcome. */
    static boolean isChange(Decided one) {
        var verdict = one.judgement().verdict();
        return verdict == Verdict.NEWLY_DENIED || verdict == Verdict.NEWLY_ALLOWED;
    }
}
