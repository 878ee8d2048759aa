package dev.tally.licensing.provisional;

import dev.tally.availability.StoreUnavailable;
import dev.tally.deadline.Deadline;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.domain.Command.RenewLicense;
import dev.tally.licensing.domain.Report;
import dev.tally.licensing.write.AcquireLicenseHandler;
import dev.tally.licensing.write.Asked;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.licensing.write.RenewLicenseHandler;
import dev.tally.licensing.write.ReportHandler;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.faulttolerance.Fallback;
import org.eclipse.microprofile.faulttolerance.Timeout;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * Takes commands in their customer's turn, within the time that their caller may wait. What a
 * member needs in order to play is promised without the store if the store does not answer in time.
 *
 * <p>Each limit is there twice. The deadline ends waits for the database, which nothing else can;
 * the timeout, a little later, ends all others. Timeouts are settings of MicroProfile Config, such
 * as {@code dev.tally.licensing.provisional.Commands/acquire/Timeout/value} in milliseconds, and
 * the deadlines follow them.
 */
@ApplicationScoped
public class Commands {

    /** Longest time that a member waits for an answer, in milliseconds, promise included: 500. */
    private static final long MEMBER = 430;

    /** Longest time of other commands, in milliseconds. */
    private static final long OTHERS = 2_900;

    /** Time by which the deadline comes before the timeout, in milliseconds. */
    private static final long BEFORE = 50;

    @Inject Config config;
    @Inject CustomerTurns turns;
    @Inject Reconciliation reconciliation;
    @Inject AcquireLicenseHandler acquire;
    @Inject RenewLicenseHandler renew;
    @Inject ReportHandler reports;

    private Duration acquiring;
    private Duration renewing;
    private Duration starting;
    private Duration others;

    @PostConstruct
    void setDeadlines() {
        acquiring = deadline("acquire", MEMBER);
        renewing = deadline("renew", MEMBER);
        starting = deadline("start", MEMBER);
        others = deadline("take", OTHERS);
    }

    private Duration deadline(String method, long usual) {
        var timeout = "%s/%s/Timeout/value".formatted(Commands.class.getName(), method);
        var millis = config.getOptionalValue(timeout, Long.class).orElse(usual);
        return Duration.ofMillis(Math.max(1, millis - BEFORE));
    }

    /**
     * Runs a command in the customer's turn.
     *
     * @param shown what the token tells that the caller sent along; null: none
     * @param attempt runs the command as of a time, in a transaction of its own
     * @throws StoreUnavailable if the store does not answer in time
     */
    @Timeout(OTHERS)
    public <T> T take(CustomerId customer, Shown shown, Function<Instant, T> attempt) {
        return within(others, customer, shown, attempt);
    }

    /**
     * Acquires a license, or has it promised.
     *
     * @throws StoreUnavailable if the store does not answer in time, and nothing can be promised
     */
    @Timeout(MEMBER)
    @Fallback(
            value = LicenseWithoutStore.class,
            applyOn = {StoreUnavailable.class, TimeoutException.class})
    public LicenseAnswer acquire(AcquireLicense command, Shown shown, Asked asked) {
        return within(
                acquiring,
                command.customer(),
                shown,
                now -> LicenseAnswer.of(acquire.handle(command.at(now), asked)));
    }

    /**
     * Renews a license, or has that promised.
     *
     * @param shown what the token tells that the caller sent along; null: none
     * @throws StoreUnavailable if the store does not answer in time, and nothing can be promised
     */
    @Timeout(MEMBER)
    @Fallback(
            value = LicenseWithoutStore.class,
            applyOn = {StoreUnavailable.class, TimeoutException.class})
    public LicenseAnswer renew(RenewLicense command, Shown shown, Asked asked) {
        return within(
                renewing,
                command.customer(),
                shown,
                now -> LicenseAnswer.of(renew.handle(command.at(now), asked)));
    }

    /**
     * Starts a session, or has that promised.
     *
     * @param shown what the token tells that the caller sent along; null: none
     * @throws StoreUnavailable if the store does not answer in time, and nothing can be promised
     */
    @Timeout(MEMBER)
    @Fallback(
            value = SessionWithoutStore.class,
            applyOn = {StoreUnavailable.class, TimeoutException.class})
    public StartOutcome start(CustomerId customer, Report report, Shown shown, Asked asked) {
        return within(
                starting,
                customer,
                shown,
                now -> StartOutcome.of(reports.handle(customer, List.of(report), now, asked)));
    }

    /** Takes what was promised to the customer, then the command. */
    private <T> T within(
            Duration limit, CustomerId customer, Shown shown, Function<Instant, T> attempt) {
        return Deadline.run(
                limit,
                () ->
                        turns.take(
                                customer.value(),
                                (turn, now) -> {
                                    reconciliation.take(customer, now, limit.dividedBy(2));
                                    if (shown != null && shown.promise() != null) {
                                        reconciliation.take(shown.promise(), now);
                                    }
                                    return turn.last(() -> attempt.apply(now));
                                }));
    }
}
