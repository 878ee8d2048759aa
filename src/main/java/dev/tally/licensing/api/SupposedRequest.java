package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.SessionId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.ConfirmLicense;
import dev.tally.licensing.domain.Command.DeactivateDevice;
import dev.tally.licensing.domain.Command.ReleaseLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Command.RevokeLicense;
import dev.tally.licensing.domain.Command.Wish;
import dev.tally.licensing.domain.PotentialState;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.domain.Report.Kind;
import dev.tally.licensing.domain.Supposable;
import dev.tally.licensing.domain.Supposable.TakeReport;
import dev.tally.licensing.events.LicenseType;

import jakarta.validation.constraints.NotNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A command that is supposed. The type says which of the other fields it has.
 *
 * @param plan null: the plan of the dry run
 * @param licenseId id of a license, or {@code #3} for the one that the third command gives
 * @param occurredAt time by the device's clock; null: it does not say
 * @param at time at which the command is done; null: that of the command before it, or now
 */
record SupposedRequest(
        @NotNull Act type,
        @Identifier String titleId,
        @Identifier String deviceId,
        @Identifier String plan,
        LicenseType licenseType,
        @Identifier String licenseId,
        @Identifier String sessionId,
        Instant occurredAt,
        Instant at) {

    private static final String TITLE = "titleId";
    private static final String DEVICE = "deviceId";
    private static final String PLAN = "plan";
    private static final String LICENSE_TYPE = "licenseType";
    private static final String LICENSE = "licenseId";
    private static final String SESSION = "sessionId";
    private static final String OCCURRED = "occurredAt";

    /** Kind of a supposed command. */
    enum Act {
        ACQUIRE(Set.of(TITLE, DEVICE, LICENSE_TYPE), Set.of(PLAN)),
        CONFIRM(Set.of(LICENSE), Set.of(OCCURRED)),
        RENEW(Set.of(LICENSE), Set.of()),
        RELEASE(Set.of(LICENSE), Set.of(OCCURRED)),
        REVOKE(Set.of(LICENSE), Set.of()),
        DEACTIVATE(Set.of(DEVICE), Set.of()),
        START(Set.of(LICENSE, SESSION), Set.of(OCCURRED)),
        PAUSE(Set.of(SESSION), Set.of(OCCURRED)),
        RESUME(Set.of(SESSION), Set.of(OCCURRED)),
        KEEPALIVE(Set.of(SESSION), Set.of(OCCURRED)),
        STOP(Set.of(SESSION), Set.of(OCCURRED));

        @SuppressWarnings("ImmutableEnumChecker") // Set.of makes immutable sets
        private final Set<String> required;

        @SuppressWarnings("ImmutableEnumChecker")
        private final Set<String> optional;

        Act(Set<String> required, Set<String> optional) {
            this.required = required;
            this.optional = optional;
        }
    }

    /** A command at its place in the list, which counts from 1. */
    record Placed(SupposedRequest said, int place) {

        Supposable command(CustomerId customer, PlanId usual, Instant at) {
            return switch (said.type) {
                case ACQUIRE -> acquire(customer, usual, at);
                case CONFIRM -> new ConfirmLicense(customer, license(), occurredAt(), at);
                case RENEW ->
                        new RenewLicense(customer, license(), PotentialState.download(place), at);
                case RELEASE -> new ReleaseLicense(customer, license(), occurredAt(), at);
                case REVOKE -> new RevokeLicense(customer, license(), null, at);
                case DEACTIVATE -> new DeactivateDevice(customer, new DeviceId(said.deviceId), at);
                case START -> report(Kind.START, license(), at);
                case PAUSE -> report(Kind.PAUSE, null, at);
                case RESUME -> report(Kind.RESUME, null, at);
                case KEEPALIVE -> report(Kind.KEEPALIVE, null, at);
                case STOP -> report(Kind.STOP, null, at);
            };
        }

        private AcquireLicense acquire(CustomerId customer, PlanId usual, Instant at) {
            var wish =
                    new Wish(
                            said.licenseType,
                            new TitleId(said.titleId),
                            new DeviceId(said.deviceId),
                            null,
                            said.plan == null ? usual : new PlanId(said.plan));
            return new AcquireLicense(customer, wish, PotentialState.ids(place), at);
        }

        private TakeReport report(Kind kind, LicenseId license, Instant at) {
            var session = new SessionId(said.sessionId);
            return new TakeReport(new Report(session, kind, license, occurredAt()), at);
        }

        private LicenseId license() {
            return new LicenseId(said.licenseId);
        }

        /** The time by the device's clock, in milliseconds as events keep it. */
        private Instant occurredAt() {
            return said.occurredAt == null ? null : said.occurredAt.truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /**
     * This command at its place.
     *
     * @param field name of this part of the request
     * @throws ProblemException if a field is missing, or does not belong to the type
     */
    Placed in(String field, int place) {
        given().forEach((name, value) -> check(field + "." + name, name, value));
        return new Placed(this, place);
    }

    private Map<String, Object> given() {
        var given = new LinkedHashMap<String, Object>();
        given.put(TITLE, titleId);
        given.put(DEVICE, deviceId);
        given.put(PLAN, plan);
        given.put(LICENSE_TYPE, licenseType);
        given.put(LICENSE, licenseId);
        given.put(SESSION, sessionId);
        given.put(OCCURRED, occurredAt);
        return given;
    }

    private void check(String field, String name, Object value) {
        var isRequired = type.required.contains(name);
        if (value == null && isRequired) {
            throw ProblemException.invalid(field, "must not be null for " + type);
        }
        if (value != null && !isRequired && !type.optional.contains(name)) {
            throw ProblemException.invalid(field, "must be absent for " + type);
        }
    }
}
