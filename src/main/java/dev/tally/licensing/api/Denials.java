package dev.tally.licensing.api;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;
import dev.tally.licensing.domain.Decision.Denied;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How a denial is told: every violated rule, in a sentence and as data. */
public final class Denials {

    private Denials() {}

    static ProblemException problem(ProblemType type, Denied denied) {
        return problem(type, denied.violations());
    }

    /**
     * What was denied.
     *
     * @param violations all rules that forbid it
     */
    public static ProblemException problem(ProblemType type, List<Evaluation> violations) {
        var detail = violations.stream().map(Denials::sentence).collect(Collectors.joining(" "));
        return new ProblemException(type, detail, Map.of("violations", RuleView.of(violations)));
    }

    private static String sentence(Evaluation violated) {
        var fact = fact(violated);
        return violated.nextAllowedAt() == null
                ? fact + "."
                : fact + "; allowed again at " + violated.nextAllowedAt() + ".";
    }

    private static String fact(Evaluation e) {
        return switch (e.rule()) {
            case LICENSE_ACTIVE -> ended(e.ending());
            case DOWNLOAD_LICENSE -> "It is a streaming license";
            case TITLE_AVAILABILITY -> "The title is not available";
            case MAX_DOWNLOAD_DEVICES -> counted(e, "Devices with downloads");
            case MAX_ACTIVE_DOWNLOADS_PER_DEVICE -> counted(e, "Downloads on this device");
            case MAX_ACTIVE_DOWNLOADS_PER_CUSTOMER -> counted(e, "Active downloads");
            case MAX_ACTIVE_DOWNLOADS_PER_STUDIO -> counted(e, "Downloads of this studio");
            case MAX_DOWNLOADS_PER_TITLE_PER_YEAR ->
                    counted(e, "Downloads of this title within its year");
            case MAX_PLAYBACKS_PER_TITLE_PER_YEAR ->
                    counted(e, "Playbacks of this title within its year");
            case MAX_CONCURRENT_STREAMS -> counted(e, "Streams at the same time");
            case MAX_RENEWALS -> counted(e, "Renewals of this license");
            case RENEW_AFTER -> "It is too early to renew";
            case MAX_DEACTIVATIONS_PER_YEAR -> counted(e, "Devices deactivated within a year");
        };
    }

    private static String ended(License.Ending ending) {
        var how =
                switch (ending.state()) {
                    case EXPIRED -> "expired";
                    case RELEASED -> "was released";
                    case REVOKED -> "was revoked";
                    case ISSUED, CONFIRMED, PLAYING ->
                            throw new IllegalStateException("it is active");
                };
        return "The license " + how + " at " + ending.at();
    }

    private static String counted(Evaluation e, String what) {
        return what + ": " + e.used() + " of " + e.limit() + " allowed";
    }
}
