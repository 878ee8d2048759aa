package dev.tally.licensing.domain;

import dev.tally.catalog.PolicyKey;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The rules, in order of precedence: a denial names every rule that failed, in this order. A new
 * rule is one constant with its check and its sentence, and a place in the sets of the commands
 * that it applies to.
 */
public enum Rule {
    LICENSE_ACTIVE("licenseActive", Request::license, Checks::licenseActive, Rule::ended),
    LICENSE_OVER_LIMIT(
            "licenseOverLimit",
            Request::license,
            Checks::licenseOverLimit,
            says("The license was granted beyond a limit")),
    SECOND_LICENSE(
            "secondLicense",
            Request::license,
            Checks::secondLicense,
            says("The device has a license for the title already")),
    DOWNLOAD_LICENSE(
            "downloadLicense",
            Request::license,
            Checks::downloadLicense,
            says("It is a streaming license")),
    TITLE_AVAILABILITY(
            "titleAvailability",
            Request::title,
            Checks::titleAvailability,
            says("The title is not available")),
    MAX_DOWNLOAD_DEVICES(
            PolicyKey.MAX_DOWNLOAD_DEVICES,
            Request::account,
            Checks::downloadDevices,
            counts("Devices with downloads")),
    MAX_ACTIVE_DOWNLOADS_PER_DEVICE(
            PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
            Request::device,
            Checks::activeDownloadsOnDevice,
            counts("Downloads on this device")),
    MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER(
            PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
            Request::account,
            Checks::activeDownloads,
            counts("Active downloads")),
    MAX_ACTIVE_DOWNLOADS_PER_STUDIO(
            PolicyKey.MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
            Request::title,
            Checks::activeDownloadsOfStudio,
            counts("Downloads of this studio")),
    MAX_DOWNLOADS_PER_TITLE_PER_YEAR(
            PolicyKey.MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
            Request::title,
            Checks::downloadsInYear,
            counts("Downloads of this title within its year")),
    MAX_PLAYBACKS_PER_TITLE_PER_YEAR(
            PolicyKey.MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
            Request::title,
            Checks::playbacksInYear,
            counts("Playbacks of this title within its year")),
    MAX_RENEWALS(
            PolicyKey.MAX_RENEWALS,
            Request::license,
            Checks::renewals,
            counts("Renewals of this license")),
    RENEW_AFTER(
            PolicyKey.RENEW_AFTER,
            Request::license,
            Checks::renewAfter,
            says("It is too early to renew")),
    MAX_DEACTIVATIONS_PER_YEAR(
            PolicyKey.MAX_DEACTIVATIONS_PER_YEAR,
            Request::account,
            Checks::deactivationsInYear,
            counts("Devices deactivated within a year")),
    MAX_CONCURRENT_STREAMS(
            PolicyKey.MAX_CONCURRENT_STREAMS,
            Request::account,
            Checks::concurrentStreams,
            counts("Streams at the same time"));

    static final Set<Rule> ACQUIRE_DOWNLOAD =
            of(
                    TITLE_AVAILABILITY,
                    MAX_DOWNLOAD_DEVICES,
                    MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                    MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                    MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                    MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR);

    /** Rules whose findings about two titles may differ although the limits are the same. */
    static final Set<Rule> OF_ONE_TITLE =
            of(
                    TITLE_AVAILABILITY,
                    MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR);

    static final Set<Rule> ACQUIRE_STREAM = of(TITLE_AVAILABILITY, MAX_CONCURRENT_STREAMS);

    /**
     * Rule for a license that a node granted although there was another. One that is asked for
     * while the store is there is never a second: the first comes back.
     */
    static final Set<Rule> ACQUIRE_SECOND = of(SECOND_LICENSE);

    static final Set<Rule> CONFIRM = of(LICENSE_ACTIVE, DOWNLOAD_LICENSE);

    static final Set<Rule> RENEW =
            of(
                    LICENSE_ACTIVE,
                    LICENSE_OVER_LIMIT,
                    DOWNLOAD_LICENSE,
                    TITLE_AVAILABILITY,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                    MAX_RENEWALS,
                    RENEW_AFTER);

    static final Set<Rule> PLAY_DOWNLOAD = of(LICENSE_ACTIVE, MAX_PLAYBACKS_PER_TITLE_PER_YEAR);

    /** Rules for playing a stream, which was counted when its license was acquired. */
    static final Set<Rule> PLAY_STREAM = of(LICENSE_ACTIVE);

    /** Rules for a renewal where the policy counts renewals as downloads. */
    static final Set<Rule> RENEW_COUNTED =
            of(
                    LICENSE_ACTIVE,
                    LICENSE_OVER_LIMIT,
                    DOWNLOAD_LICENSE,
                    TITLE_AVAILABILITY,
                    MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                    MAX_RENEWALS,
                    RENEW_AFTER);

    static final Set<Rule> DEACTIVATE = of(MAX_DEACTIVATIONS_PER_YEAR);

    /** Rules of a member's budgets: all that count and are not about one license. */
    static final Set<Rule> QUOTAS =
            of(
                    MAX_DOWNLOAD_DEVICES,
                    MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                    MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                    MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                    MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                    MAX_DEACTIVATIONS_PER_YEAR,
                    MAX_CONCURRENT_STREAMS);

    /**
     * Rules of the budgets that a download uses up, or the deactivation that frees a device for
     * one.
     */
    static final Set<Rule> DOWNLOAD_QUOTAS =
            of(
                    MAX_DOWNLOAD_DEVICES,
                    MAX_ACTIVE_DOWNLOADS_PER_DEVICE,
                    MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER,
                    MAX_ACTIVE_DOWNLOADS_PER_STUDIO,
                    MAX_DOWNLOADS_PER_TITLE_PER_YEAR,
                    MAX_PLAYBACKS_PER_TITLE_PER_YEAR,
                    MAX_DEACTIVATIONS_PER_YEAR);

    static final Set<Rule> STREAM_QUOTAS = of(MAX_CONCURRENT_STREAMS);

    private final String label;
    private final PolicyKey key;

    // Immutable, since only references to static methods and accessors are passed above.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<Request, ?> about;

    @SuppressWarnings("ImmutableEnumChecker")
    private final BiFunction<Rule, Request, Evaluation> check;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<Evaluation, String> fact;

    Rule(
            PolicyKey key,
            Function<Request, ?> about,
            BiFunction<Rule, Request, Evaluation> check,
            Function<Evaluation, String> fact) {
        this.label = key.label();
        this.key = key;
        this.about = about;
        this.check = check;
        this.fact = fact;
    }

    Rule(
            String label,
            Function<Request, ?> about,
            BiFunction<Rule, Request, Evaluation> check,
            Function<Evaluation, String> fact) {
        this.label = label;
        this.key = null;
        this.about = about;
        this.check = check;
        this.fact = fact;
    }

    /** Name of the rule in answers: the policy key's own name where a policy sets the limit. */
    public String label() {
        return label;
    }

    /** Policy key that sets the limit; null if none does. */
    PolicyKey key() {
        return key;
    }

    /**
     * Findings of the rules, in order of precedence. A rule about something that the request does
     * not name is left out.
     */
    static List<Evaluation> evaluate(Set<Rule> rules, Request request) {
        return rules.stream()
                .filter(rule -> rule.about.apply(request) != null)
                .map(rule -> rule.check.apply(rule, request))
                .toList();
    }

    /** Findings of those rules that forbid the request, in the order of the set. */
    static List<Evaluation> forbidding(Set<Rule> rules, Request request) {
        return evaluate(rules, request).stream().filter(found -> !found.satisfied()).toList();
    }

    /** Finding of this rule; the request has what the rule is about. */
    Evaluation find(Request request) {
        return check.apply(this, request);
    }

    /** Finding of a violated rule, as a sentence without its full stop. */
    String fact(Evaluation violated) {
        return fact.apply(violated);
    }

    private static Function<Evaluation, String> says(String sentence) {
        return violated -> sentence;
    }

    private static Function<Evaluation, String> counts(String what) {
        return violated -> what + ": " + violated.used() + " of " + violated.limit() + " allowed";
    }

    private static String ended(Evaluation violated) {
        var how =
                switch (violated.ending().state()) {
                    case EXPIRED -> "expired";
                    case RELEASED -> "was released";
                    case REVOKED -> "was revoked";
                };
        return "The license " + how;
    }

    /**
     * A set of rules in order of precedence: an enum set iterates in the order of the constants.
     */
    private static Set<Rule> of(Rule first, Rule... others) {
        return Collections.unmodifiableSet(EnumSet.of(first, others));
    }
}
