package dev.tally.licensing.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.ids.LicenseId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Asks.Ask;
import dev.tally.licensing.domain.Asks.World;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Evaluation.Remedy;
import dev.tally.licensing.domain.Facts.Fact;
import dev.tally.licensing.domain.License.Cap;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.DownloadEvent.DownloadCounted;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A test in three parts: given a history, when a command is decided, then the decision is as
 * expected.
 *
 * <p>The policy is the shipped one unless a test sets another. Events are named by their type and
 * subject: {@code DownloadCounted Glow0}.
 */
final class Scenario {

    /** A time after which no limit of these tests counts any of the events. */
    private static final Duration LONG_AFTER = Duration.ofDays(10_000);

    private Scenario() {}

    static Given given(Fact... facts) {
        var events = Stream.of(facts).flatMap(fact -> fact.events().stream()).toList();
        return new Given(events, Scope.GLOBAL, ShippedPolicies.global(), null, null);
    }

    /** An expectation about one violated rule. */
    interface Expectation extends BiConsumer<Evaluation, Given> {}

    /** A violated rule and the expectations about it. */
    record Violation(Rule rule, List<Expectation> expectations) {}

    /**
     * The history and the policy before the command.
     *
     * @param availableFrom start of every title's availability; null if there is none
     * @param availableUntil end of every title's availability; null if there is none
     */
    record Given(
            List<CustomerEvent> events,
            Scope scope,
            Map<PolicyKey, Object> settings,
            Instant availableFrom,
            Instant availableUntil) {

        Given under(PolicyKey key, Object value) {
            var changed = new EnumMap<>(settings);
            changed.put(key, value);
            return new Given(events, scope, changed, availableFrom, availableUntil);
        }

        /** All settings come from a policy of the given scope. */
        Given setBy(Scope otherScope) {
            return new Given(events, otherScope, settings, availableFrom, availableUntil);
        }

        Given available(Instant from, Instant until) {
            return new Given(events, scope, settings, from, until);
        }

        Outcome when(Ask ask) {
            var world = world(account());
            return new Outcome(this, world, ask, ask.of(world));
        }

        World world(Account account) {
            var policy = ShippedPolicies.policy(Facts.POLICY_VERSION, scope, settings);
            return new World(account, policy, this::title);
        }

        /** The account of the history, as the titles' availability lets it be. */
        Account account() {
            return seen(Scenario.account(events));
        }

        /** The account as the titles' availability lets it be. */
        private Account seen(Account account) {
            if (availableUntil == null) return account;
            var ends = new HashMap<TitleId, Instant>();
            for (var title : account.licenses().openTitles()) ends.put(title, availableUntil);
            return account.endingWith(ends);
        }

        private Title title(TitleId id) {
            var studio = Facts.studioOf(id.value());
            return new Title(id, id.value(), studio, availableFrom, availableUntil);
        }
    }

    /** The decision, with everything that it was made from. */
    record Outcome(Given given, World world, Ask ask, Decision decision) {

        Outcome thenAllowed(CustomerEvent... events) {
            assertThat(decision).as("%s", decision.rules()).isInstanceOf(Allowed.class);
            if (events.length > 0) {
                assertThat(events()).containsExactly(events);
            }
            return this;
        }

        Outcome thenUnchanged() {
            return thenCapped(null);
        }

        /** Expects that a renewal moved nothing for this reason; null if it moved the expiry. */
        Outcome thenCapped(Cap cap) {
            assertThat(decision)
                    .isInstanceOfSatisfying(
                            Unchanged.class,
                            unchanged -> assertThat(unchanged.cap()).isEqualTo(cap));
            return this;
        }

        Outcome thenDenied(Rule rule, Expectation... expectations) {
            return thenDenied(violation(rule, expectations));
        }

        /** Expects that exactly these rules are violated, in this order. */
        Outcome thenDenied(Violation... expected) {
            assertThat(decision).isInstanceOf(Denied.class);
            var found = ((Denied) decision).violations();
            assertThat(found)
                    .extracting(Evaluation::rule)
                    .containsExactly(Stream.of(expected).map(Violation::rule).toArray(Rule[]::new));
            for (int i = 0; i < expected.length; i++) {
                for (var expectation : expected[i].expectations()) {
                    expectation.accept(found.get(i), given);
                }
                promisesTheFirstMoment(found.get(i));
            }
            return this;
        }

        /** The result of the rule, violated or not. */
        Evaluation found(Rule rule) {
            return evaluation(decision, rule);
        }

        List<CustomerEvent> events() {
            return ((Allowed) decision).events();
        }

        <E> E event(Class<E> type) {
            assertThat(events()).filteredOn(type::isInstance).hasSize(1);
            return events().stream().filter(type::isInstance).map(type::cast).findFirst().get();
        }

        Account after() {
            return decision instanceof Allowed
                    ? given.seen(
                            account(
                                    Stream.concat(given.events().stream(), events().stream())
                                            .toList()))
                    : world.account();
        }

        /** The same scenario, with the events of the decision added to the history. */
        Given then() {
            var all = Stream.concat(given.events().stream(), events().stream()).toList();
            return new Given(
                    all,
                    given.scope(),
                    given.settings(),
                    given.availableFrom(),
                    given.availableUntil());
        }

        Outcome thenLicense(String id, State state, Instant expiresAt) {
            var license = after().licenses().find(new LicenseId(id)).orElseThrow();
            assertThat(license.stateAt(ask.time())).isEqualTo(state);
            assertThat(license.expiresAt()).isEqualTo(expiresAt);
            return this;
        }

        /**
         * Checks that the rule allows the command from nextAllowedAt on, and not a moment before;
         * or never, if that is null.
         */
        private void promisesTheFirstMoment(Evaluation violated) {
            var rule = violated.rule();
            var promised = violated.nextAllowedAt();
            var last = promised == null ? ask.time().plus(LONG_AFTER) : Facts.justBefore(promised);
            assertThat(evaluation(ask.at(last).of(world), rule).satisfied())
                    .as("%s allows it at %s, before it promised", rule, last)
                    .isFalse();
            if (promised != null) {
                assertThat(evaluation(ask.at(promised).of(world), rule).satisfied())
                        .as("%s allows it at %s, as it promised", rule, promised)
                        .isTrue();
            }
        }

        private static Evaluation evaluation(Decision decision, Rule rule) {
            assertThat(decision.rules()).extracting(Evaluation::rule).contains(rule);
            return decision.rules().stream().filter(e -> e.rule() == rule).findFirst().get();
        }
    }

    static Violation violation(Rule rule, Expectation... expectations) {
        return new Violation(rule, List.of(expectations));
    }

    static Expectation limit(int count) {
        return (found, given) -> assertThat(found.limit()).as("limit").isEqualTo(count);
    }

    static Expectation current(int count) {
        return (found, given) -> assertThat(found.used()).as("current").isEqualTo(count);
    }

    static Expectation countsNothing() {
        return (found, given) -> {
            assertThat(found.limit()).as("limit").isNull();
            assertThat(found.used()).as("current").isNull();
        };
    }

    static Expectation setBy(Scope scope) {
        return (found, given) -> assertThat(found.scope()).as("scope").isEqualTo(scope);
    }

    static Expectation counted(String... eventIds) {
        return (found, given) ->
                assertThat(found.countedEvents()).as("counted").containsExactlyInAnyOrder(eventIds);
    }

    static Expectation nextAllowedAt(Instant time) {
        return (found, given) -> assertThat(found.nextAllowedAt()).as("next").isEqualTo(time);
    }

    static Expectation nextAllowedAt(Moment moment) {
        return (found, given) -> nextAllowedAt(moment.in(given)).accept(found, given);
    }

    /** Expects that waiting does not help. */
    static Expectation neverByTime() {
        return (found, given) -> assertThat(found.nextAllowedAt()).as("next").isNull();
    }

    static Expectation remedies(Remedy... remedies) {
        return (found, given) ->
                assertThat(found.remedies()).as("remedies").containsExactly(remedies);
    }

    /** A time that depends on the given history. */
    interface Moment {
        Instant in(Given given);
    }

    static Moment yearAfterTheFirst() {
        return given ->
                given.events().stream()
                        .filter(DownloadCounted.class::isInstance)
                        .map(event -> Facts.yearAfter(((DownloadCounted) event).countedAt()))
                        .findFirst()
                        .orElseThrow();
    }

    static Account account(List<CustomerEvent> events) {
        var account = Account.EMPTY;
        var seen = new HashMap<String, Integer>();
        for (var event : events) {
            var name = event.getClass().getSimpleName() + " " + about(event);
            var count = seen.merge(name, 1, Integer::sum);
            account = Account.evolve(account, count == 1 ? name : name + " #" + count, event);
        }
        return account;
    }

    private static Object about(CustomerEvent event) {
        return switch (event) {
            case LicenseEvent e -> e.license();
            case DownloadEvent e -> e.download();
            case DeviceEvent e -> e.device();
            case SessionEvent e -> e.session();
            case PolicyEvent e -> PolicyEvent.ID;
        };
    }
}
