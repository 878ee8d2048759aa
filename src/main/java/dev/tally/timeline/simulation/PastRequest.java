package dev.tally.timeline.simulation;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Decision.Unchanged;
import dev.tally.licensing.domain.Device;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Playing;
import dev.tally.licensing.domain.PotentialState;
import dev.tally.licensing.domain.Report;

import java.time.Instant;
import java.util.List;

/** A request of the past that can be decided again. Pure. */
sealed interface PastRequest {

    /** Customer of the commands that are decided again: no decision depends on it. */
    CustomerId SOMEBODY = new CustomerId("#");

    /** The kind of request, as denials and answers name it. */
    String kind();

    DeviceId device();

    /** Title that it is about; null: none. */
    TitleId title();

    /** Plan whose policy has a say in it; null: none is known. */
    PlanId plan(Account account);

    /**
     * Decides it.
     *
     * @param account account just before it
     * @param title null if the request is about none
     */
    Decision decide(Account account, Title title, Policy policy, Instant at);

    /** Request for a license. */
    record Acquire(Wish wish) implements PastRequest {

        @Override
        public String kind() {
            return "ACQUIRE";
        }

        @Override
        public DeviceId device() {
            return wish.device();
        }

        @Override
        public TitleId title() {
            return wish.title();
        }

        @Override
        public PlanId plan(Account account) {
            return wish.plan();
        }

        @Override
        public Decision decide(Account account, Title title, Policy policy, Instant at) {
            return Licensing.decide(
                    account,
                    title,
                    policy,
                    new AcquireLicense(SOMEBODY, wish, PotentialState.ids(1), at));
        }
    }

    /** Request about a license that is there. */
    sealed interface OfLicense extends PastRequest {

        License license();

        @Override
        default DeviceId device() {
            return license().device();
        }

        @Override
        default TitleId title() {
            return license().title();
        }

        @Override
        default PlanId plan(Account account) {
            return license().plan();
        }
    }

    /** Request to renew a license. */
    record Renew(License license) implements OfLicense {

        @Override
        public String kind() {
            return "RENEW";
        }

        @Override
        public Decision decide(Account account, Title title, Policy policy, Instant at) {
            return Licensing.decide(
                    account,
                    license,
                    title,
                    policy,
                    new RenewLicense(SOMEBODY, license.id(), PotentialState.download(1), at));
        }
    }

    /** Request to deactivate a device. */
    record Deactivate(Device of) implements PastRequest {

        @Override
        public String kind() {
            return "DEACTIVATE";
        }

        @Override
        public DeviceId device() {
            return of.id();
        }

        @Override
        public TitleId title() {
            return null;
        }

        @Override
        public PlanId plan(Account account) {
            return account.licenses().plan();
        }

        @Override
        public Decision decide(Account account, Title title, Policy policy, Instant at) {
            return Licensing.decide(
                    account, of, policy, new DeactivateDevice(SOMEBODY, of.id(), at));
        }
    }

    /** Request to play what a license allows. */
    record Play(License license, Report report) implements OfLicense {

        @Override
        public String kind() {
            return "START";
        }

        @Override
        public Decision decide(Account account, Title title, Policy policy, Instant at) {
            var reported = Playing.start(account, license, title, policy, report, at);
            return switch (reported.result()) {
                // One that was reported late is recorded whatever the rules say.
                case RECORDED -> new Allowed(reported.events(), reported.broken());
                case DENIED -> new Denied(reported.broken(), reported.denied());
                case DUPLICATE, ACKNOWLEDGED, ENDED, ANOTHER_LICENSE, FULL, TOO_MANY_UNSTARTED ->
                        new Unchanged(List.of());
            };
        }
    }
}
