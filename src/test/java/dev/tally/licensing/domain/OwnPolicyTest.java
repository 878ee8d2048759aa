package dev.tally.licensing.domain;

import static dev.tally.licensing.domain.Facts.NOW;
import static dev.tally.licensing.domain.Facts.ago;
import static dev.tally.licensing.domain.Facts.days;
import static dev.tally.licensing.domain.Facts.in;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Command.SetPolicy;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicyRemoved;
import dev.tally.licensing.events.PolicyEvent.CustomerPolicySet;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/** The versions of a customer's own policy. */
class OwnPolicyTest {

    private static final String SEED = "20261126";

    @Test
    void the_newest_version_that_has_begun_is_in_force() {
        var account = after(set("{1}", ago(days(3))), set("{2}", ago(days(1))), set("{3}", soon()));

        assertThat(inForce(account, ago(days(2)))).isEqualTo("{1}");
        assertThat(inForce(account, NOW)).isEqualTo("{2}");
        assertThat(inForce(account, soon())).isEqualTo("{3}");
        assertThat(account.policy().inForce(ago(days(4)), NOW)).isEmpty();
    }

    @Test
    void a_version_supersedes_one_that_was_to_begin_later() {
        var account = after(set("{later}", soon()), set("{now}", NOW));

        assertThat(inForce(account, in(days(9)))).isEqualTo("{now}");
    }

    @Test
    void a_removed_policy_sets_nothing() {
        var account = after(set("{1}", ago(days(3))), new CustomerPolicyRemoved(ago(days(1))));

        assertThat(account.policy().inForce(NOW, NOW).orElseThrow().isRemoval()).isTrue();
        assertThat(inForce(account, ago(days(2)))).isEqualTo("{1}");
    }

    @Test
    void a_policy_keeps_a_customer_live_until_long_after_its_removal() {
        var set = after(set("{1}", ago(days(400))));
        var removed = Account.evolve(set, "2", new CustomerPolicyRemoved(NOW));

        assertThat(set.compact(NOW).isLive()).isTrue();
        assertThat(removed.compact(in(days(29))).isLive()).isTrue();
        assertThat(removed.compact(in(days(30)))).isEqualTo(Account.EMPTY);
    }

    @Test
    void a_version_is_stored_over_the_one_that_it_names() {
        var none = Account.EMPTY;
        var first = after(set("{1}", ago(days(1))));
        var removed = Account.evolve(first, "2", new CustomerPolicyRemoved(ago(days(1))));

        assertThat(events(none, put(0, "{1}", NOW))).containsExactly(set("{1}", NOW));
        assertThat(events(first, put(1, "{2}", NOW))).containsExactly(set("{2}", NOW));
        assertThat(events(first, put(1, null, NOW)))
                .containsExactly(new CustomerPolicyRemoved(NOW));
        assertThat(events(removed, put(0, "{3}", NOW))).containsExactly(set("{3}", NOW));
    }

    @Test
    void a_version_over_another_than_the_newest_is_not_stored() {
        var first = after(set("{1}", ago(days(1))));

        assertThat(Licensing.decide(Account.EMPTY, put(1, "{}", NOW)))
                .isInstanceOf(Unchanged.class);
        assertThat(Licensing.decide(first, put(0, "{}", NOW))).isInstanceOf(Unchanged.class);
        assertThat(Licensing.decide(first, put(2, "{}", NOW))).isInstanceOf(Unchanged.class);
    }

    @Test
    void no_version_begins_before_it_is_written() {
        assertThat(events(Account.EMPTY, put(0, "{}", ago(days(1)))))
                .containsExactly(set("{}", NOW));
        assertThat(events(Account.EMPTY, put(0, "{}", soon()))).containsExactly(set("{}", soon()));
    }

    /** A version, and how long after its writing it begins. */
    record Written(int daysAgo, int begins, boolean removal) {}

    @Property(seed = SEED)
    void what_is_in_force_is_the_same_from_a_snapshot(
            @ForAll("histories") List<Written> written, @ForAll("daysAgo") int snapshot) {
        var whole = Account.EMPTY;
        var compacted = Account.EMPTY;
        var inOrder =
                written.stream()
                        .sorted(Comparator.comparingInt(Written::daysAgo).reversed())
                        .toList();
        for (int i = 0; i < inOrder.size(); i++) {
            var one = inOrder.get(i);
            var at = ago(days(one.daysAgo()));
            PolicyEvent event =
                    one.removal()
                            ? new CustomerPolicyRemoved(at)
                            : new CustomerPolicySet("{" + i + "}", at.plus(days(one.begins())), at);
            if (one.daysAgo() <= snapshot) compacted = compacted.compact(ago(days(snapshot)));
            whole = Account.evolve(whole, "" + (i + 1), event);
            compacted = Account.evolve(compacted, "" + (i + 1), event);
        }

        for (int day = 0; day <= 90; day++) {
            var at = NOW.minus(Duration.ofDays(45)).plus(days(day));
            assertThat(setting(compacted, at)).isEqualTo(setting(whole, at));
        }
        assertThat(compacted.compact(NOW)).isEqualTo(whole.compact(NOW));
    }

    @Provide
    Arbitrary<List<Written>> histories() {
        return Combinators.combine(daysAgo(), Arbitraries.of(0, 0, 1, 20, 60), removals())
                .as(Written::new)
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<Integer> daysAgo() {
        return Arbitraries.integers().between(0, 100);
    }

    private static Arbitrary<Boolean> removals() {
        return Arbitraries.of(false, false, true);
    }

    private static String setting(Account account, Instant at) {
        return account.policy().inForce(at, NOW).map(OwnPolicy.Version::settings).orElse(null);
    }

    private static Account after(PolicyEvent... events) {
        var account = Account.EMPTY;
        for (int i = 0; i < events.length; i++) {
            account = Account.evolve(account, "" + (i + 1), events[i]);
        }
        return account;
    }

    private static String inForce(Account account, Instant at) {
        return account.policy().inForce(at, NOW).orElseThrow().settings();
    }

    private static Instant soon() {
        return in(days(2));
    }

    private static CustomerPolicySet set(String settings, Instant from) {
        return new CustomerPolicySet(settings, from, from.isAfter(NOW) ? NOW : from);
    }

    private static SetPolicy put(int supersedes, String settings, Instant validFrom) {
        return new SetPolicy(new CustomerId("customer"), supersedes, settings, validFrom, NOW);
    }

    private static List<CustomerEvent> events(Account account, SetPolicy command) {
        return ((Allowed) Licensing.decide(account, command)).events();
    }
}
