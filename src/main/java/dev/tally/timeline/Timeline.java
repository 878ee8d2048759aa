package dev.tally.timeline;

import dev.tally.eventstore.Described;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.HistoryQuery;
import dev.tally.eventstore.HistoryRetired;
import dev.tally.eventstore.Tier;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent;
import dev.tally.licensing.write.AccountModel;
import dev.tally.licensing.write.Accounts;
import dev.tally.licensing.write.CatalogLookup;
import dev.tally.licensing.write.PastCatalog;
import dev.tally.timeline.Step.Change;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a customer's history command by command, each with what it changed. It looks at a window of
 * events at a time, so a page takes as long for an old customer as for a new one.
 */
@ApplicationScoped
public class Timeline {

    /** Most events that one page looks at, unless a single command has more. */
    static final int WINDOW = 1_000;

    @Inject EventStore store;
    @Inject CatalogLookup catalog;

    /**
     * Part of a timeline.
     *
     * @param first number of the first event that was looked at; 0: there was none
     * @param last number of the last one
     * @param isLast true if no later event follows
     */
    public record Part(List<Step> steps, int first, int last, boolean isLast) {}

    /**
     * The commands after an event that fit. There may be fewer, although others follow.
     *
     * @param after number of the event; 0: from the beginning
     * @param limit most commands
     */
    public Part after(String customerId, Asked asked, int after, int limit) {
        var read = read(customerId, asked, after, WINDOW + 1);
        var commands = commands(read);
        var isCut = read.size() > WINDOW;
        if (isCut && commands.size() == 1) {
            commands = commands(read(customerId, asked, after, EventStore.MAX_EVENTS_PER_APPEND));
        } else if (isCut) {
            // The rest of the last one may follow.
            commands.removeLast();
        }
        return part(customerId, asked, commands, limit, !isCut);
    }

    /**
     * The last commands before an event that fit. There may be fewer, although others precede.
     *
     * @param before number of the event
     * @param limit most commands
     */
    public Part before(String customerId, Asked asked, int before, int limit) {
        var from = Math.max(0, before - 1 - WINDOW);
        var read = read(customerId, asked, from, WINDOW);
        var commands = commands(read.stream().filter(event -> event.seq() < before).toList());
        // Of the first command, a part may precede.
        if (from > 0 && commands.size() > 1) commands.removeFirst();
        var fitting = commands.stream().filter(command -> fits(command, asked)).toList();
        if (fitting.size() > limit) {
            var first = fitting.get(fitting.size() - limit).getFirst().seq();
            commands.removeIf(command -> command.getFirst().seq() < first);
        }
        return part(customerId, asked, commands, limit, false);
    }

    /** Number of the event after the newest one. */
    public int end(String customerId) {
        return store.readConfirmed(customerId, AccountModel.FOLD).head().lastSeq() + 1;
    }

    /** Number of the event after the newest one that was stored at or before a time. */
    public int endAt(String customerId, Instant at) {
        var next = first(customerId, at.plus(1, ChronoUnit.MICROS), 0);
        return next.map(Described::seq).orElseGet(() -> end(customerId));
    }

    /**
     * Number of the event after the command that an event belongs to. If the event has been
     * retired, the next one that is left stands for it.
     */
    public int endOfCommand(String customerId, int seq) {
        var found = first(customerId, null, seq - 1);
        return found.map(event -> endAt(customerId, event.at())).orElseGet(() -> end(customerId));
    }

    private Optional<Described> first(String customerId, Instant from, int after) {
        var query = new HistoryQuery(customerId, Tier.ALL, from, null, null, null, after, 1);
        return store.history(query).stream().findFirst();
    }

    private List<Described> read(String customerId, Asked asked, int after, int limit) {
        return store.history(
                new HistoryQuery(
                        customerId,
                        asked.tier(),
                        asked.from(),
                        asked.to(),
                        null,
                        null,
                        after,
                        limit));
    }

    /** The events by their commands: those of one command have the same time, and no others do. */
    private static List<List<Described>> commands(List<Described> events) {
        var commands = new ArrayList<List<Described>>();
        Instant at = null;
        for (var event : events) {
            if (!event.at().equals(at)) commands.add(new ArrayList<>());
            commands.getLast().add(event);
            at = event.at();
        }
        return commands;
    }

    private static boolean fits(List<Described> command, Asked asked) {
        return command.stream().anyMatch(asked::fits);
    }

    private Part part(
            String customerId,
            Asked asked,
            List<List<Described>> commands,
            int limit,
            boolean toTheEnd) {
        if (commands.isEmpty()) return new Part(List.of(), 0, 0, toTheEnd);
        var steps = new ArrayList<Step>();
        var first = commands.getFirst().getFirst();
        var account = before(customerId, first);
        var past = catalog.past(first.at());
        var last = first.seq() - 1;
        for (var command : commands) {
            var isShown = fits(command, asked);
            if (isShown && steps.size() == limit) {
                return new Part(steps, first.seq(), last, false);
            }
            var states = states(account, command);
            if (isShown) steps.add(step(command, account, states, past));
            account = states.getLast();
            last = command.getLast().seq();
        }
        return new Part(steps, first.seq(), last, toTheEnd);
    }

    /** The account before an event; null if it is not known any more. */
    private Account before(String customerId, Described first) {
        try {
            var justBefore = first.at().minus(1, ChronoUnit.MICROS);
            return store.readAsOf(customerId, justBefore, AccountModel.FOLD).state();
        } catch (HistoryRetired | UnreadableHistory e) {
            return null;
        }
    }

    /** The account after each event; null from the first on that it is not known after. */
    private static List<Account> states(Account before, List<Described> command) {
        var states = new ArrayList<Account>();
        var account = before;
        for (var event : command) {
            account = account == null ? null : evolve(account, event);
            states.add(account);
        }
        return states;
    }

    private static Account evolve(Account account, Described event) {
        var recorded = event.recorded();
        if (recorded == null) return null;
        return Account.evolve(account, recorded.id(), (CustomerEvent) recorded.event());
    }

    private static Step step(
            List<Described> command, Account before, List<Account> states, PastCatalog past) {
        var changes = new ArrayList<Change>();
        var at = Accounts.milliseconds(command.getFirst().at());
        var first = seen(before, at, past);
        var account = first;
        for (int i = 0; i < command.size(); i++) {
            var next = seen(states.get(i), at, past);
            changes.add(change(command.get(i), account, next, at));
            account = next;
        }
        return new Step(changes, budgets(command, first, account, at, past));
    }

    private static Account seen(Account account, Instant at, PastCatalog past) {
        return account == null ? null : past.seen(account, at);
    }

    private static Change change(Described event, Account before, Account after, Instant at) {
        if (before == null || after == null) return new Change(event, null);
        var aggregate = event.recorded().aggregate();
        return new Change(
                event,
                Difference.between(
                        State.of(before, aggregate, at), State.of(after, aggregate, at)));
    }

    /** What budgets are asked of: the title, device and plan of a command. */
    private record Subject(TitleId title, DeviceId device, PlanId plan) {

        static Subject of(List<Described> command, Account account) {
            TitleId title = null;
            DeviceId device = null;
            PlanId plan = account.licenses().plan();
            for (var event : command) {
                switch ((CustomerEvent) event.recorded().event()) {
                    case LicenseEvent e -> {
                        var license = account.licenses().find(e.license());
                        if (license.isEmpty()) continue;
                        title = license.get().title();
                        device = license.get().device();
                        plan = license.get().plan();
                    }
                    case SessionEvent.SessionStarted e -> {
                        title = e.title();
                        device = e.device();
                    }
                    case SessionEvent e -> {}
                    case DeviceEvent e -> device = e.device();
                    case DownloadEvent.DownloadCounted e -> title = e.title();
                    case DownloadEvent.DownloadConfirmed e -> title = e.title();
                    case DownloadEvent.DownloadWaived e -> title = e.title();
                    case PolicyEvent e -> {}
                }
            }
            return new Subject(title, device, plan);
        }
    }

    private static List<Budget> budgets(
            List<Described> command, Account before, Account after, Instant at, PastCatalog past) {
        if (before == null || after == null) return null;
        var subject = Subject.of(command, after);
        return Budget.between(
                budgets(before, subject, at, past), budgets(after, subject, at, past));
    }

    private static List<Evaluation> budgets(
            Account account, Subject subject, Instant at, PastCatalog past) {
        var title = past.title(subject.title(), at);
        var policy = past.policy(account, title, subject.plan(), at);
        return Licensing.quotas(account, title, policy, subject.device(), at);
    }
}
