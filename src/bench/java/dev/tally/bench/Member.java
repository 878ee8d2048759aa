package dev.tally.bench;

import com.github.f4b6a3.ulid.Ulid;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.Scope;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.Fold;
import dev.tally.eventstore.History;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Decision;
import dev.tally.licensing.domain.Decision.Allowed;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licensing;
import dev.tally.licensing.domain.Sessions;
import dev.tally.licensing.events.CustomerId;
import dev.tally.licensing.events.DeviceId;
import dev.tally.licensing.events.DownloadId;
import dev.tally.licensing.events.LicenseEvent.LicenseFirstPlayed;
import dev.tally.licensing.events.LicenseId;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.events.PlanId;
import dev.tally.licensing.write.LicensingFolds;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One customer of the shipped plan {@code premium}. Each of its commands is decided as the
 * application does it, from what the store has of it then; what is not allowed leaves nothing
 * behind.
 */
final class Member {

    static final List<Fold<?>> FOLDS =
            List.of(LicensingFolds.LICENSES, LicensingFolds.DOWNLOADS, LicensingFolds.DEVICES);

    private static final PlanId PLAN = new PlanId("premium");
    private static final Policy POLICY =
            new PolicySet(
                            List.of(
                                    new PolicyDocument(
                                            Scope.GLOBAL,
                                            Scope.GLOBAL_ID,
                                            1,
                                            ShippedPolicies.global(),
                                            Instant.EPOCH),
                                    new PolicyDocument(
                                            Scope.PLAN,
                                            PLAN.value(),
                                            1,
                                            Map.of(PolicyKey.MAX_DOWNLOAD_DEVICES, 6),
                                            Instant.EPOCH)))
                    .inForce(null, PLAN);

    private final CustomerId id;
    private final EventStore store;
    private final SplittableRandom random;

    /**
     * A customer without history.
     *
     * @param random of which its ids are made
     */
    Member(String id, EventStore store, SplittableRandom random) {
        this.id = new CustomerId(id);
        this.store = store;
        this.random = random;
    }

    Account account() {
        return account(store.read(id.value(), FOLDS));
    }

    /**
     * The new license, if there is one.
     *
     * @param deviceName null: not said
     */
    Optional<LicenseId> acquire(Title title, DeviceId device, String deviceName, Instant at) {
        var command =
                new AcquireLicense(
                        id,
                        LicenseType.DOWNLOAD,
                        title.id(),
                        device,
                        deviceName,
                        PLAN,
                        new LicenseId(newId(at)),
                        new DownloadId(newId(at)),
                        at);
        var key =
                CommandId.of(
                        newId(at),
                        "acquire",
                        title.id(),
                        device,
                        deviceName,
                        PLAN,
                        LicenseType.DOWNLOAD);
        var decided = decide(key, at, account -> Licensing.decide(account, title, POLICY, command));
        return decided ? Optional.of(command.newLicense()) : Optional.empty();
    }

    /** The device says so itself, by its own clock. */
    void confirm(LicenseId license, Instant at) {
        var command = new ConfirmLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "confirm", license, command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    /** As it is recorded once a first play is reported; there is no command for it yet. */
    void play(LicenseId license, Instant at) {
        decideAbout(
                license,
                CommandId.of(newId(at), "play", license),
                at,
                (account, found) ->
                        found.isActiveAt(at) && found.firstPlayedAt() == null
                                ? new Allowed(
                                        List.of(new LicenseFirstPlayed(license, at, at)), List.of())
                                : new Decision.Unchanged(List.of()));
    }

    void renew(LicenseId license, Title title, Instant at) {
        var command = new RenewLicense(id, license, new DownloadId(newId(at)), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "renew", license),
                at,
                (account, found) -> Licensing.decide(account, found, title, POLICY, command));
    }

    void release(LicenseId license, Instant at) {
        var command = new ReleaseLicense(id, license, at.minusMillis(250), at);
        decideAbout(
                license,
                CommandId.of(newId(at), "release", license, command.occurredAt()),
                at,
                (account, found) -> Licensing.decide(account, found, command));
    }

    void deactivate(DeviceId device, Instant at) {
        var command = new DeactivateDevice(id, device, at);
        decide(
                CommandId.of(newId(at), "deactivate", device),
                at,
                account ->
                        account.devices()
                                .find(device)
                                .map(d -> Licensing.decide(account, d, POLICY, command))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    /** A license that ended long ago is no longer in the account, and nothing happens to it. */
    private void decideAbout(
            LicenseId license,
            CommandId command,
            Instant at,
            BiFunction<Account, License, Decision> decide) {
        decide(
                command,
                at,
                account ->
                        account.licenses()
                                .find(license)
                                .map(found -> decide.apply(account, found))
                                .orElseGet(() -> new Decision.Unchanged(List.of())));
    }

    private boolean decide(CommandId command, Instant at, Function<Account, Decision> decide) {
        var history = store.read(id.value(), FOLDS);
        if (!(decide.apply(account(history)) instanceof Allowed allowed)) {
            return false;
        }
        var events = allowed.events().stream().map(event -> (Record) event).toList();
        store.append(history, command, at, events);
        return true;
    }

    private static Account account(History history) {
        return new Account(
                history.state(LicensingFolds.LICENSES),
                history.state(LicensingFolds.DOWNLOADS),
                history.state(LicensingFolds.DEVICES),
                Sessions.NONE);
    }

    /** As the application's, but of a time that is over and the same in every run. */
    private String newId(Instant at) {
        var highest = at.toEpochMilli() << 16 | random.nextInt(1 << 16);
        return new Ulid(highest, random.nextLong()).toString().toLowerCase(Locale.ROOT);
    }
}
